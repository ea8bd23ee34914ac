//! The server as others meet it: by its description, through the published Python client, and by the receivers that the README
//! shows, each on both databases.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

mod described_api;
mod python_client;
mod readme_receivers;
mod receiver;
mod tools;
