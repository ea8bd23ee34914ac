//! Hostile input, made by chance from inputs that are kept: whatever comes, the answer is one of the contract's.
//!
//! `corpus/` holds the inputs that are kept, one a line, as JSON strings so that every character can be seen: good ones
//! to begin with, and those that once did harm. Each is tried as it is, and changed in many ways (`mutation`). The
//! changes follow from a seed. Each target is played twice: with a seed that is the same each time, and with one that never
//! was before and is printed. What fails belongs into the corpus.
//!
//! Most is tried at routes over the store in memory, some at the real server on SQLite.
//!
//! | variable | is |
//! |---|---|
//! | `SLOTFLOW_FUZZ_CASES` | how many changed inputs each target gets; a few thousand, if not given |
//! | `SLOTFLOW_FUZZ_SEED` | one round, of this seed: any number, or that of a round that failed |
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

mod api;
mod corpus;
mod idempotency_key;
mod installation;
mod mutation;
mod raw_http;
mod requests;
mod round;
mod signature;
mod webhook_url;
