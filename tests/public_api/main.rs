//! What the library crates offer, listed in `docs/api`: a change of it has to be written there, and so is seen.
//!
//! The listing is made from the sources, as the compiler's own of them (rustdoc's JSON) needs an unstable toolchain.
//!
//! | module | does |
//! |---|---|
//! | `source` | reads a crate's modules |
//! | `local_macros` | writes out the items that the crate's own macros make |
//! | `scope` | follows names to what they stand for, and finds what can be reached from outside |
//! | `listing` | gives each thing that can be reached its line |
//! | `text` | writes Rust in one line |
//! | `made_up` | changes of a small crate, and whether each is noticed |
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

mod listing;
mod local_macros;
mod made_up;
mod scope;
mod source;
mod text;

use slotflow_tests::installed::repository_file;
use std::collections::BTreeSet;

/// Set this to write the listings anew after a change that is meant.
const WRITE: &str = "SLOTFLOW_WRITE_API";

#[test]
fn the_domain_offers_what_is_listed() {
    offers_what_is_listed("domain");
}

#[test]
fn the_application_offers_what_is_listed() {
    offers_what_is_listed("application");
}

#[test]
fn the_adapters_offer_what_is_listed() {
    offers_what_is_listed("adapters");
}

/// The crate in this folder has the public API that its file in `docs/api` lists.
fn offers_what_is_listed(folder: &str) {
    let root = repository_file(folder).join("src/lib.rs");
    let now = listing::of_crate(&format!("slotflow_{folder}"), &root);
    let path = repository_file(&format!("docs/api/slotflow-{folder}.txt"));
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, now.join("\n") + "\n").expect("a listing in docs/api");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let kept: BTreeSet<_> = kept.lines().collect();
    let now: BTreeSet<_> = now.iter().map(String::as_str).collect();
    assert!(now.len() > 50, "{} lines of {folder}: the search itself works", now.len());
    let gone = kept.difference(&now).map(|line| format!("- {line}\n"));
    let new = now.difference(&kept).map(|line| format!("+ {line}\n"));
    let changes: String = gone.chain(new).collect();
    assert!(
        changes.is_empty(),
        "the public API of {folder} is not what docs/api lists:\n{changes}if that is meant, run this with {WRITE}=1, and write it into the changelog"
    );
}
