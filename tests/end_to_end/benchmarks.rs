//! The benchmarks run. What they measure is for people to read, and no test.

use std::time::Duration;

use serde_json::Value;
use slotflow_tests::postgres::fresh_database;
use slotflow_tests::process::CapturedProcess;
use slotflow_tests::requirement;
use tokio::process::Command;

/// Including the time to build the server, where nobody has yet.
const PATIENCE: Duration = Duration::from_secs(300);

#[tokio::test]
async fn claims_are_measured() {
    let rows = run("claims").await;
    let sizes: Vec<_> = rows.iter().filter_map(|row| row["waiting"].as_u64()).collect();
    assert_eq!(sizes.len(), rows.len(), "{rows:?}");
    let taken = rows.iter().find(|row| row["shape"] == "due, one hangs, 10 others").expect("a shape");
    assert_eq!(taken["claimed"], 10, "all but those of the webhook that hangs");
}

#[tokio::test]
async fn fairness_is_measured() {
    let rows = run("fairness").await;
    for row in &rows {
        assert!(row["events"].as_u64() >= Some(5), "{row}");
    }
    assert!(rows.len() >= 4, "two webhooks, alone and beside a backlog: {rows:?}");
}

#[tokio::test]
async fn retention_is_measured() {
    let rows = run("retention").await;
    let batches = rows.iter().find(|row| row["measured"] == "batch of events").expect("a row");
    assert!(batches["count"].as_u64() >= Some(5), "1,000 events in batches of 200: {rows:?}");
}

#[tokio::test]
async fn sizes_are_measured() {
    for row in run("sizing").await {
        assert_eq!(row["deliveries"], 200, "{row}");
        assert!(row["bytes per delivery and attempt"].as_u64() > Some(0), "{row}");
    }
}

#[tokio::test]
async fn listings_are_measured() {
    let rows = run("listings").await;
    for (list, found) in [
        ("deliveries: all", 50),
        ("deliveries: delivered", 50),
        ("deliveries: one booking", 8),
        ("deliveries: an unknown event type", 0),
        ("events: all", 50),
        ("events: one booking", 2),
    ] {
        let row = rows.iter().find(|row| row["list"] == list).expect(list);
        assert_eq!(row["found"], found, "{row}");
    }
}

#[tokio::test]
async fn pages_are_measured() {
    let rows = run("pages").await;
    for page in ["overview, a week", "a webhook", "deliveries, failed", "a delivery", "an event"] {
        let row = rows.iter().find(|row| row["page"] == page).expect(page);
        assert!(row["KiB"].as_f64() > Some(1.0), "{row}");
    }
}

#[tokio::test]
async fn instructions_are_counted() {
    let found = std::process::Command::new("valgrind").arg("--version").output().ok();
    let Some(_) = requirement::available("Valgrind", found) else { return };
    let rows = run("instructions").await;
    assert!(rows.len() >= 7 && rows.iter().all(|row| row["instructions"].as_u64() > Some(0)), "{rows:?}");
}

#[tokio::test]
async fn speed_is_measured() {
    let rows = run_with("speed", &SWIFT_ROWS.map(|row| ["--row", row]).concat()).await;
    for measured in ["requests", "events", "request sent to arrival, p99", "p99, against empty", "binary"] {
        let row = rows.iter().find(|row| row["measured"] == measured).expect(measured);
        assert!(row["value"].as_f64() > Some(0.0) && row["bare loop"].as_f64() > Some(0.0), "{row}");
    }
}

/// Apart from the others, as it waits for leases to end.
#[tokio::test]
async fn a_restart_is_measured() {
    let rows = run_with("speed", &["--row", "restart"]).await;
    let row = rows.iter().find(|row| row["measured"] == "acknowledged before the kills").expect("a row");
    assert!(row["value"].as_f64() >= Some(50.0), "killed when half of 100 was through: {row}");
}

const SWIFT_ROWS: [&str; 8] =
    ["bare-loop", "end-to-end", "latency", "fan-out", "backlog", "many-tenants", "footprint", "instances"];

async fn run(scenario: &str) -> Vec<Value> {
    run_with(scenario, &[]).await
}

/// Runs a scenario in small and reads its results.
async fn run_with(scenario: &str, flags: &[&str]) -> Vec<Value> {
    let databases = if fresh_database().await.is_some() { "both" } else { "sqlite" };
    let directory = tempfile::tempdir().expect("a directory");
    let results = directory.path().join("results.json");
    let mut command = Command::new(env!("CARGO_BIN_EXE_bench"));
    command.args([scenario, "--quick", "--database", databases, "--json"]).arg(&results).args(flags);
    let mut bench = CapturedProcess::start("bench", command).expect("the benchmark");
    let status = bench.finish(PATIENCE).await.expect("its end");
    assert!(status.success(), "{}", bench.output());
    let text = std::fs::read_to_string(results).expect("results");
    serde_json::from_str(&text).expect("a list")
}
