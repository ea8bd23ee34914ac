//! Registering, changing and deleting webhooks.

use super::{StoreUnderTest, World};
use slotflow_application::ports::StoreError;
use slotflow_application::webhooks::{RegisterWebhook, RegisterWebhookError, UpdateWebhook};
use slotflow_domain::event::{EventCatalog, EventSet};
use slotflow_domain::organization::Plan;
use slotflow_domain::webhook::{
    DisabledReason, Refusal, RegistrationFacts, UrlRules, Webhook, WebhookActivity, WebhookUrl,
};
use slotflow_domain::{OrganizationId, WebhookId};
use std::time::Duration;

/// Webhooks have no equality of their own: secrets are compared here on purpose.
fn assert_same(one: &Webhook, other: &Webhook) {
    assert_eq!(
        (one.id, one.organization_id, &one.url, &one.events, one.activity, one.created_at),
        (other.id, other.organization_id, &other.url, &other.events, other.activity, other.created_at)
    );
    assert!(one.secrets == other.secrets, "the secrets differ");
    assert_eq!(one.url.as_sent(), other.url.as_sent());
}

async fn facts(
    world: &World,
    organization_id: OrganizationId,
    url: &str,
    except: Option<WebhookId>,
) -> RegistrationFacts {
    let url = WebhookUrl::parse(url, &UrlRules::strict()).unwrap();
    world.begin().await.registration_facts(organization_id, url.canonical(), except).await.unwrap()
}

pub async fn a_webhook_is_read_back_as_it_was_written(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let mut webhook = world.new_webhook(organization_id, "HTTPS://Bücher.io:443/a/../Ünï?q=ä%2F&b=\"c\"");
    webhook.events = EventSet::parse(&["booking.cancelled"], &EventCatalog::bookings()).unwrap();
    world.insert_webhook(&webhook).await;
    let read = world.store.directory.webhook(organization_id, webhook.id).await.unwrap().unwrap();
    assert_same(&read, &webhook);
    let locked = world.begin().await.lock_webhook(organization_id, webhook.id).await.unwrap().unwrap();
    assert_same(&locked, &webhook);
}

pub async fn events_keep_the_order_they_were_asked_for(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    for (url, events) in [
        ("https://a.io/", ["booking.confirmed", "booking.cancelled"]),
        ("https://b.io/", ["booking.cancelled", "booking.confirmed"]),
    ] {
        let mut webhook = world.new_webhook(organization_id, url);
        webhook.events = EventSet::parse(&events, &EventCatalog::bookings()).unwrap();
        world.insert_webhook(&webhook).await;
        let read = world.store.directory.webhook(organization_id, webhook.id).await.unwrap().unwrap();
        assert_eq!(read.events, webhook.events);
    }
}

pub async fn webhooks_are_listed_oldest_first_with_disabled_and_without_deleted_ones(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let mut ids = Vec::new();
    for host in ["a", "b", "c", "d"] {
        ids.push(world.webhook(organization_id, &format!("https://{host}.io/")).await.id);
        world.clock.advance(Duration::from_millis(1));
    }
    world.set_active(organization_id, ids[0], false).await;
    world.webhooks().delete(organization_id, ids[2]).await.unwrap();
    let listed: Vec<_> = world
        .store
        .directory
        .webhooks(organization_id)
        .await
        .unwrap()
        .into_iter()
        .map(|webhook| webhook.id)
        .collect();
    assert_eq!(listed, [ids[0], ids[1], ids[3]]);
}

pub async fn registration_facts_count_disabled_webhooks_and_not_deleted_ones(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let disabled = world.webhook(organization_id, "https://disabled.io/").await.id;
    let deleted = world.webhook(organization_id, "https://deleted.io/").await.id;
    world.webhook(organization_id, "https://active.io/").await;
    world.set_active(organization_id, disabled, false).await;
    world.webhooks().delete(organization_id, deleted).await.unwrap();
    let of = |url| facts(&world, organization_id, url, None);
    assert_eq!(of("https://disabled.io/").await, RegistrationFacts { registered: 2, url_taken: true });
    assert_eq!(of("https://active.io/").await, RegistrationFacts { registered: 2, url_taken: true });
    assert_eq!(of("https://deleted.io/").await, RegistrationFacts { registered: 2, url_taken: false });
    assert_eq!(of("https://new.io/").await, RegistrationFacts { registered: 2, url_taken: false });
}

pub async fn registration_facts_leave_out_the_webhook_that_is_being_changed(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let changed = world.webhook(organization_id, "https://changed.io/").await.id;
    world.webhook(organization_id, "https://other.io/").await;
    let of = |url| facts(&world, organization_id, url, Some(changed));
    assert!(!of("https://changed.io/").await.url_taken);
    assert!(of("https://other.io/").await.url_taken);
}

pub async fn a_url_is_taken_in_any_spelling_and_only_in_its_organization(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let stranger = world.organization().await.id;
    world.webhook(organization_id, "https://example.io/b").await;
    let other_spelling = "HTTPS://Example.IO:443/a/../b";
    assert!(facts(&world, organization_id, other_spelling, None).await.url_taken);
    assert!(!facts(&world, organization_id, "https://example.io/B", None).await.url_taken);
    let elsewhere = facts(&world, stranger, other_spelling, None).await;
    assert_eq!(elsewhere, RegistrationFacts { registered: 0, url_taken: false });
    world.webhook(stranger, other_spelling).await;
}

pub async fn a_duplicate_url_that_slipped_past_the_rule_is_refused(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://example.io/b").await;
    let duplicate = world.new_webhook(organization_id, "HTTPS://Example.IO:443/a/../b");
    let mut work = world.begin().await;
    let error = work.insert_webhook(&duplicate).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)), "{error:?}");
    drop(work);
    assert_eq!(world.store.directory.webhooks(organization_id).await.unwrap().len(), 1);
}

pub async fn a_change_to_a_taken_url_that_slipped_past_the_rule_is_refused(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let taken = world.webhook(organization_id, "https://a.io/").await;
    let other = world.webhook(organization_id, "https://b.io/").await;
    let mut work = world.begin().await;
    work.lock_webhook(organization_id, other.id).await.unwrap();
    let error = work.update_webhook(&Webhook { url: taken.url, ..other }).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)), "{error:?}");
}

pub async fn a_deleted_url_may_come_back_again_and_again(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization_on(Plan::Free).await.id;
    let request = || RegisterWebhook {
        url: "https://receiver.io/".to_owned(),
        events: vec!["booking.confirmed".to_owned()],
    };
    for _ in 0..4 {
        let webhook = world.webhooks().register(organization_id, request()).await.unwrap();
        let error = world.webhooks().register(organization_id, request()).await.unwrap_err();
        assert!(matches!(error, RegisterWebhookError::Refused(Refusal::Duplicate)), "{error}");
        assert!(world.webhooks().delete(organization_id, webhook.id).await.unwrap());
        assert!(!world.webhooks().delete(organization_id, webhook.id).await.unwrap());
    }
}

pub async fn an_update_writes_url_events_and_activity(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let webhook = world.webhook(organization_id, "https://a.io/").await;
    let request = UpdateWebhook {
        url: Some("https://b.io/new".to_owned()),
        events: Some(vec!["booking.cancelled".to_owned()]),
        active: Some(false),
        held: None,
    };
    let updated = world.webhooks().update(organization_id, webhook.id, request).await.unwrap();
    assert_eq!(updated.activity, WebhookActivity::Disabled(DisabledReason::Requested));
    let read = world.store.directory.webhook(organization_id, webhook.id).await.unwrap().unwrap();
    assert_same(&read, &updated);
    assert!(!facts(&world, organization_id, "https://a.io/", None).await.url_taken, "the old URL is free");
}

pub async fn a_deleted_webhook_is_no_webhook_any_more(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let id = world.webhook(organization_id, "https://a.io/").await.id;
    world.webhooks().delete(organization_id, id).await.unwrap();
    assert!(world.store.directory.webhook(organization_id, id).await.unwrap().is_none());
    assert!(world.begin().await.lock_webhook(organization_id, id).await.unwrap().is_none());
}
