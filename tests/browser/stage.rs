//! What a script finds when it begins: a server on an empty database, and the programs that it needs.

use std::time::Duration;

use serde_json::json;
use slotflow_tests::command_line::SECRET_KEY;
use slotflow_tests::database::Fresh;
use slotflow_tests::installed::repository_file;
use slotflow_tests::process::CapturedProcess;
use slotflow_tests::server::Server;
use slotflow_tests::server_binary::{server_binary, target_directory};
use tokio::sync::Semaphore;

use crate::tools;

/// A receiver that refuses has made a delivery fail for good within a second or two.
const ARGUMENTS: &[&str] = &["--dev", "--retry-delays", "500ms,500ms", "--request-timeout", "5s"];

/// All that a script may take, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(600);

/// Scripts at once: a browser keeps a processor busy, unlike most of what tests wait for.
static TURNS: Semaphore = Semaphore::const_new(2);

/// Plays a script of `scripts` to its end, on a stage of its own.
pub(crate) async fn play(script: &str) {
    let _turn = TURNS.acquire().await.expect("a turn");
    let (Some(database), Some(chromium), Some(mut node)) =
        (Fresh::sqlite(), tools::chromium(), tools::node())
    else {
        return;
    };
    let url = database.url();
    let mut server = Server::start_with(&url, ARGUMENTS).await.expect("a server");
    let screenshots = target_directory().expect("a target directory").join("screenshots");
    std::fs::create_dir_all(&screenshots).expect("a place for screenshots");
    let stage = json!({
        "server": server.base_url(),
        "chromium": chromium,
        "screenshots": screenshots,
        // For what is done beside a running server: organizations and their keys.
        "slotflow": server_binary().expect("an executable"),
        "environment": {"SLOTFLOW_DATABASE_URL": url, "SLOTFLOW_SECRET_KEY": SECRET_KEY},
    });
    // The browser keeps its notes here, and nowhere else.
    let home = tempfile::tempdir().expect("a temporary directory");
    node.env("HOME", home.path())
        .env("TMPDIR", home.path())
        .env("SLOTFLOW_STAGE", stage.to_string())
        .arg(repository_file("tests/browser/scripts").join(script));

    let mut run = CapturedProcess::start(script, node).expect("Node");
    let status = run.finish(PATIENCE).await.expect("an end");

    let server = server.process().output();
    assert!(status.success(), "{status}\n{}\n{server}", run.output());
    // A failure that no scene looked at is one all the same.
    let complaints = server.lines().filter(|line| line.contains("ERROR") || line.contains("panicked"));
    assert_eq!(complaints.collect::<Vec<_>>(), Vec::<&str>::new(), "{script}");
    println!("{}", run.stdout().join("\n"));
}
