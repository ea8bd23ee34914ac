//! What is told of attempts whose processes died.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use slotflow_adapters::store::{SecretKeys, SqlStore, StoreOptions};
use slotflow_adapters::system::{SystemClock, SystemEntropy};
use slotflow_application::Announcer;
use slotflow_application::ports::{ClaimTerms, Clock as _, DeliveryQueue as _, Room};
use slotflow_domain::delivery::{ClaimToken, Lease, RetryPolicy};
use slotflow_tests::command_line::SECRET_KEY;
use slotflow_tests::database::Fresh;
use slotflow_tests::receiver::Reply;
use uuid::Uuid;

use crate::api::{Api, BOTH, PATIENCE};
use crate::monitoring::{scrape_until, the_attempts_line};

on_both_databases! {
    an_attempt_that_was_lost_too_often_is_counted_and_a_line,
}

/// Claims what is due once the present lease is over, under a lease that is over too, as a process that died would
/// leave it.
async fn claim_and_die(store: &SqlStore) {
    let now = SystemClock.now() + Duration::from_secs(60);
    let entropy = SystemEntropy::new().expect("randomness");
    let terms = ClaimTerms {
        now,
        lease: Lease { token: ClaimToken::new(Uuid::new_v4()), until: SystemClock.now() },
        room: Room { total: 1, per_webhook: 1, in_flight: BTreeMap::new() },
        policy: RetryPolicy::default(),
        announcer: Announcer::new(Arc::new(entropy)),
    };
    assert_eq!(store.claim_due(terms).await.expect("a claim").deliveries.len(), 1);
}

async fn an_attempt_that_was_lost_too_often_is_counted_and_a_line(database: Fresh) {
    let arguments = ["--dev", "--retry-delays", "none", "--log-format", "json"];
    let mut api = Api::start_with(database, &arguments, "growth").await;
    let webhook = api.register("/", BOTH).await;
    api.receiver.answer("/", [Reply::status(200).after(PATIENCE)]);
    api.book().await;
    api.arrivals("/", 1).await;
    api.server.process().kill().await.expect("an end");
    let secret_keys = SecretKeys::parse(SECRET_KEY).expect("a key");
    let options = StoreOptions { secret_keys, ..StoreOptions::default() };
    let store = SqlStore::connect(&api.database.url(), options).await.expect("a store");
    claim_and_die(&store).await;
    claim_and_die(&store).await;
    store.close().await.expect("an end");

    api.start_again(&arguments).await;
    let served = scrape_until(&api.client, "slotflow_attempts_total{outcome=\"lost\"} 1").await;
    for line in [
        "slotflow_deliveries_total{status=\"failed\"} 1",
        "slotflow_deliveries_total{status=\"retry\"} 0",
        "slotflow_attempt_duration_seconds_count 0",
    ] {
        assert!(served.lines().any(|told| told == line), "{line} in\n{served}");
    }
    let delivery = api.only_delivery(&webhook, "failed").await;
    assert_eq!(delivery["attempts"][0]["outcome"], "lost");
    let line = the_attempts_line(&mut api).await;
    assert_eq!((&line["attempt"], &line["outcome"]), (&1.into(), &"lost".into()));
    assert_eq!(line["delivery_id"], delivery["id"]);
    assert_eq!(line["webhook_id"], webhook.id);
    assert_eq!(line["event_id"], delivery["event_id"]);
    assert_eq!(line["organization_id"], api.organization.id);
    assert_eq!(line["error"], delivery["attempts"][0]["error"]);
    assert_eq!(api.arrivals("/", 1).await.len(), 1, "it was not sent again");
}
