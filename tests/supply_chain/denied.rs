//! `cargo deny`, by the rules in `deny.toml`.

use slotflow_tests::installed::{installed, repository_file};
use slotflow_tests::requirement::available;
use std::process::Command;

const RULES: &str = include_str!("deny.toml");

/// Whether these rules are kept, and what was said. `None` where there is no `cargo deny`: `.ci/install` adds it.
fn judged_by(rules: &str) -> Option<(bool, String)> {
    let program = installed("deny/bin/cargo-deny");
    let program = available("cargo deny", program.is_file().then_some(program))?;
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = folder.path().join("deny.toml");
    std::fs::write(&file, rules).expect("the rules");
    let output = Command::new(program)
        .args(["--locked", "--config"])
        .arg(&file)
        .args(["check", "licenses", "bans", "sources"])
        .current_dir(repository_file(""))
        .output()
        .expect("cargo deny");
    let said = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

#[test]
fn licences_sources_versions_and_packages_are_those_that_are_allowed() {
    let Some((kept, said)) = judged_by(RULES) else { return };
    assert!(kept, "{said}");
    for unused in ["unmatched-skip", "unused-"] {
        assert!(!said.contains(unused), "a rule that nothing needs any more:\n{said}");
    }
}

#[test]
fn rules_that_are_broken_are_noticed() {
    for (rule, broken, said) in [
        ("    \"MIT\",\n", "", "licenses FAILED"),
        ("skip = [", "skip = []\n# [", "bans FAILED"),
        ("deny = [", "deny = [\n    { crate = \"serde\" },", "bans FAILED"),
        ("unknown-registry = \"deny\"", "unknown-registry = \"deny\"\nallow-registry = []", "sources FAILED"),
    ] {
        let mut rules = RULES.replacen(rule, broken, 1);
        assert_ne!(rules, RULES, "{rule}");
        if broken.ends_with("# [") {
            rules.truncate(rules.find("\n# [").expect("the end"));
        }
        let Some((kept, output)) = judged_by(&rules) else { return };
        assert!(!kept && output.contains(said), "{rule}: {output}");
    }
}
