//! Hostile input, made by chance from inputs that are kept: whatever comes, the answer is one of the contract's.
//!
//! `corpus/` holds the inputs that are kept, one a line, as JSON strings so that every character can be seen: good ones
//! to begin with, and those that once did harm. Each is tried as it is, and changed in many ways (`mutation`). The
//! changes follow from a seed, so that a round is the same each time; what fails is printed and belongs into the corpus.
//!
//! | variable | is |
//! |---|---|
//! | `SLOTFLOW_FUZZ_CASES` | how many changed inputs each target gets; a few thousand, if not given |
//! | `SLOTFLOW_FUZZ_SEED` | another round: any number |
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

mod api;
mod corpus;
mod idempotency_key;
mod mutation;
mod requests;
mod round;
mod signature;
mod webhook_url;
