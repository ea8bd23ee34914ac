//! Webhooks that fail: how that shows, when they are disabled, and who is told.

use std::time::Duration;

use serde_json::{Value, json};
use slotflow_tests::database::Fresh;
use slotflow_tests::receiver::{Arrival, Reply};
use tokio::time::{Instant, sleep};

use crate::api::{Api, BOTH, PATIENCE, Webhook, text};

on_both_databases! {
    a_webhooks_health_follows_its_deliveries,
    a_webhook_whose_every_attempt_fails_is_disabled_and_its_owner_is_told,
    news_that_cannot_be_delivered_causes_no_more_of_itself,
}

/// What an organization may hear of its own webhooks.
const OPERATIONAL: &[&str] = &["delivery.failed", "webhook.disabled"];

/// One attempt each, and a webhook is disabled after two seconds of failures of three deliveries.
const QUICK_TO_DISABLE: &[&str] =
    &["--dev", "--retry-delays", "none", "--disable-after", "2s", "--disable-after-deliveries", "3"];

async fn health(api: &Api, webhook: &Webhook) -> Value {
    api.get(&webhook.path()).await["health"].clone()
}

fn body(arrival: &Arrival) -> Value {
    serde_json::from_slice(&arrival.body).expect("JSON")
}

async fn a_webhooks_health_follows_its_deliveries(database: Fresh) {
    let api = Api::start_with(database, &["--dev", "--retry-delays", "none"], "growth").await;
    let webhook = api.register("/", BOTH).await;
    let nothing = json!({
        "delivered_24h": 0, "failed_24h": 0, "success_rate_24h": null, "last_success_at": null,
        "last_failure_at": null, "consecutive_failures": 0, "oldest_pending_at": null,
    });
    assert_eq!(health(&api, &webhook).await, nothing);

    api.receiver.answer("/", [Reply::status(200), Reply::status(500)]);
    api.book().await;
    api.wait_for_deliveries(&webhook, &["delivered"]).await;
    for _ in 0..2 {
        api.book().await;
    }
    api.wait_for_deliveries(&webhook, &["failed", "failed", "delivered"]).await;
    let after = health(&api, &webhook).await;
    assert_eq!((&after["delivered_24h"], &after["failed_24h"]), (&json!(1), &json!(2)), "{after}");
    assert_eq!(after["success_rate_24h"], json!(0.3333));
    assert_eq!(after["consecutive_failures"], 2);
    assert!(text(&after, "/last_success_at") <= text(&after, "/last_failure_at"), "{after}");
    assert_eq!(after["oldest_pending_at"], Value::Null);
    let listed = api.get("/v1/webhooks").await;
    assert_eq!(listed["webhooks"][0].get("health"), None, "the list stays short");
}

async fn a_webhook_whose_every_attempt_fails_is_disabled_and_its_owner_is_told(database: Fresh) {
    let api = Api::start_with(database, QUICK_TO_DISABLE, "growth").await;
    let webhook = api.register("/", BOTH).await;
    api.register("/news", OPERATIONAL).await;
    api.receiver.answer("/", [Reply::status(503)]);

    let deadline = Instant::now() + PATIENCE;
    while api.get(&webhook.path()).await["active"] == true {
        assert!(Instant::now() < deadline, "it is still active");
        api.book().await;
        sleep(Duration::from_millis(500)).await;
    }
    let disabled = api.get(&webhook.path()).await;
    assert_eq!(disabled["disabled_reason"], "every attempt failed for too long");
    let attempts = api.receiver.arrivals("/").len();
    assert!(attempts >= 3, "{attempts}");
    api.book().await;
    let deliveries = api.deliveries(&webhook).await;
    assert_eq!(deliveries[0]["status"], "held");
    let failed = deliveries.iter().filter(|delivery| delivery["status"] == "failed").count();

    let news = api.arrivals("/news", failed + 1).await;
    let of_type = |name: &str| -> Vec<Value> {
        news.iter().filter(|it| it.header("x-slotflow-event") == name).map(body).collect()
    };
    let (failures, disablings) = (of_type("delivery.failed"), of_type("webhook.disabled"));
    assert_eq!((failures.len(), disablings.len()), (failed, 1));
    let told = disablings[0].clone();
    assert_eq!(
        told["data"],
        json!({"webhook_id": webhook.id, "url": api.receiver.url("/"), "reason": disabled["disabled_reason"]})
    );
    for delivery in deliveries.iter().filter(|delivery| delivery["status"] == "failed") {
        let told =
            failures.iter().find(|told| told["data"]["delivery_id"] == delivery["id"]).expect("it is told");
        for member in ["webhook_id", "url", "event_id", "event", "booking_id", "attempt_count", "last_error"]
        {
            assert_eq!(told["data"][member], delivery[member], "{member}");
        }
        assert_eq!(told["data"]["last_response_status"], 503);
        assert_eq!(told["created_at"], delivery["completed_at"]);
    }

    // Enabled again, it has a fresh start: the next failure does not disable it.
    api.patch(&webhook, json!({"active": true})).await;
    api.arrivals("/", attempts + 1).await;
    let settled = Instant::now() + PATIENCE;
    while api.deliveries(&webhook).await.iter().any(|delivery| delivery["status"] != "failed") {
        assert!(Instant::now() < settled, "the held delivery was not attempted");
        sleep(Duration::from_millis(50)).await;
    }
    sleep(Duration::from_millis(500)).await;
    assert_eq!(api.get(&webhook.path()).await["active"], true);
}

async fn news_that_cannot_be_delivered_causes_no_more_of_itself(database: Fresh) {
    let api = Api::start_with(database, &["--dev", "--retry-delays", "none"], "growth").await;
    let webhook = api.register("/", BOTH).await;
    let listener = api.register("/news", OPERATIONAL).await;
    let other = api.register("/other", OPERATIONAL).await;
    api.receiver.answer("/", [Reply::status(500)]);
    api.receiver.answer("/news", [Reply::status(410)]);
    api.book().await;
    api.wait_for_deliveries(&webhook, &["failed"]).await;
    // The one that is gone is disabled for it. The other one hears of that and of the booking's failure, and not
    // that this could not be told.
    api.wait_for_deliveries(&listener, &["failed"]).await;
    api.wait_for_deliveries(&other, &["delivered", "delivered"]).await;
    sleep(Duration::from_millis(1_500)).await;
    assert_eq!(api.get(&listener.path()).await["active"], false);
    assert_eq!(api.deliveries(&listener).await.len(), 1, "nobody is told of their own end");
    let told = api.receiver.arrivals("/other");
    let mut told: Vec<_> = told.iter().map(|it| it.header("x-slotflow-event")).collect();
    told.sort_unstable();
    assert_eq!(told, OPERATIONAL);
}
