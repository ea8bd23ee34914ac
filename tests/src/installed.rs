//! What `.ci/install` puts below cargo's target directory, and whether a program does what a test needs of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::server_binary::target_directory;

/// A place in the directory of installed packages. Whether it is there is another question.
///
/// # Panics
/// When the test does not lie where cargo puts tests.
#[allow(clippy::expect_used, reason = "only tests call it, and a panic is how they fail")]
pub fn installed(path: &str) -> PathBuf {
    target_directory().expect("a target directory").join("clients").join(path)
}

/// A file of this repository.
pub fn repository_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Whether this program can be started and ends well, whatever it prints.
pub fn works(program: &mut Command) -> bool {
    let program = program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    program.status().is_ok_and(|status| status.success())
}
