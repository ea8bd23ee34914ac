use serde_json::json;
use slotflow_tests::database::Fresh;
use slotflow_tests::receiver::Reply;

use super::{lines, objects, operate};
use crate::api::{Api, BOTH};

on_both_databases! {
    a_rotated_secret_is_printed_and_signs_beside_the_old_one,
    a_webhooks_health_is_shown,
}

async fn a_rotated_secret_is_printed_and_signs_beside_the_old_one(database: Fresh) {
    let api = Api::start(database).await;
    let webhook = api.register("/", BOTH).await;

    let printed = lines(&api, &["webhooks", "rotate-secret", &webhook.id, "--overlap", "24h"]).await;

    assert_eq!(printed.len(), 2, "{printed:?}");
    assert!(printed[0].starts_with("whsec_") && printed[0] != webhook.secret, "not a new secret");
    assert!(printed[1].contains("For 24h "), "{}", printed[1]);
    assert_eq!(api.get(&webhook.path()).await["signing_secret"], printed[0]);
    api.book().await;
    let arrival = &api.arrivals("/", 1).await[0];
    let signatures = |header: &str, separator: &str| arrival.header(header).split(separator).count();
    assert_eq!((signatures("x-slotflow-signature", ",v1="), signatures("webhook-signature", " ")), (3, 2));

    let told = objects(&api, &["webhooks", "rotate-secret", &webhook.id]).await;
    assert_eq!(told[0]["signing_secret"], api.get(&webhook.path()).await["signing_secret"]);
    // Not at once: what was claimed before is under way.
    let at_once = lines(&api, &["webhooks", "rotate-secret", &webhook.id, "--overlap", "0s"]).await;
    assert!(at_once[1].contains("already under way") && at_once[1].contains("15 s"), "{}", at_once[1]);
    let refused = operate(&api, &["webhooks", "rotate-secret", &webhook.id, "--overlap", "1y"]).await;
    assert_eq!((refused.code, refused.stderr.len()), (Some(1), 1), "{refused:?}");
    assert!(refused.stderr[0].starts_with("error: VALIDATION_ERROR: overlap_seconds"), "{refused:?}");
}

async fn a_webhooks_health_is_shown(database: Fresh) {
    let arguments = ["--dev", "--retry-delays", "none"];
    let api = Api::start_with(database, &arguments, "growth").await;
    let webhook = api.register("/", BOTH).await;
    api.receiver.answer("/", [Reply::status(200), Reply::status(500)]);
    api.book().await;
    api.wait_for_deliveries(&webhook, &["delivered"]).await;
    api.book().await;
    api.wait_for_deliveries(&webhook, &["failed", "delivered"]).await;

    let shown = lines(&api, &["webhooks", "show", &webhook.id]).await;

    let line = |name: &str| shown.iter().find(|line| line.starts_with(name)).cloned().unwrap_or_default();
    assert!(line("last 24 h").ends_with("1 delivered, 1 failed: 50.0 %"), "{shown:#?}");
    assert!(line("now").contains("1 failure"), "{shown:#?}");
    assert!(line("success").ends_with(")") && line("failure").ends_with(")"), "{shown:#?}");
    let told = objects(&api, &["webhooks", "show", &webhook.id]).await;
    assert_eq!(told[0]["health"]["failed_24h"], json!(1));
}
