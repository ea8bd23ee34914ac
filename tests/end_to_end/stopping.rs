//! Ends in order, and what is found afterwards.

use std::time::Duration;

use slotflow_tests::database::Fresh;
use slotflow_tests::receiver::{Receiver, Reply};
use slotflow_tests::server::free_port;
use tokio::time::sleep;

use crate::api::{Api, BOTH, PATIENCE, QUICK_RETRIES};

on_both_databases! {
    a_stop_lets_the_delivery_on_the_wire_end,
    a_retry_that_was_due_while_nobody_ran_is_made_after_the_start,
}

async fn a_stop_lets_the_delivery_on_the_wire_end(database: Fresh) {
    let mut api = Api::start(database).await;
    let webhook = api.register("/", BOTH).await;
    api.receiver.answer("/", [Reply::status(200).after(Duration::from_millis(500))]);
    api.book().await;
    api.arrivals("/", 1).await;

    let ended = api.server.process().terminate(PATIENCE).await.expect("an end");
    assert_eq!(ended.code(), Some(0), "{}", api.server.process().output());
    let refused = api.client.get("/healthz", None).await;
    assert!(refused.is_err(), "somebody still answers");

    api.start_again(QUICK_RETRIES).await;
    let delivery = api.only_delivery(&webhook, "delivered").await;
    assert_eq!(delivery["attempt_count"], 1);
    sleep(Duration::from_millis(1_500)).await;
    assert_eq!(api.receiver.arrivals("/").len(), 1, "it was sent again");
}

async fn a_retry_that_was_due_while_nobody_ran_is_made_after_the_start(database: Fresh) {
    let mut api = Api::start(database).await;
    let port = free_port().expect("a port");
    let webhook = api.register_url(&format!("http://127.0.0.1:{port}/"), BOTH).await;
    api.book().await;
    let waiting = api.failed_once(&webhook).await;
    assert_eq!(waiting["attempts"][0]["outcome"], "connect");
    let ended = api.server.process().terminate(PATIENCE).await.expect("an end");
    assert!(ended.success(), "{ended}");
    sleep(Duration::from_millis(1_100)).await;

    let receiver = Receiver::start_on(port).await.expect("a receiver");
    api.start_again(QUICK_RETRIES).await;

    let arrivals = receiver.wait_for("/", 1, PATIENCE).await.expect("the retry");
    assert_eq!(arrivals[0].header("x-slotflow-attempt"), "2");
    let delivery = api.only_delivery(&webhook, "delivered").await;
    assert_eq!(delivery["attempt_count"], 2);
    assert_eq!(delivery["event_id"], arrivals[0].header("webhook-id"));
}
