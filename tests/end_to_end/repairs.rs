//! Finding out what went wrong, and mending it.

use serde_json::{Value, json};
use slotflow_tests::database::Fresh;
use slotflow_tests::receiver::Reply;
use tokio::time::{Duration, Instant, sleep};

use crate::api::{Api, BOTH, PATIENCE, Webhook, assert_error, text};

on_both_databases! {
    what_failed_is_found_understood_mended_and_replayed,
    a_single_delivery_is_retried_with_the_same_bytes,
    a_test_is_one_request_that_says_so,
}

/// One attempt each, so that what fails has failed at once.
const ONE_ATTEMPT: &[&str] = &["--dev", "--retry-delays", "none"];

async fn post(api: &Api, path: &str, body: &Value, status: u16) -> Value {
    let answer = api.client.post(path, api.key(), body).await.expect("an answer");
    answer.expect_status(status).expect("what was asked for").json
}

/// The webhook's deliveries with this status, once there are so many.
async fn wait_for_status(api: &Api, webhook: &Webhook, status: &str, count: usize) -> Vec<Value> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let path = format!("/v1/deliveries?webhook_id={}&status={status}&limit=100", webhook.id);
        let found = api.get(&path).await["deliveries"].as_array().expect("a list").clone();
        if found.len() >= count {
            return found;
        }
        assert!(Instant::now() < deadline, "not {count} {status}: {}", found.len());
        sleep(Duration::from_millis(20)).await;
    }
}

async fn what_failed_is_found_understood_mended_and_replayed(database: Fresh) {
    const BOOKINGS: usize = 5;
    let api = Api::start_with(database, ONE_ATTEMPT, "growth").await;
    let webhook = api.register("/", BOTH).await;
    api.receiver.answer("/", [Reply::status(500).saying("out of order")]);
    for _ in 0..BOOKINGS {
        api.book().await;
    }
    let failed = wait_for_status(&api, &webhook, "failed", BOOKINGS).await;
    let shown = api.get(&format!("/v1/deliveries/{}", text(&failed[0], "/id"))).await;
    assert_eq!(shown["attempts"][0]["response_body"], "out of order");
    let event = api.get(&format!("/v1/events/{}", text(&failed[0], "/event_id"))).await;
    assert_eq!(event["payload"], shown["request"]["body"]);
    assert_eq!(event["delivery_counts"]["failed"], 1);
    assert_eq!(event["deliveries"], json!([failed[0]]));

    api.receiver.answer("/", [Reply::status(200)]);
    let replay = format!("{}/replay", webhook.path());
    let request = json!({"since": "2020-01-01T00:00:00Z", "status": "failed"});
    let dry = post(&api, &format!("{replay}?dry_run=true"), &request, 200).await;
    assert_eq!(dry, json!({"queued": BOOKINGS}));
    assert_eq!(api.deliveries(&webhook).await.len(), BOOKINGS, "a dry run sends nothing");
    assert_eq!(post(&api, &replay, &request, 202).await, dry);

    let delivered = wait_for_status(&api, &webhook, "delivered", BOOKINGS).await;
    let mut repeated: Vec<_> = delivered.iter().map(|it| text(it, "/retry_of")).collect();
    let mut before: Vec<_> = failed.iter().map(|it| text(it, "/id")).collect();
    repeated.sort();
    before.sort();
    assert_eq!(repeated, before, "each once");
    assert_eq!(api.receiver.arrivals("/").len(), 2 * BOOKINGS);
    assert_eq!(post(&api, &replay, &request, 202).await, json!({"queued": 0}), "nothing is failed any more");

    let listed = api.get("/v1/events?event=booking.confirmed&limit=2").await;
    assert_eq!(listed["events"][0]["delivery_counts"]["delivered"], 1);
    let cursor = text(&listed, "/next_cursor");
    let rest = api.get(&format!("/v1/events?limit=100&cursor={cursor}")).await;
    assert_eq!(rest["events"].as_array().map(Vec::len), Some(BOOKINGS - 2));
}

async fn a_single_delivery_is_retried_with_the_same_bytes(database: Fresh) {
    let api = Api::start_with(database, ONE_ATTEMPT, "growth").await;
    let webhook = api.register("/", BOTH).await;
    api.receiver.answer("/", [Reply::status(500), Reply::status(200)]);
    api.book().await;
    let failed = api.only_delivery(&webhook, "failed").await;
    let path = format!("/v1/deliveries/{}/retry", text(&failed, "/id"));
    let retried = post(&api, &path, &json!({}), 202).await;

    let deliveries = api.wait_for_deliveries(&webhook, &["delivered", "failed"]).await;
    assert_eq!(deliveries[0]["id"], retried["delivery_id"]);
    assert_eq!(deliveries[0]["retry_of"], failed["id"]);
    let arrivals = api.arrivals("/", 2).await;
    assert_eq!(arrivals[0].body, arrivals[1].body);
    assert_eq!(arrivals[0].header("webhook-id"), arrivals[1].header("webhook-id"));
    assert_eq!(arrivals[1].header("x-slotflow-delivery"), text(&retried, "/delivery_id"));
    let shown = api.get(&format!("/v1/deliveries/{}", text(&retried, "/delivery_id"))).await;
    for (name, value) in shown["request"]["headers"].as_object().expect("headers") {
        assert_eq!(arrivals[1].header(name), value.as_str().expect("a text"), "{name}");
    }
    assert_eq!(text(&shown, "/request/body").as_bytes(), arrivals[1].body);

    api.patch(&webhook, json!({"active": false})).await;
    let held = post(&api, &path, &json!({}), 202).await;
    let again = format!("/v1/deliveries/{}/retry", text(&held, "/delivery_id"));
    let refused = api.client.post(&again, api.key(), &json!({})).await.expect("an answer");
    assert_error(&refused, 422, "VALIDATION_ERROR");
    assert!(text(&refused.json, "/error/message").contains("is still held"));
}

async fn a_test_is_one_request_that_says_so(database: Fresh) {
    let api = Api::start(database).await;
    let webhook = api.register("/", &["booking.cancelled"]).await;
    api.receiver.answer("/", [Reply::status(500)]);
    let sent = post(&api, &format!("{}/test", webhook.path()), &json!({}), 202).await;
    let failed = api.only_delivery(&webhook, "failed").await;
    assert_eq!((&failed["id"], &failed["attempt_count"]), (&sent["delivery_id"], &json!(1)));
    assert_eq!((&failed["event"], &failed["booking_id"]), (&json!("webhook.test"), &Value::Null));
    let arrival = &api.arrivals("/", 1).await[0];
    assert_eq!(arrival.header("x-slotflow-event"), "webhook.test");
    let body: Value = serde_json::from_slice(&arrival.body).expect("JSON");
    assert_eq!(body["event"], "webhook.test");
    assert_eq!(body["data"]["attendee_name"], "Alex Rivera");
    let listed = api.get("/v1/events?event=webhook.test").await;
    assert_eq!(listed["events"][0]["id"], failed["event_id"]);
}
