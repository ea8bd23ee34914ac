//! A private PostgreSQL cluster, which can be made to crash.
//!
//! `tests/throwaway-postgres` runs it and waits on a pipe that this process holds open, so that even a SIGKILL of
//! the test ends the cluster.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, bail, ensure};
use url::Url;

/// The exit status by which `throwaway-postgres` says that the machine has no PostgreSQL.
const NO_POSTGRES: i32 = 3;

/// A running cluster of its own. It ends, and its data with it, when this value is dropped.
#[derive(Debug)]
pub struct PostgresCluster {
    superuser: Url,
    script: Child,
    answers: BufReader<ChildStdout>,
}

impl PostgresCluster {
    /// Makes and starts one; `None` where there is no PostgreSQL. Blocks for the seconds that takes.
    ///
    /// # Errors
    /// When an installed PostgreSQL does not start.
    pub fn start() -> anyhow::Result<Option<PostgresCluster>> {
        PostgresCluster::start_with(&[])
    }

    /// The same with the durability that PostgreSQL has by default: each commit is synced.
    ///
    /// # Errors
    /// As [`PostgresCluster::start`].
    pub fn start_durable() -> anyhow::Result<Option<PostgresCluster>> {
        PostgresCluster::start_with(&["--durable"])
    }

    fn start_with(arguments: &[&str]) -> anyhow::Result<Option<PostgresCluster>> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("throwaway-postgres");
        let mut command = Command::new(&path);
        command.args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // Out of the terminal's group: an interrupt meant for the tests must not kill the shell that cleans up.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut script = command.spawn().with_context(|| format!("starting {}", path.display()))?;
        let stdout = script.stdout.take().context("the cluster has no standard output")?;
        let mut answers = BufReader::new(stdout);
        let mut line = String::new();
        answers.read_line(&mut line)?;
        if line.is_empty() {
            let status = script.wait()?;
            if status.code() == Some(NO_POSTGRES) {
                return Ok(None);
            }
            bail!("the private cluster did not start ({status}); its log is above");
        }
        let superuser = Url::parse(line.trim()).context("the private cluster's URL")?;
        Ok(Some(PostgresCluster { superuser, script, answers }))
    }

    /// The URL of its superuser's database.
    pub fn superuser(&self) -> &Url {
        &self.superuser
    }

    /// Stops it at once, without a checkpoint and without a word to its clients. Blocks until it is gone.
    ///
    /// # Errors
    /// When it was not running.
    pub fn crash(&mut self) -> anyhow::Result<()> {
        self.tell("crash", "crashed")
    }

    /// Starts it again on the same port after a crash. Blocks until it has recovered and answers.
    ///
    /// # Errors
    /// When it does not.
    pub fn recover(&mut self) -> anyhow::Result<()> {
        self.tell("recover", "recovered")
    }

    fn tell(&mut self, word: &str, expected: &str) -> anyhow::Result<()> {
        let stdin = self.script.stdin.as_mut().context("the cluster has no standard input")?;
        writeln!(stdin, "{word}")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        ensure!(line.trim() == expected, "the cluster was told to {word} and said: {line:?}");
        Ok(())
    }
}

impl Drop for PostgresCluster {
    fn drop(&mut self) {
        // The script ends with its standard input.
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}
