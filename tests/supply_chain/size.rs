//! How much the rules need, and how much less a receiver does.

use crate::cargo::cargo;
use slotflow_tests::requirement::available;
use std::collections::BTreeSet;

/// What the domain names itself.
const NAMED: &[&str] =
    &["base64", "chrono", "hmac", "ipnet", "serde", "serde_json", "sha2", "thiserror", "url", "uuid"];

/// What it names for signatures alone.
const NAMED_FOR_SIGNATURES: &[&str] = &["base64", "chrono", "hmac", "sha2", "thiserror", "uuid"];

/// How many packages are built for the domain, itself and what runs while building included. About half of them are
/// the Unicode tables that host names need.
const MOST_PACKAGES: usize = 60;

/// The same for signatures alone: fewer than 30.
const MOST_PACKAGES_FOR_SIGNATURES: usize = 29;

/// What nobody has to build who only verifies what arrives, by the extractor of the adapters: databases, TLS and the
/// sender, the API and its description, the dashboard, and metrics.
const NOT_TO_VERIFY: &[&str] = &[
    "askama",
    "chacha20poly1305",
    "hickory-resolver",
    "opentelemetry",
    "prometheus-client",
    "ring",
    "rustls",
    "sea-orm",
    "sqlx-core",
    "tower-http",
    "utoipa",
];

#[test]
fn the_rules_need_few_packages_and_name_those_they_use() {
    needs_few("slotflow-domain", &[], MOST_PACKAGES, NAMED);
}

#[test]
fn signatures_alone_need_fewer_than_30_packages() {
    let features = ["--no-default-features"];
    needs_few("slotflow-domain", &features, MOST_PACKAGES_FOR_SIGNATURES, NAMED_FOR_SIGNATURES);
}

#[test]
fn verifying_in_axum_brings_no_database_no_tls_and_no_api() {
    let features = ["--no-default-features", "--features", "verify"];
    let Some(all) = tree("slotflow-adapters", &features) else { return };
    assert!(all.contains("axum") && all.contains("slotflow-domain"), "{all:#?}");
    let needless: Vec<_> = NOT_TO_VERIFY.iter().filter(|&&name| all.contains(name)).collect();
    assert!(needless.is_empty(), "{needless:?}");
}

/// `package` with `features` is built of `most` packages or fewer, and names exactly `named`.
fn needs_few(package: &str, features: &[&str], most: usize, named: &[&str]) {
    let Some(all) = tree(package, features) else { return };
    assert!(all.len() <= most, "{} packages: {all:#?}", all.len());
    let Some(direct) = tree(package, &[features, &["--depth", "1"]].concat()) else { return };
    let expected: BTreeSet<_> = named.iter().chain([&package]).map(|&name| name.to_owned()).collect();
    assert_eq!(direct, expected);
}

/// The names in `package`'s tree of dependencies, its own included; `None` after saying that this cannot be known.
fn tree(package: &str, further: &[&str]) -> Option<BTreeSet<String>> {
    let arguments = ["tree", "--locked", "--package", package, "--edges", "normal,build", "--prefix", "none"];
    let printed = available("the sources of the dependencies", cargo(&[&arguments, further].concat()))?;
    let names = printed.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned);
    Some(names.collect())
}
