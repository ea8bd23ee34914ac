//! Packages that are there in several versions.

use crate::lock_file::locked_packages;
use std::collections::{BTreeMap, BTreeSet};

/// Which, and in how many versions. All of them are others' doing: two of our dependencies that have not agreed on one
/// yet. A further one is to be a decision, and one that has gone is to leave this list.
const KNOWN: &[(&str, usize)] = &[
    ("atoi", 2),
    ("base64", 3),
    ("block-buffer", 2),
    ("cpufeatures", 2),
    ("crypto-common", 2),
    ("digest", 2),
    ("getrandom", 3),
    ("hashbrown", 3),
    ("heck", 2),
    ("itertools", 2),
    ("num-bigint", 2),
    ("r-efi", 2),
    ("rand", 3),
    ("rand_chacha", 2),
    ("rand_core", 3),
    ("sha2", 2),
    ("syn", 2),
    ("synstructure", 2),
    ("windows-sys", 2),
];

#[test]
fn no_package_is_there_in_more_versions_than_is_known() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in locked_packages() {
        versions.entry(package.name).or_default().insert(package.version);
    }
    let several: Vec<_> = versions.iter().filter(|(_, versions)| versions.len() > 1).collect();
    let found: Vec<_> = several.iter().map(|(name, versions)| (name.as_str(), versions.len())).collect();
    assert_eq!(found, KNOWN, "{several:#?}");
}
