//! What is built in: where it comes from, under which licences, how often, how much of it the rules need, and what never is.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

mod cargo;
mod denied;
mod size;
