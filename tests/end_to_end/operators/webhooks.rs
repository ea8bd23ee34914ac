use serde_json::json;
use slotflow_tests::database::Fresh;

use super::{lines, objects, operate};
use crate::api::{Api, BOTH, SLOW_RETRIES};

on_both_databases! {
    webhooks_are_listed_and_shown_without_their_secrets,
    a_webhook_is_paused_and_resumed,
}

async fn webhooks_are_listed_and_shown_without_their_secrets(database: Fresh) {
    let api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let (first, second) = (api.register("/first", BOTH).await, api.register("/second", &BOTH[..1]).await);
    api.patch(&first, json!({"active": false})).await;

    let shown = lines(&api, &["webhooks", "list"]).await;
    assert_eq!(shown.len(), 3, "{shown:#?}");
    assert!(shown[1].contains(&first.id) && shown[1].contains("disabled"), "{shown:#?}");
    assert!(shown[2].contains(&second.id) && shown[2].contains("active"), "{shown:#?}");
    assert!(shown.iter().all(|line| !line.contains("whsec_")), "{shown:#?}");
    let listed = api.get("/v1/webhooks?active=any").await;
    assert_eq!(json!(objects(&api, &["webhooks", "list"]).await), listed["webhooks"]);

    let shown = lines(&api, &["webhooks", "show", &first.id]).await;
    assert!(shown.iter().any(|line| line.starts_with("because")), "{shown:#?}");
    assert!(shown.iter().all(|line| !line.contains("whsec_")), "{shown:#?}");
    assert_eq!(objects(&api, &["webhooks", "show", &first.id]).await, [api.get(&first.path()).await]);
}

async fn a_webhook_is_paused_and_resumed(database: Fresh) {
    let api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let webhook = api.register("/", BOTH).await;

    let paused = lines(&api, &["webhooks", "pause", &webhook.id]).await;
    assert!(paused.len() == 1 && paused[0].contains("paused"), "{paused:?}");
    api.book().await;
    api.wait_for_deliveries(&webhook, &["held"]).await;
    let resumed = objects(&api, &["webhooks", "resume", &webhook.id, "--discard"]).await;
    assert_eq!(resumed[0]["active"], true);
    api.wait_for_deliveries(&webhook, &["cancelled"]).await;

    lines(&api, &["webhooks", "pause", &webhook.id]).await;
    api.book().await;
    api.wait_for_deliveries(&webhook, &["held", "cancelled"]).await;
    lines(&api, &["webhooks", "resume", &webhook.id]).await;
    api.wait_for_deliveries(&webhook, &["delivered", "cancelled"]).await;

    let unknown = operate(&api, &["webhooks", "pause", &api.organization.id]).await;
    assert_eq!((unknown.code, unknown.stdout.len()), (Some(1), 0), "{unknown:?}");
    assert_eq!(unknown.stderr, ["error: NOT_FOUND: there is no such webhook"]);
}
