//! `slotflow` as someone at a terminal uses it: words in, lines and an exit code out.

use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;
use tokio::process::Command;

use crate::process::CapturedProcess;
use crate::server_binary::server_binary;

/// How long a command such as `org create` may take, on a machine that is busy building.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the tests' databases encrypt signing secrets with: base64 of 32 bytes, known to all, secret to none.
pub const SECRET_KEY: &str = "c2xvdGZsb3ctdGVzdHMtb25seS1zZWNyZXQta2V5ISE=";

/// What a command printed, and how it ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// The lines on standard output.
    pub stdout: Vec<String>,
    /// The lines on standard error.
    pub stderr: Vec<String>,
}

impl Ended {
    /// The one JSON text that a command which succeeded printed.
    ///
    /// # Errors
    /// When it failed, or printed something else.
    pub fn json(&self) -> anyhow::Result<Value> {
        ensure!(self.code == Some(0), "{self:?}");
        serde_json::from_str(&self.stdout.join("\n")).with_context(|| format!("{self:?}"))
    }
}

/// Runs `slotflow` with these arguments to its end.
///
/// # Errors
/// When it cannot be built or started, or does not end.
pub async fn run(arguments: &[&str]) -> anyhow::Result<Ended> {
    run_with(&[], arguments).await
}

/// Runs `slotflow` with these environment variables and arguments to its end.
///
/// # Errors
/// As [`run`].
pub async fn run_with(environment: &[(&str, &str)], arguments: &[&str]) -> anyhow::Result<Ended> {
    let environment: Vec<_> = environment.iter().map(|&(name, value)| (name, Some(value))).collect();
    run_in(&environment, arguments).await
}

/// The same; without the variables that are given no value.
///
/// # Errors
/// As [`run`].
pub async fn run_in(environment: &[(&str, Option<&str>)], arguments: &[&str]) -> anyhow::Result<Ended> {
    let mut command = slotflow().await?;
    set(&mut command, environment);
    command.args(arguments);
    let mut process = CapturedProcess::start(&format!("slotflow {}", arguments.join(" ")), command)?;
    let status = process.finish(PATIENCE).await?;
    Ok(Ended { code: status.code(), stdout: process.stdout(), stderr: process.stderr() })
}

/// Sets these environment variables, and takes away those without a value.
pub(crate) fn set(command: &mut Command, environment: &[(&str, Option<&str>)]) {
    for (name, value) in environment {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
}

/// `slotflow`, without arguments yet and without the settings of whoever runs the tests.
///
/// # Errors
/// When it does not build.
pub async fn slotflow() -> anyhow::Result<Command> {
    let binary = tokio::task::spawn_blocking(server_binary).await??;
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SLOTFLOW_") {
            command.env_remove(name);
        }
    }
    command.env("SLOTFLOW_SECRET_KEY", SECRET_KEY).env("RUST_BACKTRACE", "1");
    Ok(command)
}
