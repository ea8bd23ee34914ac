//! The executables that the tests run, `slotflow` and the examples: built by the same cargo, into the same place, in the
//! same profile.
//!
//! Cargo tells a test only of executables of its own package, and these are other packages'. So the
//! first test of a process asks cargo for them, which costs a fraction of a second when they are up to date.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, bail};

/// The environment variable that names another executable to test, for example a released one.
pub const EXECUTABLE: &str = "SLOTFLOW_TEST_EXECUTABLE";

/// The path of an up-to-date `slotflow`. Blocks while cargo builds it.
///
/// # Errors
/// When it does not build.
pub fn server_binary() -> anyhow::Result<&'static Path> {
    static BINARY: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match BINARY.get_or_init(|| server().map_err(|error| format!("{error:#}"))) {
        Ok(path) => Ok(path),
        Err(reason) => bail!("the slotflow executable: {reason}"),
    }
}

/// The path of an up-to-date example of the workspace. Blocks while cargo builds it.
///
/// # Errors
/// When it does not build.
pub fn example(name: &str) -> anyhow::Result<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    build(&["--example", name], profile_directory()?.join("examples").join(file))
}

/// The directory cargo builds into, found from where this executable lies (`<target>/<profile>/deps/<test>`, or
/// without `deps` for one that is no test), whatever names it was given.
///
/// # Errors
/// When the executable lies somewhere else.
pub fn target_directory() -> anyhow::Result<PathBuf> {
    Ok(profile_directory()?.parent().context("no target directory")?.to_owned())
}

fn profile_directory() -> anyhow::Result<PathBuf> {
    let executable = std::env::current_exe()?;
    let directory = executable.parent().context("no directory")?;
    if directory.file_name().is_some_and(|name| name == "deps") {
        return Ok(directory.parent().context("no profile directory")?.to_owned());
    }
    Ok(directory.to_owned())
}

fn server() -> anyhow::Result<PathBuf> {
    if let Some(given) = std::env::var_os(EXECUTABLE) {
        return Ok(given.into());
    }
    let file = format!("slotflow{}", std::env::consts::EXE_SUFFIX);
    build(&["--bin", "slotflow"], profile_directory()?.join(file))
}

/// Has cargo build what `which` selects, which comes to lie at `path`.
fn build(which: &[&str], path: PathBuf) -> anyhow::Result<PathBuf> {
    let directory = profile_directory()?;
    let profile = match directory.file_name().and_then(|name| name.to_str()) {
        Some("debug") => "dev",
        Some(name) => name,
        None => bail!("{} names no profile", directory.display()),
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // The whole workspace is named so that shared dependencies keep the features, hence the artifacts, that
    // `cargo test --workspace` has just built.
    command
        .args(["build", "--quiet", "--workspace"])
        .args(which)
        .args(["--profile", profile, "--target-dir"])
        .arg(target_directory()?)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .stdin(Stdio::null());
    if cfg!(feature = "otlp") {
        command.args(["--features", "slotflow-server/otlp"]);
    }
    // What cargo told this test about its own package would make build scripts of dependencies run again.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let about_this_package =
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|start| text.starts_with(start));
        if about_this_package || text == "CARGO_CRATE_NAME" || text == "CARGO_PRIMARY_PACKAGE" {
            command.env_remove(&name);
        }
    }
    let status = command.status().context("starting cargo")?;
    if !status.success() {
        bail!("cargo build ended with {status}");
    }
    if !path.is_file() {
        bail!("cargo built no {}", path.display());
    }
    Ok(path)
}
