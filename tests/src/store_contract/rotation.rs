//! Renewing the secret of a webhook.

use super::{StoreUnderTest, World, answered};
use slotflow_application::ports::StoreError;
use slotflow_application::webhooks::{RotateSecret, RotateSecretError};
use slotflow_domain::event::EventType;
use slotflow_domain::signing::{SigningSecret, WebhookSecrets};
use slotflow_domain::webhook::Webhook;
use std::collections::BTreeSet;
use std::time::Duration;

/// Renews the webhook's secret, and answers the webhook as it is stored then.
async fn rotate(world: &World, webhook: &Webhook, overlap_seconds: i64) -> Webhook {
    let request = RotateSecret { overlap_seconds: Some(overlap_seconds) };
    let (organization_id, id) = (webhook.organization_id, webhook.id);
    let rotated = world.webhooks().rotate_secret(organization_id, id, request).await.unwrap();
    let stored = world.store.directory.webhook(organization_id, id).await.unwrap().unwrap();
    assert!(stored.secrets == rotated.secrets, "what is stored is what was answered");
    stored
}

fn current(webhook: &Webhook) -> SigningSecret {
    webhook.secrets.current().expect("a secret that can be read").clone()
}

pub async fn both_secrets_sign_until_the_overlap_ends(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let before = world.webhook(organization_id, "https://a.io/").await;
    let after = rotate(&world, &before, 600).await;
    assert!(current(&after) != current(&before), "the secret is a new one");

    world.book(organization_id).await;
    let first = world.claim_one().await;
    assert!(first.secrets == [current(&after), current(&before)], "both sign, the new one first");
    world.settle(&first, answered(500)).await;
    world.clock.advance(Duration::from_secs(300));
    let second = world.claim_one().await;
    assert!(second.secrets == [current(&after), current(&before)], "a retry within the overlap too");
    world.settle(&second, answered(500)).await;
    world.clock.advance(Duration::from_secs(3_600));
    assert!(world.claim_one().await.secrets == [current(&after)], "and after it the new one alone");
}

pub async fn an_overlap_of_nothing_ends_the_old_secret_at_once(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let before = world.webhook(organization_id, "https://a.io/").await;
    world.book(organization_id).await;
    let after = rotate(&world, &before, 0).await;
    assert!(world.claim_one().await.secrets == [current(&after)], "what waited is signed anew as well");
}

pub async fn a_second_rotation_within_an_overlap_keeps_one_predecessor(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let first = world.webhook(organization_id, "https://a.io/").await;
    let second = rotate(&world, &first, 600).await;
    let third = rotate(&world, &second, 600).await;
    world.book(organization_id).await;
    assert!(world.claim_one().await.secrets == [current(&third), current(&second)], "never three");
}

pub async fn whoever_publishes_sees_both_secrets(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let webhook = world.webhook(organization_id, "https://a.io/").await;
    let rotated = rotate(&world, &webhook, 600).await;
    let mut work = world.begin().await;
    let wanting = work
        .webhooks_wanting(&BTreeSet::from([organization_id]), &EventType::BOOKING_CONFIRMED)
        .await
        .unwrap();
    assert!(wanting[0].secrets == rotated.secrets, "first attempts are signed with what is read here");
}

pub async fn a_rotation_changes_nothing_else_and_outlives_other_changes(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let webhook = world.webhook(organization_id, "https://a.io/").await;
    let rotated = rotate(&world, &webhook, 600).await;
    assert_eq!(
        (&rotated.url, &rotated.events, rotated.activity),
        (&webhook.url, &webhook.events, webhook.activity)
    );
    world.set_active(organization_id, webhook.id, false).await;
    let disabled = world.store.directory.webhook(organization_id, webhook.id).await.unwrap().unwrap();
    assert!(disabled.secrets == rotated.secrets, "disabling leaves the secrets alone");
}

pub async fn secrets_that_are_unreadable_are_never_written(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let kept = world.webhook(organization_id, "https://a.io/").await;
    let kept = rotate(&world, &kept, 600).await;
    let mut work = world.begin().await;
    let mut changed = work.lock_webhook(organization_id, kept.id).await.unwrap().unwrap();
    changed.secrets = WebhookSecrets::UNREADABLE;
    changed.url = world.new_webhook(organization_id, "https://b.io/").url;
    work.update_webhook(&changed).await.unwrap();
    work.commit().await.unwrap();
    let stored = world.store.directory.webhook(organization_id, kept.id).await.unwrap().unwrap();
    assert_eq!(stored.url, changed.url);
    assert!(stored.secrets == kept.secrets, "those that were there have not gone");

    let mut new = world.new_webhook(organization_id, "https://c.io/");
    new.secrets = WebhookSecrets::UNREADABLE;
    let refused = world.begin().await.insert_webhook(&new).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
}

pub async fn only_a_webhook_of_ones_own_can_be_rotated(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let stranger = world.organization().await.id;
    let webhook = world.webhook(organization_id, "https://a.io/").await;
    let rotating = world.webhooks().rotate_secret(stranger, webhook.id, RotateSecret::default()).await;
    assert!(matches!(rotating, Err(RotateSecretError::NotFound)), "{rotating:?}");
    world.webhooks().delete(organization_id, webhook.id).await.unwrap();
    let rotating = world.webhooks().rotate_secret(organization_id, webhook.id, RotateSecret::default()).await;
    assert!(matches!(rotating, Err(RotateSecretError::NotFound)), "{rotating:?}");
}
