//! Webhooks whose secrets cannot be read, by all who come across them.

use super::secrets::{ONE, TWO, keys};
use super::world::{World, at, room};
use crate::store::SqlStore;
use slotflow_application::ports::{Directory as _, Store as _, StoreError};
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::event::EventType;
use slotflow_domain::signing::{SecretOverlap, SigningSecret, WebhookSecrets};
use slotflow_domain::webhook::{DisabledReason, Webhook, WebhookActivity, WebhookUrl};
use std::collections::BTreeSet;

/// A webhook that a store with key `ONE` can read, one whose key it does not have, and one whose secret is damaged.
struct Three {
    whole: Webhook,
    locked: Webhook,
    damaged: Webhook,
}

impl World {
    /// The three, and the store that can read one of them.
    async fn with_unreadable(&self) -> (SqlStore, Three) {
        let store = self.under(&[ONE]);
        let whole = self.with_two_secrets(&store).await;
        let locked = self.webhook_of("locked");
        let damaged = self.webhook_of("damaged");
        for (store, webhook) in [(&self.under(&[TWO]), &locked), (&store, &damaged)] {
            let mut work = store.begin().await.unwrap();
            work.insert_webhook(webhook).await.unwrap();
            work.commit().await.unwrap();
        }
        let prefix = store.secret_keys().first_prefix().unwrap();
        self.set_in_webhook(&format!("secret = '{prefix}AAAA'"), damaged.id).await;
        (store, Three { whole, locked, damaged })
    }
}

#[tokio::test]
async fn they_are_listed_published_to_and_leave_the_others_alone() {
    for mut world in World::all().await {
        let (store, Three { whole, locked, damaged }) = world.with_unreadable().await;
        let listed = store.webhooks(world.organization_id).await.unwrap();
        let readable = |webhooks: &[Webhook]| -> Vec<_> {
            webhooks.iter().map(|it| (it.id, it.secrets.current().is_some())).collect()
        };
        let expected = [(whole.id, true), (locked.id, false), (damaged.id, false)];
        assert_eq!(readable(&listed), expected);
        let mut work = store.begin().await.unwrap();
        let organizations = BTreeSet::from([world.organization_id]);
        let wanting = work.webhooks_wanting(&organizations, &EventType::BOOKING_CONFIRMED).await.unwrap();
        assert_eq!(readable(&wanting), expected);
        drop(work);

        world.store = store;
        let ids = world.publish(at(1)).await;
        let claimed = world.claim(at(1), room(9, 9)).await;
        assert_eq!(claimed.iter().map(|one| one.webhook_id).collect::<Vec<_>>(), [whole.id]);
        assert_eq!(
            world.log(ids[1]).await.delivery.status,
            DeliveryStatus::Pending,
            "others may have the key"
        );
        // Once it can be read it goes out.
        world.store = world.under(&[ONE, TWO]);
        let claimed = world.claim(at(2), room(9, 9)).await;
        assert_eq!(claimed.iter().map(|one| one.id).collect::<Vec<_>>(), [ids[1]]);
    }
}

#[tokio::test]
async fn they_are_changed_and_deleted_without_their_secrets() {
    for world in World::all().await {
        let (store, Three { locked, damaged, .. }) = world.with_unreadable().await;
        let raw = world.raw_secrets().await;
        for id in [locked.id, damaged.id] {
            let mut work = store.begin().await.unwrap();
            let mut webhook = work.lock_webhook(world.organization_id, id).await.unwrap().unwrap();
            webhook.activity = WebhookActivity::Disabled(DisabledReason::Requested);
            webhook.url = WebhookUrl::from_stored(&format!("https://new.example.com/{id}")).unwrap();
            work.update_webhook(&webhook).await.unwrap();
            work.commit().await.unwrap();
            let changed = world.read(&store, id).await;
            assert_eq!((changed.url, changed.activity), (webhook.url, webhook.activity));
        }
        assert_eq!(world.raw_secrets().await, raw, "what is stored of their secrets stays");
        assert_eq!(world.read(&world.under(&[TWO]), locked.id).await.secrets, locked.secrets);
        for id in [locked.id, damaged.id] {
            let mut work = store.begin().await.unwrap();
            work.lock_webhook(world.organization_id, id).await.unwrap().unwrap();
            work.delete_webhook(id, at(2)).await.unwrap();
            work.commit().await.unwrap();
            assert!(store.webhook(world.organization_id, id).await.unwrap().is_none());
        }
    }
}

#[tokio::test]
async fn they_are_all_found_and_a_rotation_makes_them_whole() {
    for world in World::all().await {
        let (store, Three { locked, damaged, .. }) = world.with_unreadable().await;
        let found = store.unreadable_webhooks().await.unwrap();
        assert_eq!(found, [locked.id, damaged.id].map(|id| (world.organization_id, id)));
        let new = SigningSecret::from_random([9; 32]);
        for (_, id) in found {
            let mut work = store.begin().await.unwrap();
            let mut webhook = work.lock_webhook(world.organization_id, id).await.unwrap().unwrap();
            webhook.secrets.rotate(new.clone(), SecretOverlap::default(), at(1));
            work.update_webhook(&webhook).await.unwrap();
            work.commit().await.unwrap();
            assert_eq!(world.read(&store, id).await.secrets, WebhookSecrets::from(new.clone()));
        }
        assert_eq!(store.unreadable_webhooks().await.unwrap(), []);
        world.store.check_secret_keys(&keys(&[ONE])).await.unwrap();
    }
}

#[tokio::test]
async fn a_store_that_lacks_a_key_is_not_ready_until_it_is_not_needed_any_more() {
    for world in World::all().await {
        let store = world.under(&[ONE]);
        let elsewhere = world.under(&[TWO]);
        store.look_at_secret_keys().await;
        store.ping().await.unwrap();
        let webhook = world.with_two_secrets(&elsewhere).await;
        store.ping().await.unwrap();
        store.look_at_secret_keys().await;
        let error = store.ping().await.unwrap_err();
        assert!(matches!(&error, StoreError::Unavailable(_)), "{error}");
        assert!(error.to_string().contains(keys(&[TWO]).first_id().unwrap()), "{error}");

        world.under(&[ONE, TWO]).rekey().await.unwrap();
        store.look_at_secret_keys().await;
        store.ping().await.unwrap();
        assert_eq!(world.read(&store, webhook.id).await.secrets, webhook.secrets);
        elsewhere.look_at_secret_keys().await;
        assert!(elsewhere.ping().await.is_err(), "now it is the other one that lacks a key");
    }
}
