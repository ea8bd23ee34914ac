//! The real server as a process, and organizations made through its command line.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use crate::command_line::{self, set, slotflow};
use crate::http::JsonClient;
use crate::process::CapturedProcess;

/// How long a start may take, migrations included, on a machine that is busy building.
const START_PATIENCE: Duration = Duration::from_secs(60);
/// How often another port is tried when the chosen one was taken meanwhile.
const START_TRIES: usize = 3;

/// A running `slotflow serve` on a loopback port, killed when dropped.
#[derive(Debug)]
pub struct Server {
    process: CapturedProcess,
    base_url: String,
}

/// An organization and the key that acts for it.
#[derive(Debug, Clone)]
pub struct Organization {
    /// Its id, a UUID.
    pub id: String,
    /// Its API key, `sk_live_…`.
    pub api_key: String,
}

/// What a server runs in.
#[derive(Clone, Copy)]
struct Around<'a> {
    largest_file: Option<u64>,
    environment: &'a [(&'a str, Option<&'a str>)],
}

impl Server {
    /// Starts the server with retries after 1 s and 2 s, and with development's relaxed URL rules,
    /// and waits until it answers `/readyz`.
    ///
    /// # Errors
    /// When it does not get ready; shows what it printed.
    pub async fn start(database_url: &str) -> anyhow::Result<Server> {
        let arguments = ["--dev", "--retry-delays", "1s,2s", "--request-timeout", "10s"];
        Server::start_with(database_url, &arguments).await
    }

    /// Starts the server with these arguments behind `serve --listen … --database-url …`.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_with(database_url: &str, arguments: &[&str]) -> anyhow::Result<Server> {
        Server::start_within(database_url, arguments, None).await
    }

    /// Starts the server as [`Server::start_with`], with no file larger than this while it runs. It is a soft
    /// limit, which `prlimit` can lift: a file system that is full for a while.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_within(
        database_url: &str,
        arguments: &[&str],
        largest_file: Option<u64>,
    ) -> anyhow::Result<Server> {
        Server::start_around(database_url, arguments, Around { largest_file, environment: &[] }).await
    }

    /// Starts the server as [`Server::start_with`], with these environment variables; without those of no value.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_in(
        database_url: &str,
        arguments: &[&str],
        environment: &[(&str, Option<&str>)],
    ) -> anyhow::Result<Server> {
        Server::start_around(database_url, arguments, Around { largest_file: None, environment }).await
    }

    async fn start_around(
        database_url: &str,
        arguments: &[&str],
        around: Around<'_>,
    ) -> anyhow::Result<Server> {
        let mut tried = 1;
        loop {
            match Server::try_start(database_url, arguments, around).await {
                Err(error) if tried < START_TRIES && format!("{error:#}").contains("in use") => tried += 1,
                outcome => return outcome,
            }
        }
    }

    async fn try_start(database_url: &str, arguments: &[&str], around: Around<'_>) -> anyhow::Result<Server> {
        let address = format!("127.0.0.1:{}", free_port()?);
        let mut command = slotflow().await?;
        set(&mut command, around.environment);
        if let Some(bytes) = around.largest_file {
            command = limited(command, bytes);
        }
        command.args(["serve", "--listen", &address, "--database-url", database_url]).args(arguments);
        let process = CapturedProcess::start("slotflow serve", command)?;
        let mut server = Server { process, base_url: format!("http://{address}") };
        server.wait_until_ready().await?;
        Ok(server)
    }

    async fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let client = self.client();
        let deadline = Instant::now() + START_PATIENCE;
        loop {
            if let Ok(answer) = client.get("/readyz", None).await
                && answer.status == 200
            {
                return Ok(());
            }
            if let Some(status) = self.process.exit_status()? {
                // Its last words may still be on their way through the pipe.
                sleep(Duration::from_millis(100)).await;
                bail!("the server ended ({status}) before it was ready\n{}", self.process.output());
            }
            if Instant::now() > deadline {
                bail!("the server was not ready within {START_PATIENCE:?}\n{}", self.process.output());
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// `http://127.0.0.1:<port>`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// A client of this server.
    pub fn client(&self) -> JsonClient {
        JsonClient::new(&self.base_url)
    }

    /// The process itself: its output, its id, and ways to end it.
    pub fn process(&mut self) -> &mut CapturedProcess {
        &mut self.process
    }
}

/// The same command with a soft limit on the size of files. A write beyond it is an error, as on a full file
/// system, and not the signal that would end the process.
fn limited(command: Command, bytes: u64) -> Command {
    // `ulimit` counts in blocks of 512 bytes.
    let script = format!("trap '' XFSZ; ulimit -S -f {}; exec \"$0\" \"$@\"", bytes / 512);
    let command = command.as_std();
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(script).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

/// Makes an organization on `plan` (`free`, `starter` or `growth`) through `slotflow org create`.
///
/// # Errors
/// When the command fails or prints something other than the ids.
pub async fn create_organization(database_url: &str, plan: &str) -> anyhow::Result<Organization> {
    let name = format!("Tests on {plan}");
    let arguments = ["org", "create", "--name", &name, "--plan", plan, "--database-url", database_url];
    let printed = command_line::run(&arguments).await?.json()?;
    let member = |name: &str| {
        let text = printed.get(name).and_then(|value| value.as_str());
        text.map(str::to_owned).with_context(|| format!("`org create` printed no {name}"))
    };
    Ok(Organization { id: member("organization_id")?, api_key: member("api_key")? })
}

/// The URL of an SQLite database file in `directory`, created by whoever opens it first.
pub fn sqlite_url(directory: &Path) -> String {
    format!("sqlite://{}?mode=rwc", directory.join("slotflow.db").display())
}

/// A loopback port that was free a moment ago.
///
/// # Errors
/// When the system has none.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
