//! Examples that do one thing and end.

use slotflow_tests::process::CapturedProcess;
use slotflow_tests::server_binary::example;
use std::time::Duration;
use tokio::process::Command;

#[tokio::test]
async fn the_test_kit_shows_the_schedule() {
    let program = Command::new(example("testkit").expect("an example"));
    let mut program = CapturedProcess::start("testkit", program).expect("a start");
    let status = program.finish(Duration::from_secs(30)).await.expect("an end");
    assert!(status.success(), "{}", program.output());
    assert_eq!(program.stdout(), ["three attempts, after [0, 5, 65] minutes"]);
}
