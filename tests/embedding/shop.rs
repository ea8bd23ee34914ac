//! `embed_in_axum`: a service with a table of its own, on both databases.

use serde_json::{Value, json};
use slotflow_domain::Timestamp;
use slotflow_domain::signing::{DEFAULT_TOLERANCE, SigningSecret, verify};
use slotflow_tests::database::Fresh;
use slotflow_tests::http::JsonClient;
use slotflow_tests::process::CapturedProcess;
use slotflow_tests::receiver::Receiver;
use slotflow_tests::server_binary::example;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::process::Command;

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn an_order_and_its_event_are_one_on_sqlite() {
    let Some(database) = Fresh::sqlite() else { return };
    an_order_and_its_event_are_one(database).await;
}

#[tokio::test]
async fn an_order_and_its_event_are_one_on_postgres() {
    let Some(database) = Fresh::postgres().await else { return };
    an_order_and_its_event_are_one(database).await;
}

async fn an_order_and_its_event_are_one(database: Fresh) {
    let mut program = Command::new(example("embed_in_axum").expect("an example"));
    program.env("DATABASE_URL", database.url()).env("LISTEN", "127.0.0.1:0");
    let mut shop = CapturedProcess::start("embed_in_axum", program).expect("a start");
    let listening = |lines: &[String]| Some(lines.first()?.strip_prefix("listening on ")?.to_owned());
    let address = shop.wait_for("address", PATIENCE, listening).await.expect("an address");
    let (client, receiver) = (JsonClient::new(address), Receiver::start().await.expect("a receiver"));

    let webhook = json!({"url": receiver.url("/orders")});
    let webhook = client.post("/webhooks", None, &webhook).await.and_then(|answer| answer.expect_status(200));
    let secret = webhook.expect("a webhook").json["signing_secret"].as_str().expect("a secret").to_owned();

    let order = json!({"id": 7, "total": 1250});
    for status in [200, 422] {
        // The second time the order is there already, and so is its event.
        client.post("/orders", None, &order).await.expect("an answer").expect_status(status).expect("it");
    }
    client.post("/orders", None, &json!({"id": 8, "total": 1})).await.expect("an answer");

    let arrivals = receiver.wait_for("/orders", 2, PATIENCE).await.expect("two events");
    let secrets = [SigningSecret::parse(&secret).expect("a secret")];
    let mut told = Vec::new();
    for arrival in &arrivals {
        let header = |name: &str| arrival.headers.get(name).and_then(|value| value.to_str().ok());
        verify(header, &arrival.body, &secrets, now(), DEFAULT_TOLERANCE).expect("a signature");
        let payload: Value = serde_json::from_slice(&arrival.body).expect("JSON");
        assert_eq!(payload["event"], "order.paid");
        told.push(payload["data"].clone());
    }
    told.sort_by_key(|order| order["id"].as_i64());
    assert_eq!(told, [order, json!({"id": 8, "total": 1})]);

    shop.signal("INT").await.expect("a signal");
    assert!(shop.finish(PATIENCE).await.expect("an end").success(), "{}", shop.output());
    assert_eq!(receiver.arrivals("/orders").len(), 2, "{}", shop.output());
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
    i64::try_from(since.as_millis())
        .ok()
        .and_then(|millis| Timestamp::from_millis(millis).ok())
        .expect("a time")
}
