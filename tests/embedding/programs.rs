//! Examples that do one thing and end.

use slotflow_tests::database::Fresh;
use slotflow_tests::process::CapturedProcess;
use slotflow_tests::receiver::Receiver;
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

#[tokio::test]
async fn retries_and_plans_can_be_somebodys_own() {
    let program = Command::new(example("custom_policy").expect("an example"));
    let mut program = CapturedProcess::start("custom_policy", program).expect("a start");
    let status = program.finish(Duration::from_secs(30)).await.expect("an end");
    assert!(status.success(), "{}", program.output());
    assert_eq!(
        program.stdout(),
        [
            "the 26th webhook: the plan's limit of 25 webhooks is reached",
            "25 deliveries that failed at once: 100 attempts, none early"
        ]
    );
}

#[tokio::test]
async fn an_order_in_plain_sql_is_delivered_on_sqlite() {
    let Some(database) = Fresh::sqlite() else { return };
    an_order_in_plain_sql_is_delivered(database).await;
}

#[tokio::test]
async fn an_order_in_plain_sql_is_delivered_on_postgres() {
    let Some(database) = Fresh::postgres().await else { return };
    an_order_in_plain_sql_is_delivered(database).await;
}

async fn an_order_in_plain_sql_is_delivered(database: Fresh) {
    let receiver = Receiver::start().await.expect("a receiver");
    let run = async || {
        let mut program = Command::new(example("outbox_from_sql").expect("an example"));
        program.env("DATABASE_URL", database.url()).env("RECEIVER", receiver.url("/orders"));
        let mut program = CapturedProcess::start("outbox_from_sql", program).expect("a start");
        let status = program.finish(Duration::from_secs(30)).await.expect("an end");
        assert!(status.success(), "{}", program.output());
        program.stdout()
    };
    let said = run().await;
    assert!(said[1].starts_with(r#"delivered: {"event":"order.paid","created_at":""#), "{said:?}");
    assert!(said[2].starts_with("set aside: row 2: the data is not JSON"), "{said:?}");
    let arrivals = receiver.arrivals("/orders");
    assert_eq!(arrivals.len(), 1);
    assert!(arrivals[0].body.ends_with(br#""data":{"order_id": 7}}"#), "{said:?}");
    // A service is started more than once.
    run().await;
}
