//! An operator at a terminal, and the programs that an operator writes: commands to a running server.

mod deliveries;
mod events;
mod failures;
mod repairs;
mod rotation_and_health;
mod webhooks;

use serde_json::Value;
use slotflow_tests::command_line::{Ended, run_with};

use crate::api::Api;

/// Runs a command with the server and the key in its environment.
async fn operate(api: &Api, arguments: &[&str]) -> Ended {
    let environment = [("SLOTFLOW_SERVER", api.server.base_url()), ("SLOTFLOW_API_KEY", api.key())];
    let ended = run_with(&environment, arguments).await.expect("an end");
    let printed = ended.stdout.iter().chain(&ended.stderr);
    assert!(printed.clone().all(|line| !line.contains(api.key())), "the key is printed: {ended:?}");
    assert!(printed.clone().all(|line| !line.contains("panicked")), "{ended:?}");
    ended
}

/// What a command that succeeded printed.
async fn lines(api: &Api, arguments: &[&str]) -> Vec<String> {
    let ended = operate(api, arguments).await;
    assert_eq!((ended.code, ended.stderr.len()), (Some(0), 0), "{ended:#?}");
    ended.stdout
}

/// The JSON objects that a command which succeeded printed, one per line.
async fn objects(api: &Api, arguments: &[&str]) -> Vec<Value> {
    let lines = lines(api, &[arguments, &["--json"]].concat()).await;
    lines.iter().map(|line| serde_json::from_str(line).expect("a JSON object per line")).collect()
}
