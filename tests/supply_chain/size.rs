//! How much the rules need, how much less a receiver does, and what each feature of the adapters brings.

use crate::cargo::cargo;
use slotflow_tests::installed::repository_file;
use slotflow_tests::requirement::available;
use std::collections::BTreeSet;
use std::process::Command;

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

/// What nobody has to build who only verifies what arrives, by the extractor of the adapters: the application, a server
/// and its runtime, databases, TLS and the sender, the API and its description, the dashboard, and metrics.
const NOT_TO_VERIFY: &[&str] = &[
    "askama",
    "axum",
    "chacha20poly1305",
    "hickory-resolver",
    "hyper",
    "opentelemetry",
    "prometheus-client",
    "ring",
    "rustls",
    "sea-orm",
    "slotflow-application",
    "sqlx-core",
    "tokio",
    "tower-http",
    "utoipa",
];

/// What is heavy or speaks to the world, and the features of the adapters that bring it, each alone.
const BROUGHT_BY: &[(&str, &[&str])] = &[
    ("askama", &["dashboard"]),
    ("axum", &["api", "dashboard"]),
    ("axum-core", &["api", "dashboard", "verify"]),
    ("axum-extra", &["dashboard"]),
    ("chacha20poly1305", &["postgres", "sqlite"]),
    ("getrandom", &["api", "dashboard", "json-schema", "otlp", "postgres", "sender", "sqlite", "system"]),
    ("hickory-resolver", &["sender"]),
    ("hyper", &["api", "dashboard", "otlp", "sender"]),
    ("jsonschema", &["json-schema"]),
    ("libsqlite3-sys", &["sqlite"]),
    ("mockall", &[]),
    ("moka", &["sender"]),
    ("opentelemetry", &["otlp"]),
    ("prometheus-client", &["metrics"]),
    ("rustls", &["postgres", "sender", "sqlite"]),
    ("sea-orm", &["postgres", "sqlite"]),
    ("sqlx-postgres", &["postgres"]),
    ("sqlx-sqlite", &["sqlite"]),
    ("tokio-rustls", &["sender"]),
    ("tower-http", &["api", "dashboard"]),
    ("utoipa", &["api", "dashboard"]),
];

#[test]
fn no_feature_of_the_adapters_brings_what_another_needs() {
    for feature in adapter_features() {
        let Some(all) = tree("slotflow-adapters", &["--no-default-features", "--features", &feature]) else {
            return;
        };
        for (package, features) in BROUGHT_BY {
            let expected = features.contains(&feature.as_str());
            assert_eq!(all.contains(*package), expected, "{package}, with {feature} alone");
        }
    }
}

#[test]
fn the_guide_says_how_many_packages_each_part_is_built_of() {
    let Some(_) = tree("slotflow-adapters", &["--all-features"]) else { return };
    let guide = std::fs::read_to_string(repository_file("docs/embedding.md")).expect("the guide");
    let weighed = printed_by("tests/weigh");
    let rows: Vec<_> = weighed.lines().collect();
    assert_eq!(rows.len(), 3 + adapter_features().len(), "{weighed}");
    for row in rows {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let [_, part, packages, _] = cells.as_slice() else { panic!("{row}") };
        let told = guide.lines().any(|line| {
            let cells: Vec<_> = line.split('|').map(str::trim).collect();
            matches!(cells.as_slice(), [_, it, _, count, _, _] if it == part && count == packages)
        });
        assert!(told, "docs/embedding.md has no row of {part} that counts {packages}");
    }
}

/// The features of the adapters that can be had alone.
fn adapter_features() -> Vec<String> {
    printed_by("tests/adapter-features").lines().map(str::to_owned).collect()
}

/// What a script of the repository prints.
fn printed_by(script: &str) -> String {
    let output = Command::new(repository_file(script)).output().expect(script);
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

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
fn verifying_in_axum_brings_little_more_than_signatures() {
    let features = ["--no-default-features", "--features", "verify"];
    let Some(all) = tree("slotflow-adapters", &features) else { return };
    assert!(all.contains("axum-core") && all.contains("slotflow-domain"), "{all:#?}");
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
    let platform = ["--target", "x86_64-unknown-linux-gnu"];
    let arguments = ["tree", "--locked", "--package", package, "--edges", "normal,build", "--prefix", "none"];
    let printed =
        available("the sources of the dependencies", cargo(&[&arguments, &platform[..], further].concat()))?;
    let names = printed.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned);
    Some(names.collect())
}
