//! An example that goes on running and answers HTTP.

use slotflow_tests::http::JsonClient;
use slotflow_tests::process::CapturedProcess;
use slotflow_tests::server_binary::example;
use std::time::Duration;
use tokio::process::Command;

/// How long anything may take, on a machine that is busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A running example and its client.
pub(crate) struct Service {
    process: CapturedProcess,
    pub(crate) client: JsonClient,
}

impl Service {
    /// Starts the example `name` with these environment variables, and waits until it listens.
    pub(crate) async fn start(name: &str, variables: &[(&str, &str)]) -> Self {
        let mut program = Command::new(example(name).expect("an example"));
        program.envs(variables.iter().copied());
        let mut process = CapturedProcess::start(name, program).expect("a start");
        let listening = |lines: &[String]| Some(lines.first()?.strip_prefix("listening on ")?.to_owned());
        let address = process.wait_for("address", PATIENCE, listening).await.expect("an address");
        Self { process, client: JsonClient::new(address) }
    }

    /// Waits until it has printed this line.
    pub(crate) async fn wait_for_line(&mut self, line: &str) {
        let found = |lines: &[String]| lines.iter().any(|other| other == line).then_some(());
        self.process.wait_for(line, PATIENCE, found).await.expect("a line");
    }

    /// Ends it as Ctrl-C does, which has to succeed; answers what it printed but for where it listened.
    pub(crate) async fn stop(mut self) -> Vec<String> {
        self.process.signal("INT").await.expect("a signal");
        let status = self.process.finish(PATIENCE).await.expect("an end");
        assert!(status.success(), "{}", self.process.output());
        self.process.stdout().split_off(1)
    }
}
