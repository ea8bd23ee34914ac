//! `embed_in_axum`: a service with a table of its own, on both databases.

use crate::service::{PATIENCE, Service};
use serde_json::{Value, json};
use slotflow_domain::signing::{DEFAULT_TOLERANCE, SigningSecret, verify};
use slotflow_tests::database::Fresh;
use slotflow_tests::receiver::Receiver;
use std::time::SystemTime;

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
    let url = database.url();
    let variables = [("DATABASE_URL", url.as_str()), ("LISTEN", "127.0.0.1:0")];
    let shop = Service::start("embed_in_axum", &variables).await;
    let (client, receiver) = (&shop.client, Receiver::start().await.expect("a receiver"));

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
        verify(header, &arrival.body, &secrets, SystemTime::now().into(), DEFAULT_TOLERANCE)
            .expect("a signature");
        let payload: Value = serde_json::from_slice(&arrival.body).expect("JSON");
        assert_eq!(payload["event"], "order.paid");
        told.push(payload["data"].clone());
    }
    told.sort_by_key(|order| order["id"].as_i64());
    assert_eq!(told, [order, json!({"id": 8, "total": 1})]);

    let printed = shop.stop().await;
    assert_eq!(receiver.arrivals("/orders").len(), 2, "{printed:?}");
}
