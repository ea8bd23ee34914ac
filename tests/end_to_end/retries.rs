//! What becomes of deliveries that a receiver does not take.

use std::time::Duration;

use serde_json::{Value, json};
use slotflow_tests::database::Fresh;
use slotflow_tests::receiver::{Arrival, Reply};
use slotflow_tests::server::free_port;
use tokio::time::sleep;

use crate::api::{Api, BOTH, SLOW_RETRIES, text};

on_both_databases! {
    a_failing_receiver_is_tried_three_times_and_then_left_alone,
    a_third_attempt_that_succeeds_is_a_delivery,
    every_kind_of_failure_is_named,
    a_receiver_that_is_gone_is_not_tried_again,
}

/// How much later than due an attempt may arrive on a busy machine.
const LATENESS: Duration = Duration::from_secs(8);
/// Times are kept in milliseconds, so that a due time may be up to this much before what was measured.
const ROUNDING: Duration = Duration::from_millis(2);

fn assert_spaced(arrivals: &[Arrival]) {
    for (pair, due) in arrivals.windows(2).zip([1, 2].map(Duration::from_secs)) {
        let waited = pair[1].at.duration_since(pair[0].at);
        assert!(
            waited + ROUNDING >= due && waited < due + LATENESS,
            "due after {due:?}, came after {waited:?}"
        );
    }
}

async fn a_failing_receiver_is_tried_three_times_and_then_left_alone(database: Fresh) {
    let api = Api::start(database).await;
    let webhook = api.register("/", BOTH).await;
    api.receiver.answer("/", [Reply::status(500).saying("no room\u{0}at the inn")]);
    let booking = api.book().await;

    let delivery = api.only_delivery(&webhook, "failed").await;
    // As long again as the longest delay: a fourth attempt would come by then.
    sleep(Duration::from_millis(2_500)).await;

    let arrivals = api.receiver.arrivals("/");
    assert_eq!(arrivals.len(), 3);
    assert_spaced(&arrivals);
    assert!(arrivals.iter().all(|arrival| arrival.body == arrivals[0].body), "the bytes differ");
    assert_eq!(delivery["attempt_count"], 3);
    assert_eq!(delivery["last_response_status"], 500);
    assert_eq!(delivery["next_attempt_at"], Value::Null);
    assert_eq!(delivery["booking_id"], booking);
    assert_eq!(delivery["url"], api.receiver.url("/"));
    assert!(delivery["completed_at"].is_string() && delivery["last_error"].is_string(), "{delivery:#}");
    let attempts = delivery["attempts"].as_array().expect("a list");
    assert_eq!(attempts.len(), 3);
    for (attempt, number) in attempts.iter().zip(1..) {
        assert_eq!(attempt["number"], number);
        assert_eq!(attempt["outcome"], "http_status");
        assert_eq!(attempt["response_status"], 500);
        assert_eq!(attempt["response_body"], "no room\u{0}at the inn");
        assert_eq!(attempt["response_truncated"], false);
        assert_eq!(attempt["response_headers"]["content-length"], "18");
    }
}

async fn a_third_attempt_that_succeeds_is_a_delivery(database: Fresh) {
    let api = Api::start(database).await;
    let webhook = api.register("/", BOTH).await;
    api.receiver.answer("/", [Reply::status(500), Reply::status(404), Reply::status(204)]);
    api.book().await;

    let delivery = api.only_delivery(&webhook, "delivered").await;

    assert_eq!(api.receiver.arrivals("/").len(), 3);
    assert_spaced(&api.receiver.arrivals("/"));
    assert_eq!(delivery["attempt_count"], 3);
    assert_eq!(delivery["last_error"], Value::Null, "{delivery:#}");
    let told = |member: &str| -> Vec<Value> {
        delivery["attempts"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|attempt| attempt[member].clone())
            .collect()
    };
    assert_eq!(told("outcome"), ["http_status", "http_status", "success"]);
    assert_eq!(told("response_status"), [500, 404, 204]);
}

async fn every_kind_of_failure_is_named(database: Fresh) {
    let arguments = ["--dev", "--retry-delays", "none", "--request-timeout", "1s"];
    let api = Api::start_with(database, &arguments, "growth").await;
    let elsewhere = Reply::status(302).to(api.receiver.url("/elsewhere"));
    api.receiver.answer("/redirect", [elsewhere]);
    api.receiver.answer("/slow", [Reply::status(200).after(Duration::from_secs(3))]);
    let redirect = api.register("/redirect", BOTH).await;
    let slow = api.register("/slow", BOTH).await;
    let closed = format!("http://127.0.0.1:{}/", free_port().expect("a port"));
    let refused = api.register_url(&closed, BOTH).await;
    // It speaks HTTP, not TLS.
    let plain = api.register_url(&api.receiver.url("/").replace("http:", "https:"), BOTH).await;

    api.book().await;

    for (webhook, outcome, status) in [
        (redirect, "http_status", json!(302)),
        (slow, "timeout", Value::Null),
        (refused, "connect", Value::Null),
        (plain, "tls", Value::Null),
    ] {
        let delivery = api.only_delivery(&webhook, "failed").await;
        assert_eq!(delivery["attempt_count"], 1);
        let attempt = &delivery["attempts"][0];
        assert_eq!(
            (&attempt["outcome"], &attempt["response_status"]),
            (&json!(outcome), &status),
            "{attempt:#}"
        );
        assert!(!text(attempt, "/error").is_empty());
        assert_eq!(delivery["last_error"], attempt["error"]);
        let took = attempt["duration_ms"].as_u64().expect("a duration");
        assert_eq!(took >= 1_000, outcome == "timeout", "{outcome} took {took} ms");
    }
    assert_eq!(api.receiver.arrivals("/slow").len(), 1);
    assert_eq!(api.receiver.arrivals("/redirect").len(), 1);
    assert_eq!(api.receiver.arrivals("/elsewhere").len(), 0, "the redirect was followed");
}

async fn a_receiver_that_is_gone_is_not_tried_again(database: Fresh) {
    let api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let webhook = api.register("/", BOTH).await;
    api.receiver.answer("/", [Reply::status(500), Reply::status(410), Reply::status(200)]);
    api.book().await;
    api.failed_once(&webhook).await;

    api.book().await;
    let deliveries = api.wait_for_deliveries(&webhook, &["failed", "held"]).await;
    api.book().await;
    api.wait_for_deliveries(&webhook, &["held", "failed", "held"]).await;

    assert_eq!(deliveries[0]["attempt_count"], 1, "410 is final");
    assert_eq!(deliveries[0]["last_response_status"], 410);
    assert_eq!(deliveries[1]["attempt_count"], 1, "held with the count that it had");
    assert_eq!(deliveries[1]["next_attempt_at"], Value::Null);
    let disabled = api.get(&webhook.path()).await;
    assert_eq!(disabled["active"], false);
    assert!(text(&disabled, "/disabled_reason").contains("410"), "{disabled}");
    assert_eq!(
        api.get("/v1/webhooks").await,
        json!({"webhooks": [], "total": 0}),
        "only active ones are listed"
    );
    assert_eq!(api.receiver.arrivals("/").len(), 2);

    let enabled = api.patch(&webhook, json!({"active": true})).await;
    assert_eq!((&enabled["active"], &enabled["disabled_reason"]), (&json!(true), &Value::Null));
    api.wait_for_deliveries(&webhook, &["delivered", "failed", "delivered"]).await;
    let mut attempts: Vec<_> = api.receiver.arrivals("/")[2..]
        .iter()
        .map(|arrival| arrival.header("x-slotflow-attempt").to_owned())
        .collect();
    attempts.sort();
    assert_eq!(attempts, ["1", "2"], "the count goes on where it was");
}
