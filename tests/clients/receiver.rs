//! One of the README's receivers as a running process.

use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;
use slotflow_tests::installed::repository_file;
use slotflow_tests::process::CapturedProcess;
use slotflow_tests::server::free_port;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use crate::tools;

/// Interpreters are slow to start on a machine that is busy.
const START_PATIENCE: Duration = Duration::from_secs(60);
/// From the booking's answer to the line in the receiver's log; generous, as the machine is shared.
const DELIVERY_PATIENCE: Duration = Duration::from_secs(30);

/// The receivers that the README shows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Framework {
    Express,
    Flask,
    FastApi,
    Axum,
}

impl Framework {
    /// The command that runs it; `None` after saying that the test is skipped.
    pub(crate) fn command(self) -> Option<Command> {
        let (mut command, file) = match self {
            Framework::Express => (tools::node()?, "docs/receivers/express/server.js"),
            Framework::Flask => (tools::python()?, "docs/receivers/flask/app.py"),
            Framework::FastApi => (tools::python()?, "docs/receivers/fastapi/app.py"),
            Framework::Axum => return Some(Command::new(env!("CARGO_BIN_EXE_axum-receiver"))),
        };
        command.arg(repository_file(file));
        Some(command)
    }
}

/// A place for a receiver. Its URL is registered first, as the receiver needs the secret that this gives.
pub(crate) struct Address {
    port: u16,
}

impl Address {
    pub(crate) fn choose() -> Address {
        Address { port: free_port().expect("a free port") }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/webhooks/slotflow", self.port)
    }
}

/// A receiver that answers.
pub(crate) struct Receiver {
    process: CapturedProcess,
}

impl Receiver {
    pub(crate) async fn start(
        framework: Framework,
        mut command: Command,
        at: &Address,
        secret: &str,
    ) -> Receiver {
        command.env("SLOTFLOW_WEBHOOK_SECRET", secret).env("PORT", at.port.to_string());
        let mut process = CapturedProcess::start(&format!("{framework:?}"), command).expect("a receiver");
        let deadline = Instant::now() + START_PATIENCE;
        while TcpStream::connect(("127.0.0.1", at.port)).is_err() {
            let ended = process.exit_status().expect("a status");
            assert!(ended.is_none() && Instant::now() < deadline, "{framework:?}\n{}", process.output());
            sleep(Duration::from_millis(50)).await;
        }
        Receiver { process }
    }

    /// The deliveries it accepted so far, as it logged them: other lines are its framework's.
    pub(crate) fn accepted(&self) -> Vec<Value> {
        logged(&self.process.stdout())
    }

    /// Waits until it has accepted this many deliveries.
    pub(crate) async fn wait_until_accepted(&mut self, count: usize) -> Vec<Value> {
        let what = format!("{count} accepted deliveries");
        let look = |lines: &[String]| Some(logged(lines)).filter(|accepted| accepted.len() >= count);
        self.process.wait_for(&what, DELIVERY_PATIENCE, look).await.expect("deliveries")
    }

    pub(crate) fn output(&self) -> String {
        self.process.output()
    }
}

fn logged(lines: &[String]) -> Vec<Value> {
    let json = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    json.filter(|line| line.get("event").is_some()).collect()
}
