use serde_json::json;
use slotflow_tests::database::Fresh;
use slotflow_tests::receiver::Reply;

use super::{lines, objects, operate};
use crate::api::{Api, BOTH, QUICK_RETRIES, SLOW_RETRIES, text};

on_both_databases! {
    a_broken_endpoint_is_found_understood_mended_and_made_up_for,
    one_delivery_that_cannot_be_retried_does_not_keep_the_others_from_it,
    a_test_event_shows_what_came_of_it,
}

async fn a_broken_endpoint_is_found_understood_mended_and_made_up_for(database: Fresh) {
    let arguments = ["--dev", "--retry-delays", "none"];
    let api = Api::start_with(database, &arguments, "growth").await;
    let webhook = api.register("/", BOTH).await;
    api.receiver.answer("/", [Reply::status(500).saying("out of disk")]);
    for _ in 0..3 {
        api.book().await;
    }
    api.wait_for_deliveries(&webhook, &["failed"; 3]).await;

    let failed = objects(&api, &["deliveries", "list", "--status", "failed", "--since", "1h"]).await;
    assert_eq!(failed.len(), 3);
    let id = text(&failed[0], "/id");
    let story = lines(&api, &["deliveries", "show", &id]).await;
    assert!(story.iter().any(|line| line.contains("| out of disk")), "{story:#?}");

    api.receiver.answer("/", [Reply::status(200)]);
    let retried = objects(&api, &["deliveries", "retry", &id]).await;
    api.wait_for_deliveries(&webhook, &["delivered", "failed", "failed", "failed"]).await;
    let again = lines(&api, &["deliveries", "show", &text(&retried[0], "/delivery_id")]).await;
    assert!(again.iter().any(|line| line.contains(&format!("a retry of {id}"))), "{again:#?}");

    let replay = ["webhooks", "replay", &webhook.id, "--since", "1h", "--status", "failed"];
    let dry = lines(&api, &[&replay[..], &["--dry-run"]].concat()).await;
    assert!(dry.len() == 1 && dry[0].starts_with("2 events would be delivered again"), "{dry:?}");
    assert_eq!(api.receiver.arrivals("/").len(), 4, "nothing was sent");
    assert_eq!(objects(&api, &replay).await, [json!({"queued": 2})]);
    let all = ["delivered", "delivered", "delivered", "failed", "failed", "failed"];
    api.wait_for_deliveries(&webhook, &all).await;
    let none = lines(&api, &[&replay[..], &["--dry-run"]].concat()).await;
    assert!(none[0].starts_with("0 events would"), "{none:?}");
}

async fn one_delivery_that_cannot_be_retried_does_not_keep_the_others_from_it(database: Fresh) {
    let api = Api::start_with(database, QUICK_RETRIES, "growth").await;
    let webhook = api.register("/", BOTH).await;
    api.book().await;
    let id = text(&api.only_delivery(&webhook, "delivered").await, "/id");
    let unknown = &api.organization.id;

    let ended = operate(&api, &["deliveries", "retry", unknown, &id]).await;

    assert_eq!((ended.code, ended.stdout.len()), (Some(1), 1), "{ended:#?}");
    assert!(ended.stdout[0].starts_with(&format!("{id} is delivered again as ")), "{ended:#?}");
    assert_eq!(ended.stderr, [format!("error: {unknown}: NOT_FOUND: there is no such delivery")]);
    api.wait_for_deliveries(&webhook, &["delivered", "delivered"]).await;
}

async fn a_test_event_shows_what_came_of_it(database: Fresh) {
    let api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let webhook = api.register("/", BOTH).await;
    let good = lines(&api, &["webhooks", "test", &webhook.id]).await;
    assert!(good.iter().any(|line| line.contains("attempt 1: success 200")), "{good:#?}");
    assert_eq!(good.last().map(String::as_str), Some("it arrived"));

    api.receiver.answer("/", [Reply::status(404).saying("no such page")]);
    let bad = operate(&api, &["webhooks", "test", &webhook.id]).await;
    assert_eq!((bad.code, bad.stderr.len()), (Some(1), 0), "{bad:#?}");
    assert!(bad.stdout.iter().any(|line| line.contains("http_status 404")), "{bad:#?}");
    assert!(bad.stdout.iter().any(|line| line.contains("| no such page")), "{bad:#?}");
    let bad = operate(&api, &["webhooks", "test", &webhook.id, "--json"]).await;
    assert_eq!(bad.code, Some(1), "{bad:#?}");
    let delivery: serde_json::Value = serde_json::from_str(&bad.stdout[0]).expect("JSON");
    assert_eq!((&delivery["status"], &delivery["event"]), (&json!("failed"), &json!("webhook.test")));

    let sent = objects(&api, &["webhooks", "test", &webhook.id, "--no-wait"]).await;
    let told = lines(&api, &["webhooks", "test", &webhook.id, "--no-wait"]).await;
    assert!(sent[0]["delivery_id"].is_string() && told[0].contains("slotflow deliveries show "), "{told:?}");
    api.wait_for_deliveries(&webhook, &["failed", "failed", "failed", "failed", "delivered"]).await;

    lines(&api, &["webhooks", "pause", &webhook.id]).await;
    let held = operate(&api, &["webhooks", "test", &webhook.id]).await;
    assert_eq!(held.code, Some(1), "{held:#?}");
    assert!(held.stdout.iter().any(|line| line.contains("is held")), "{held:#?}");
}
