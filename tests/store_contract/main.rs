//! The store contract suite, on each store. The cases are in `slotflow_tests::store_contract`.

mod memory;
// To be compiled once the SQL store is there: `mod postgres;` and `mod sqlite;`.
