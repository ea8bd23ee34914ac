//! What a newcomer does first: paste what `serve --dev` prints, watch `listen`, run `demo`.

use std::process::{Command as Probe, Stdio};

use serde_json::Value;
use slotflow_tests::command_line::{run, slotflow};
use slotflow_tests::database::Fresh;
use slotflow_tests::process::CapturedProcess;
use slotflow_tests::requirement::available;
use slotflow_tests::server::{Server, free_port};
use tokio::process::Command;

use crate::api::{Api, BOTH, PATIENCE, QUICK_RETRIES, text};

on_both_databases! {
    what_a_first_start_prints_can_be_pasted,
    a_listener_checks_signatures,
}

/// A well-formed signing secret that no webhook has.
const SOMEONE_ELSES_SECRET: &str = "whsec_c29tZW9uZSBlbHNlJ3Mgc2VjcmV0LCAzMiBieXRlcyE=";

async fn listen(port: u16, further: &[&str]) -> CapturedProcess {
    let mut command = slotflow().await.expect("an executable");
    command.args(["listen", "--port", &port.to_string()]).args(further);
    let mut listener = CapturedProcess::start("slotflow listen", command).expect("a listener");
    listener
        .wait_for("its address", PATIENCE, |lines| line_with(lines, "Listening on "))
        .await
        .expect("an address");
    listener
}

fn line_with(lines: &[String], part: &str) -> Option<String> {
    lines.iter().find(|line| line.contains(part)).cloned()
}

async fn what_a_first_start_prints_can_be_pasted(database: Fresh) {
    let curl = Probe::new("curl").arg("--version").stdout(Stdio::null()).status();
    let Some(_) = available("curl", curl.ok().filter(|status| status.success())) else { return };
    let mut server = Server::start_with(&database.url(), QUICK_RETRIES).await.expect("a server");
    let printed = server.process().wait_for("ready", PATIENCE, ready).await.expect("the greeting");
    let key =
        printed.iter().map(|line| line.trim()).find(|line| line.starts_with("sk_live_")).expect("a key");
    let pasted: Vec<_> = printed.iter().filter(|line| line.trim().starts_with("curl ")).collect();
    assert_eq!(pasted.len(), 2, "{printed:#?}");
    // The only thing changed: port 9000 may be somebody's on this machine.
    let port = free_port().expect("a port");
    let mut listener = listen(port, &[]).await;

    let mut answers = Vec::new();
    for line in pasted {
        assert!(line.contains(key), "{line}");
        let output = Command::new("sh").arg("-c").arg(line.replace(":9000", &format!(":{port}"))).output();
        let output = output.await.expect("a shell");
        assert!(output.status.success(), "{output:?}");
        answers.push(serde_json::from_slice::<Value>(&output.stdout).expect("JSON"));
    }
    assert!(text(&answers[0], "/signing_secret").starts_with("whsec_"));
    let shown = listener.wait_for("a delivery", PATIENCE, |lines| line_with(lines, r#"{"event":"#)).await;
    let shown: Value = serde_json::from_str(shown.expect("a delivery").trim()).expect("JSON");
    assert_eq!(shown["data"]["id"], answers[1]["id"]);

    server.process().terminate(PATIENCE).await.expect("an end");
    let mut second = Server::start_with(&database.url(), QUICK_RETRIES).await.expect("a second start");
    let printed = second.process().wait_for("ready", PATIENCE, ready).await.expect("ready");
    assert_eq!(printed.len(), 1, "a key is shown once only: {printed:#?}");
}

/// All lines, once the last of them is there.
fn ready(lines: &[String]) -> Option<Vec<String>> {
    line_with(lines, "is ready on http://").map(|_| lines.to_vec())
}

async fn a_listener_checks_signatures(database: Fresh) {
    let api = Api::start(database).await;
    let ports = [free_port().expect("a port"), free_port().expect("a port")];
    let mut webhooks = Vec::new();
    for port in ports {
        webhooks.push(api.register_url(&format!("http://127.0.0.1:{port}/"), BOTH).await);
    }
    let mut trusting = listen(ports[0], &["--secret", &webhooks[0].secret]).await;
    let mut mistaken = listen(ports[1], &["--secret", SOMEONE_ELSES_SECRET]).await;

    api.book().await;

    let line =
        trusting.wait_for("a delivery", PATIENCE, |lines| line_with(lines, "attempt 1")).await.expect("one");
    assert!(line.contains("booking.confirmed") && line.contains("signature valid"), "{line}");
    let line =
        mistaken.wait_for("a delivery", PATIENCE, |lines| line_with(lines, "attempt 1")).await.expect("one");
    assert!(line.contains("INVALID") && line.contains("401"), "{line}");
    api.wait_for_deliveries(&webhooks[0], &["delivered"]).await;
    api.wait_for_deliveries(&webhooks[1], &["pending"]).await;
}

#[tokio::test]
async fn the_demo_shows_that_everything_arrives() {
    let ended = run(&["demo", "--once"]).await.expect("an end");
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert!(line_with(&ended.stdout, "summary").is_some(), "{ended:#?}");
    assert!(line_with(&ended.stdout, "Everything arrived").is_some(), "{ended:#?}");
    assert!(line_with(&ended.stdout, "INVALID").is_none(), "{ended:#?}");
}
