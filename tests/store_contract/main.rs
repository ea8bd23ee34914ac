//! The store contract suite, on each store. The cases are in `slotflow_tests::store_contract`.

mod memory;
mod postgres;
mod sqlite;
