//! Disabling, enabling and deleting webhooks.

use std::time::Duration;

use serde_json::{Value, json};
use slotflow_tests::database::Fresh;
use slotflow_tests::receiver::Reply;
use tokio::time::sleep;

use crate::api::{Api, BOTH, QUICK_RETRIES, text};

on_both_databases! {
    a_disabled_webhook_holds_its_deliveries_until_it_is_enabled,
    held_deliveries_can_be_discarded,
    a_deleted_webhook_cancels_what_waits_for_it,
    deleting_lets_what_is_on_the_wire_end_and_nothing_else_begin,
    a_changed_url_is_where_the_next_attempt_goes,
}

async fn a_disabled_webhook_holds_its_deliveries_until_it_is_enabled(database: Fresh) {
    let api = Api::start(database).await;
    let webhook = api.register("/", BOTH).await;
    let disabled = api.patch(&webhook, json!({"active": false})).await;
    assert_eq!(disabled["active"], false);
    assert!(disabled["disabled_reason"].is_string(), "{disabled}");

    let booking = api.book().await;
    api.cancel(&booking).await;
    for held in api.wait_for_deliveries(&webhook, &["held", "held"]).await {
        assert_eq!((&held["attempt_count"], &held["next_attempt_at"]), (&json!(0), &Value::Null));
    }
    sleep(Duration::from_millis(1_500)).await;
    assert_eq!(api.receiver.arrivals("/").len(), 0, "sent although it is disabled");

    api.patch(&webhook, json!({"active": true})).await;
    api.wait_for_deliveries(&webhook, &["delivered", "delivered"]).await;
    assert_eq!(api.receiver.arrivals("/").len(), 2);
}

async fn held_deliveries_can_be_discarded(database: Fresh) {
    let api = Api::start(database).await;
    let webhook = api.register("/", BOTH).await;
    api.patch(&webhook, json!({"active": false})).await;
    api.book().await;
    api.wait_for_deliveries(&webhook, &["held"]).await;

    api.patch(&webhook, json!({"active": true, "held": "discard"})).await;
    let cancelled = api.only_delivery(&webhook, "cancelled").await;
    assert!(cancelled["completed_at"].is_string(), "{cancelled:#}");
    assert_eq!(cancelled["attempts"], json!([]));

    api.book().await;
    api.wait_for_deliveries(&webhook, &["delivered", "cancelled"]).await;
    assert_eq!(api.receiver.arrivals("/").len(), 1, "only what came after it was enabled");
}

async fn a_deleted_webhook_cancels_what_waits_for_it(database: Fresh) {
    let api = Api::start(database).await;
    let webhook = api.register("/", BOTH).await;
    api.receiver.answer("/", [Reply::status(500)]);
    api.book().await;
    api.failed_once(&webhook).await;
    let answer = api.delete(&webhook.path()).await.expect_status(200).expect("a deleted webhook");
    assert_eq!(answer.json, json!({"deleted": true, "id": webhook.id}));
    let cancelled = api.only_delivery(&webhook, "cancelled").await;
    assert!(cancelled["completed_at"].is_string(), "{cancelled:#}");
    assert_eq!(cancelled["next_attempt_at"], Value::Null);
    api.book().await;
    sleep(Duration::from_millis(2_500)).await;

    assert_eq!(api.receiver.arrivals("/").len(), 1, "sent although it is deleted");
    assert_eq!(api.deliveries(&webhook).await.len(), 1);
    let gone = api.client.get(&webhook.path(), api.key()).await.expect("an answer");
    assert_eq!(gone.status, 404);
    let again = api.register("/", BOTH).await;
    assert_ne!(again.id, webhook.id, "a deleted URL may come back, as another webhook");
    assert_ne!(again.secret, webhook.secret);
}

async fn deleting_lets_what_is_on_the_wire_end_and_nothing_else_begin(database: Fresh) {
    const ON_THE_WIRE: usize = 2;
    let arguments = [QUICK_RETRIES, &["--webhook-concurrency", "2"]].concat();
    let api = Api::start_with(database, &arguments, "growth").await;
    let webhook = api.register("/", BOTH).await;
    api.receiver.answer("/", [Reply::status(200).after(Duration::from_secs(1))]);
    for _ in 0..ON_THE_WIRE * 3 {
        api.book().await;
    }
    api.arrivals("/", ON_THE_WIRE).await;

    api.delete(&webhook.path()).await.expect_status(200).expect("a deleted webhook");
    sleep(Duration::from_millis(2_500)).await;

    assert_eq!(api.receiver.arrivals("/").len(), ON_THE_WIRE, "sent although it is deleted");
    let deliveries = api.deliveries(&webhook).await;
    let with = |status: &str| deliveries.iter().filter(|delivery| delivery["status"] == status).count();
    assert_eq!((with("delivered"), with("cancelled")), (ON_THE_WIRE, ON_THE_WIRE * 2), "{deliveries:#?}");
}

async fn a_changed_url_is_where_the_next_attempt_goes(database: Fresh) {
    let api = Api::start(database).await;
    let webhook = api.register("/old", BOTH).await;
    api.receiver.answer("/old", [Reply::status(500)]);
    api.book().await;
    api.failed_once(&webhook).await;

    let changed = api.patch(&webhook, json!({"url": api.receiver.url("/new")})).await;
    assert_eq!(text(&changed, "/url"), api.receiver.url("/new"));
    assert_eq!(text(&changed, "/signing_secret"), webhook.secret);
    api.wait_for_deliveries(&webhook, &["delivered"]).await;
    assert_eq!(api.receiver.arrivals("/old").len(), 1);
    assert_eq!(api.receiver.arrivals("/new")[0].header("x-slotflow-attempt"), "2");
}
