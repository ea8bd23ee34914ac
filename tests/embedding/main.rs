//! The core inside somebody else's service: the examples, run as they stand.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

mod outside;
mod programs;
mod receiving;
mod service;
mod shop;
mod your_http;
