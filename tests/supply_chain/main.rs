//! What is built in: where it comes from, under which licences, how often, how much of it the rules need, and what never is.
//!
//! It reads `Cargo.lock` and what `cargo metadata` tells of it, for all platforms and features. Known vulnerabilities are
//! not looked for: their database is not in the registry, and there is no other network here.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

mod banned;
mod cargo;
mod duplicates;
mod lock_file;
mod size;

use cargo::metadata;
use lock_file::locked_packages;
use std::collections::BTreeSet;

/// The only place that code may come from.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Licences under which we may pass code on with ours, with no duty but to name it.
const PERMISSIVE: &[&str] = &[
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    // Of data, not code: the certificate authorities that browsers trust.
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

#[test]
fn all_code_comes_from_the_registry_as_it_was_when_it_was_chosen() {
    let packages = locked_packages();
    assert!(packages.len() > 100, "the lock file was not understood");
    for package in packages {
        let is_ours = package.name.starts_with("slotflow-") && package.source.is_none();
        let is_registered = package.source.as_deref() == Some(REGISTRY) && package.has_checksum;
        assert!(is_ours || is_registered, "{package:?}");
    }
}

#[test]
fn every_licence_is_permissive() {
    let Some(metadata) = metadata() else { return };
    let refused: Vec<_> = metadata
        .packages
        .iter()
        .filter(|package| !package.license.as_deref().is_some_and(is_permissive))
        .map(|package| format!("{} {}: {:?}", package.name, package.version, package.license))
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn no_dependency_of_ours_takes_any_version() {
    let Some(metadata) = metadata() else { return };
    let ours: Vec<_> = metadata.packages.iter().filter(|package| package.source.is_none()).collect();
    assert_eq!(ours.len(), 5, "the workspace's packages");
    for package in ours {
        for dependency in &package.dependencies {
            assert!(
                !dependency.req.contains('*'),
                "{} of {}: {}",
                dependency.name,
                package.name,
                dependency.req
            );
        }
    }
}

#[test]
fn no_workspace_manifest_leaves_the_registry() {
    let Some(metadata) = metadata() else { return };
    let names: BTreeSet<_> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    for package in metadata.packages.iter().filter(|package| package.source.is_none()) {
        for dependency in &package.dependencies {
            let from = dependency.source.as_deref();
            let is_ours = from.is_none() && dependency.name.starts_with("slotflow-");
            assert!(is_ours || from == Some(REGISTRY), "{} of {}: {from:?}", dependency.name, package.name);
        }
    }
    assert!(names.contains("slotflow-domain"), "{names:?}");
}

/// Whether an SPDX expression, or the older `A/B` for `A OR B`, can be met with permissive licences alone.
fn is_permissive(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<_> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    any_of(&mut rest) == Some(true) && rest.is_empty()
}

fn any_of(words: &mut &[&str]) -> Option<bool> {
    let mut met = all_of(words)?;
    while let Some(("OR", rest)) = words.split_first().map(|(word, rest)| (*word, rest)) {
        *words = rest;
        met |= all_of(words)?;
    }
    Some(met)
}

fn all_of(words: &mut &[&str]) -> Option<bool> {
    let mut met = one(words)?;
    while let Some(("AND", rest)) = words.split_first().map(|(word, rest)| (*word, rest)) {
        *words = rest;
        met &= one(words)?;
    }
    Some(met)
}

fn one(words: &mut &[&str]) -> Option<bool> {
    let (first, rest) = words.split_first()?;
    *words = rest;
    if *first == "(" {
        let met = any_of(words)?;
        let (&")", rest) = words.split_first()? else { return None };
        *words = rest;
        return Some(met);
    }
    let mut name = (*first).to_owned();
    if let Some((&"WITH", rest)) = words.split_first() {
        let (exception, rest) = rest.split_first()?;
        name = format!("{name} WITH {exception}");
        *words = rest;
    }
    Some(PERMISSIVE.contains(&name.as_str()))
}

#[test]
fn licences_are_judged_as_their_expressions_say() {
    for good in [
        "MIT",
        "MIT/GPL-3.0",
        "GPL-3.0 OR (MIT AND ISC)",
        "Apache-2.0 WITH LLVM-exception OR X",
        "Apache-2.0 / MIT",
    ] {
        assert!(is_permissive(good), "{good}");
    }
    for bad in [
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "(MIT OR ISC) AND X",
        "Apache-2.0 WITH X",
        "MIT MIT",
        "(MIT",
        "MIT OR",
    ] {
        assert!(!is_permissive(bad), "{bad}");
    }
}
