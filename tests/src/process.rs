//! A child process whose output is kept, and which never outlives the value that stands for it.

use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

/// How often a waiting test looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A running program. Dropping it kills the program.
#[derive(Debug)]
pub struct CapturedProcess {
    name: String,
    child: Child,
    stdout: Lines,
    stderr: Lines,
}

type Lines = Arc<Mutex<Vec<String>>>;

impl CapturedProcess {
    /// Starts `command` without a standard input; `name` is for messages.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn start(name: &str, mut command: Command) -> anyhow::Result<CapturedProcess> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().with_context(|| format!("starting {name}"))?;
        let stdout = collect(child.stdout.take().context("no standard output")?);
        let stderr = collect(child.stderr.take().context("no standard error")?);
        Ok(CapturedProcess { name: name.to_owned(), child, stdout, stderr })
    }

    /// The lines on standard output so far.
    pub fn stdout(&self) -> Vec<String> {
        snapshot(&self.stdout)
    }

    /// The lines on standard error so far.
    pub fn stderr(&self) -> Vec<String> {
        snapshot(&self.stderr)
    }

    /// All that it printed so far, for a message about what went wrong.
    pub fn output(&self) -> String {
        let (stdout, stderr) = (snapshot(&self.stdout).join("\n"), snapshot(&self.stderr).join("\n"));
        format!("--- {} stdout\n{stdout}\n--- {} stderr\n{stderr}", self.name, self.name)
    }

    /// The process id, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn exit_status(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Kills it (SIGKILL), as a crash would, and waits until it is gone.
    ///
    /// # Errors
    /// When the system refuses.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill().await.with_context(|| format!("killing {}", self.name))
    }

    /// Sends it a signal, named as the `kill` program names it (`TERM`), unless it has ended.
    ///
    /// # Errors
    /// When the system refuses.
    pub async fn signal(&self, name: &str) -> anyhow::Result<()> {
        if let Some(id) = self.child.id() {
            // Through the `kill` program, as the standard library can only send SIGKILL.
            let sent = Command::new("kill").args([format!("-{name}"), id.to_string()]).status().await?;
            anyhow::ensure!(sent.success(), "SIG{name} to {}: {sent}", self.name);
        }
        Ok(())
    }

    /// Asks it to stop (SIGTERM) and waits for its end, `patience` at most.
    ///
    /// # Errors
    /// When it is still there after that.
    pub async fn terminate(&mut self, patience: Duration) -> anyhow::Result<ExitStatus> {
        self.signal("TERM").await?;
        match tokio::time::timeout(patience, self.child.wait()).await {
            Ok(status) => Ok(status?),
            Err(_) => bail!("{} ignored SIGTERM for {patience:?}\n{}", self.name, self.output()),
        }
    }

    /// Waits for its end by itself, `patience` at most, until all its output is read.
    ///
    /// # Errors
    /// When it is still running after that.
    pub async fn finish(&mut self, patience: Duration) -> anyhow::Result<ExitStatus> {
        let Ok(status) = tokio::time::timeout(patience, self.child.wait()).await else {
            bail!("{} did not finish within {patience:?}\n{}", self.name, self.output());
        };
        // The readers drop their share of the lines at the end of the streams.
        let read = || Arc::strong_count(&self.stdout) == 1 && Arc::strong_count(&self.stderr) == 1;
        let deadline = Instant::now() + Duration::from_secs(2);
        while !read() && Instant::now() < deadline {
            sleep(LOOK_AGAIN).await;
        }
        Ok(status?)
    }

    /// Waits until standard output satisfies `look`, and gives what it found.
    ///
    /// # Errors
    /// When `patience` is over or the process ends first; shows all that it printed.
    pub async fn wait_for<T>(
        &mut self,
        what: &str,
        patience: Duration,
        look: impl Fn(&[String]) -> Option<T>,
    ) -> anyhow::Result<T> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(found) = look(&self.stdout()) {
                return Ok(found);
            }
            if let Some(status) = self.exit_status()? {
                bail!("{} ended ({status}) before {what}\n{}", self.name, self.output());
            }
            if Instant::now() > deadline {
                bail!("{}: no {what} within {patience:?}\n{}", self.name, self.output());
            }
            sleep(LOOK_AGAIN).await;
        }
    }
}

fn collect(stream: impl AsyncRead + Unpin + Send + 'static) -> Lines {
    let lines = Lines::default();
    let reader_lines = Arc::clone(&lines);
    tokio::spawn(async move {
        let mut reader = BufReader::new(stream).split(b'\n');
        while let Ok(Some(line)) = reader.next_segment().await {
            let line = String::from_utf8_lossy(&line).into_owned();
            reader_lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    });
    lines
}

fn snapshot(lines: &Lines) -> Vec<String> {
    lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::process::Command;

    use super::CapturedProcess;

    const PATIENCE: Duration = Duration::from_secs(10);

    fn shell(script: &str) -> CapturedProcess {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        CapturedProcess::start("a shell", command).expect("a shell")
    }

    #[tokio::test]
    async fn a_line_is_found_while_the_process_runs_on() {
        let mut process = shell("echo one; echo two; exec sleep 60");
        let found =
            process.wait_for("two", PATIENCE, |lines| lines.iter().position(|line| line == "two")).await;
        assert_eq!(found.expect("a line"), 1);
        assert!(process.exit_status().expect("a status").is_none());
    }

    #[tokio::test]
    async fn waiting_for_a_line_ends_with_the_process_and_shows_its_output() {
        let mut process = shell("echo reason >&2; exit 3");
        let error = process.wait_for("a line", PATIENCE, |lines| lines.first().cloned()).await;
        let message = error.expect_err("no line came").to_string();
        assert!(message.contains("exit status: 3"), "{message}");
    }

    #[tokio::test]
    async fn a_finished_process_has_all_its_output_read() {
        let mut process = shell("seq 20000");
        assert!(process.finish(PATIENCE).await.expect("an end").success());
        assert_eq!(process.stdout().len(), 20_000);
    }

    #[tokio::test]
    async fn a_terminated_process_says_how_it_ended() {
        let mut process = shell("trap 'exit 7' TERM; echo up; while :; do sleep 0.05; done");
        process.wait_for("up", PATIENCE, |lines| lines.first().cloned()).await.expect("up");
        assert_eq!(process.terminate(PATIENCE).await.expect("an end").code(), Some(7));
    }
}
