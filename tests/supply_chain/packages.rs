//! Whether each library crate can be published, and is whole when it is unpacked somewhere else.

use crate::cargo::cargo;
use slotflow_tests::requirement::available;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// Those who embed the core take these.
const LIBRARIES: &[&str] = &["domain", "application", "adapters"];

/// What a registry asks for and a reader looks for.
const TOLD: &[&str] =
    &["categories", "description", "keywords", "license", "readme", "repository", "rust_version"];

#[test]
fn every_library_can_be_packed() {
    let mut arguments = vec!["package", "--locked", "--allow-dirty", "--no-verify", "--quiet"];
    let names: Vec<_> = LIBRARIES.iter().map(|folder| format!("slotflow-{folder}")).collect();
    names.iter().for_each(|name| arguments.extend(["--package", name]));
    // Elsewhere than the packages of whoever builds here, and out of the way of those who use the target directory.
    let folder = tempfile::tempdir().expect("a temporary directory");
    arguments.extend(["--target-dir", folder.path().to_str().expect("a path that is text")]);
    let Some(_) = available("the index of the registry", cargo(&arguments)) else { return };
    for name in names {
        let file = folder.path().join(format!("package/{name}-{}.crate", env!("CARGO_PKG_VERSION")));
        assert!(file.is_file(), "{}", file.display());
    }
}

#[test]
fn every_package_tells_what_it_is() {
    let printed =
        cargo(&["metadata", "--locked", "--no-deps", "--format-version", "1"]).expect("cargo metadata");
    let metadata: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
    for folder in LIBRARIES {
        let packages = metadata["packages"].as_array().expect("packages");
        let name = format!("slotflow-{folder}");
        let package = packages.iter().find(|one| one["name"] == name.as_str()).expect("the package");
        for told in TOLD {
            let value = &package[told];
            let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
            assert!(!empty, "{name} does not tell its {told}");
        }
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            assert_ne!(dependency["req"], "*", "{name} takes any version of {}", dependency["name"]);
        }
    }
}

#[test]
fn no_packed_source_includes_a_file_that_is_not_packed() {
    let mut includes = 0;
    for folder in LIBRARIES {
        let name = format!("slotflow-{folder}");
        let list = cargo(&["package", "--locked", "--allow-dirty", "--list", "--package", &name]);
        let Some(list) = available("the index of the registry", list) else { return };
        let packed: BTreeSet<_> = list.lines().map(PathBuf::from).collect();
        assert!(packed.contains(Path::new("LICENSE")) && packed.contains(Path::new("README.md")), "{list}");
        for source in packed.iter().filter(|path| path.extension().is_some_and(|end| end == "rs")) {
            let text = std::fs::read_to_string(Path::new("..").join(folder).join(source)).expect("a source");
            for included in included_by(&text) {
                includes += 1;
                let path = joined(source.parent().expect("a folder"), &included);
                assert!(
                    path.is_some_and(|path| packed.contains(&path)),
                    "{name}: {}: {included}",
                    source.display()
                );
            }
        }
    }
    assert!(includes > 5, "{includes}: the search itself works");
}

/// The files that `include_str!` and `include_bytes!` name.
fn included_by(text: &str) -> Vec<String> {
    let calls = ["include_str!(\"", "include_bytes!(\""];
    let found = calls.iter().flat_map(|call| text.split(call).skip(1));
    found.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

/// The path from the package's root, if it stays below that.
fn joined(folder: &Path, path: &str) -> Option<PathBuf> {
    let mut all: Vec<_> = folder.components().collect();
    for component in Path::new(path).components() {
        match component {
            Component::ParentDir => all.pop().map(|_| ())?,
            other => all.push(other),
        }
    }
    Some(all.iter().collect())
}

#[test]
fn a_path_that_leaves_the_package_is_none() {
    assert_eq!(joined(Path::new("src/api"), "../assets/a.css"), Some("src/assets/a.css".into()));
    assert_eq!(joined(Path::new("src"), "../../docs/a.md"), None);
    assert_eq!(included_by("include_str!(\"a.md\"), include_bytes!(\"b\")"), ["a.md", "b"]);
}
