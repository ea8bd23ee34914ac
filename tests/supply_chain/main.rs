//! What is built in: where it comes from, under which licences, how often, how much of it each part needs, what never is,
//! and whether the library crates can be published.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

mod cargo;
mod denied;
mod packages;
mod size;
