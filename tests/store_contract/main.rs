//! The store contract suite, on each store. The cases are in `slotflow_tests::store_contract`.

#![allow(clippy::expect_used, reason = "a test without its store fails")]

mod memory;
mod partitioned;
mod postgres;
mod sqlite;
