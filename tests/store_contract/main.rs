//! The store contract suite, on each store. The cases are in `slotflow_tests::store_contract`.

#![allow(clippy::expect_used, reason = "a test without its store fails")]

mod in_schema;
mod memory;
mod partitioned;
mod postgres;
mod prefixed;
mod sqlite;

use slotflow_adapters::store::{SecretKeys, StoreOptions};

/// As the server opens its store: secrets are encrypted in it.
fn encrypting() -> StoreOptions {
    let secret_keys = SecretKeys::parse(slotflow_tests::command_line::SECRET_KEY).expect("a key");
    StoreOptions { secret_keys, ..StoreOptions::default() }
}
