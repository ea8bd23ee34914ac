//! Asking cargo.

use std::path::Path;
use std::process::Command;

/// What cargo prints when it is called like this; `None` if it fails.
pub(crate) fn cargo(arguments: &[&str]) -> Option<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = Command::new(cargo).args(arguments).current_dir(root).output().expect("cargo");
    output.status.success().then(|| String::from_utf8(output.stdout).expect("text"))
}
