//! How much the rules need.

use crate::cargo::cargo;
use slotflow_tests::requirement::available;
use std::collections::BTreeSet;

/// What the domain names itself.
const NAMED: &[&str] =
    &["base64", "chrono", "hmac", "ipnet", "serde", "serde_json", "sha2", "thiserror", "url", "uuid"];

/// How many packages are built for the domain, itself and what runs while building included. About half of them are
/// the Unicode tables that host names need.
const MOST_PACKAGES: usize = 60;

#[test]
fn the_rules_need_few_packages_and_name_those_they_use() {
    let tree = |further: &[&str]| {
        let arguments = [
            "tree",
            "--locked",
            "--package",
            "slotflow-domain",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
        ];
        let printed = available("the sources of the domain", cargo(&[&arguments, further].concat()))?;
        let names = printed.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned);
        Some(names.collect::<BTreeSet<_>>())
    };
    let Some(all) = tree(&[]) else { return };
    assert!(all.len() <= MOST_PACKAGES, "{} packages: {all:#?}", all.len());
    let Some(named) = tree(&["--depth", "1"]) else { return };
    let expected = NAMED.iter().map(|&name| name.to_owned()).chain(["slotflow-domain".to_owned()]).collect();
    assert_eq!(named, expected);
}
