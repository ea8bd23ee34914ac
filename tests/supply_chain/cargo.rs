//! What cargo tells of the workspace and all that it depends on.

use serde::Deserialize;
use slotflow_tests::requirement::available;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

/// `cargo metadata`, as far as it is looked at.
#[derive(Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// `None` is the workspace itself.
    pub(crate) source: Option<String>,
    pub(crate) license: Option<String>,
    pub(crate) dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) source: Option<String>,
    pub(crate) req: String,
}

/// Of all packages, for every platform. `None` where the sources of some are neither here nor to be had.
pub(crate) fn metadata() -> Option<&'static Metadata> {
    static METADATA: OnceLock<Option<Metadata>> = OnceLock::new();
    let found = METADATA.get_or_init(|| {
        let printed = cargo(&["metadata", "--format-version", "1", "--locked", "--all-features"])?;
        Some(serde_json::from_str(&printed).expect("cargo's JSON"))
    });
    available("the source of every dependency", found.as_ref())
}

/// What cargo prints when it is called like this; `None` if it fails.
pub(crate) fn cargo(arguments: &[&str]) -> Option<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = Command::new(cargo).args(arguments).current_dir(root).output().expect("cargo");
    output.status.success().then(|| String::from_utf8(output.stdout).expect("text"))
}
