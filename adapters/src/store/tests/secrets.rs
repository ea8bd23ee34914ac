//! Where secrets stand, and that they go with their webhook.

use super::world::{World, at, room};
use crate::store::statement::{all, one};
use crate::store::stored_row::StoredRow;
use crate::store::{SecretKeys, SecretsLocked, SqlStore};
use slotflow_application::ports::{Directory as _, Store as _};
use slotflow_domain::WebhookId;
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::signing::{SecretOverlap, SigningSecret};
use slotflow_domain::webhook::Webhook;

/// Base64 of 32 bytes each.
pub(super) const ONE: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
pub(super) const TWO: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

pub(super) fn keys(texts: &[&str]) -> SecretKeys {
    SecretKeys::parse(&texts.join(",")).unwrap()
}

impl World {
    /// The same database under these keys.
    pub(super) fn under(&self, texts: &[&str]) -> SqlStore {
        self.store.clone().with_secret_keys(keys(texts))
    }

    /// Registers a webhook that has two secrets, and answers it as it is kept.
    pub(super) async fn with_two_secrets(&self, store: &SqlStore) -> Webhook {
        let mut webhook = self.webhook_of("two");
        webhook.secrets.rotate(SigningSecret::from_random([8; 32]), SecretOverlap::default(), at(1));
        let mut work = store.begin().await.unwrap();
        work.insert_webhook(&webhook).await.unwrap();
        work.commit().await.unwrap();
        webhook
    }

    pub(super) async fn read(&self, store: &SqlStore, id: WebhookId) -> Webhook {
        store.webhook(self.organization_id, id).await.unwrap().unwrap()
    }

    /// All secrets as the rows hold them.
    pub(super) async fn raw_secrets(&self) -> Vec<String> {
        let sql = "SELECT secret, retiring_secret FROM webhooks WHERE deleted_at IS NULL ORDER BY id";
        let mut raw = vec![];
        for row in all(self.store.reader(), sql, vec![]).await.unwrap() {
            let row = StoredRow(&row);
            raw.push(row.text("secret").unwrap());
            raw.extend(row.get::<Option<String>>("retiring_secret").unwrap());
        }
        raw
    }
}

#[tokio::test]
async fn a_deleted_webhook_keeps_no_secret() {
    for world in World::all().await {
        let id = world.webhook().await;
        let mut work = world.store.begin().await.unwrap();
        let mut webhook = work.lock_webhook(world.organization_id, id).await.unwrap().unwrap();
        webhook.secrets.rotate(SigningSecret::from_random([8; 32]), SecretOverlap::default(), at(1));
        work.update_webhook(&webhook).await.unwrap();
        work.commit().await.unwrap();
        let stored = world.store.webhook(world.organization_id, id).await.unwrap().unwrap();
        assert_eq!(stored.secrets, webhook.secrets);

        let mut work = world.store.begin().await.unwrap();
        work.lock_webhook(world.organization_id, id).await.unwrap().unwrap();
        work.delete_webhook(id, at(2)).await.unwrap();
        work.commit().await.unwrap();
        let sql = "SELECT secret, retiring_secret, retiring_until FROM webhooks";
        let row = one(world.store.reader(), sql, vec![]).await.unwrap().unwrap();
        let row = StoredRow(&row);
        assert_eq!(row.text("secret").unwrap(), "");
        assert_eq!(row.get::<Option<String>>("retiring_secret").unwrap(), None);
        assert_eq!(row.maybe_time("retiring_until").unwrap(), None);
    }
}

#[tokio::test]
async fn a_stored_secret_shows_nothing_and_is_read_back_with_the_key() {
    for world in World::all().await {
        let store = world.under(&[ONE]);
        let webhook = world.with_two_secrets(&store).await;
        assert_eq!(world.read(&store, webhook.id).await.secrets, webhook.secrets);
        let raw = world.raw_secrets().await;
        let id = keys(&[ONE]).first_id().unwrap().to_owned();
        assert!(raw.len() == 2 && raw.iter().all(|text| text.starts_with(&format!("enc1:{id}:"))), "{raw:?}");
        let retiring = &webhook.secrets.retiring().unwrap().secret;
        for secret in [webhook.secrets.current().unwrap(), retiring] {
            let encoded = secret.expose().trim_start_matches("whsec_");
            assert!(raw.iter().all(|text| !text.contains(encoded)), "{raw:?}");
        }
    }
}

#[tokio::test]
async fn secrets_in_the_clear_are_read_and_encrypted_when_they_are_written() {
    for world in World::all().await {
        let webhook = world.with_two_secrets(&world.store).await;
        assert!(world.raw_secrets().await.iter().all(|text| text.starts_with("whsec_")));
        let store = world.under(&[ONE]);
        let mut work = store.begin().await.unwrap();
        let locked = work.lock_webhook(world.organization_id, webhook.id).await.unwrap().unwrap();
        assert_eq!(locked.secrets, webhook.secrets);
        work.update_webhook(&locked).await.unwrap();
        work.commit().await.unwrap();
        assert!(world.raw_secrets().await.iter().all(|text| text.starts_with("enc1:")));
        assert_eq!(world.read(&store, webhook.id).await.secrets, webhook.secrets);
    }
}

#[tokio::test]
async fn a_secret_that_was_put_into_another_row_is_not_taken_for_that_webhooks() {
    for world in World::all().await {
        let store = world.under(&[ONE]);
        let theirs = world.with_two_secrets(&store).await.id;
        let mut work = store.begin().await.unwrap();
        let mine = world.webhook_of("mine");
        work.insert_webhook(&mine).await.unwrap();
        work.commit().await.unwrap();
        world.execute("UPDATE webhooks SET secret = (SELECT MIN(secret) FROM webhooks)").await;
        let read = [world.read(&store, theirs).await, world.read(&store, mine.id).await];
        let readable = read.iter().filter(|webhook| webhook.secrets.current().is_some());
        assert_eq!(readable.count(), 1, "only its own");
    }
}

#[tokio::test]
async fn a_store_without_the_right_key_is_told_so_before_it_reads_anything() {
    for world in World::all().await {
        assert!(world.store.check_secret_keys(&SecretKeys::default()).await.is_ok(), "nothing is encrypted");
        world.with_two_secrets(&world.under(&[ONE])).await;
        for wrong in [SecretKeys::default(), keys(&[TWO])] {
            let error = world.store.check_secret_keys(&wrong).await.unwrap_err();
            assert!(matches!(&error, SecretsLocked::MissingKey(_)), "{error}");
            assert!(error.to_string().contains(keys(&[ONE]).first_id().unwrap()), "{error}");
        }
        for right in [keys(&[ONE]), keys(&[TWO, ONE])] {
            world.store.check_secret_keys(&right).await.unwrap();
        }
    }
}

#[tokio::test]
async fn deliveries_whose_key_is_elsewhere_are_left_for_those_who_have_it() {
    for mut world in World::all().await {
        let open = world.webhook().await;
        let right = world.under(&[ONE]);
        let sealed = world.with_two_secrets(&right).await;
        let ids = world.publish_to(&[sealed.id, open], at(1)).await;

        let claimed = world.claim(at(1), room(9, 9)).await;
        assert_eq!(claimed.iter().map(|one| one.webhook_id).collect::<Vec<_>>(), [open]);
        assert_eq!(world.log(ids[0]).await.delivery.status, DeliveryStatus::Pending);
        world.store = right;
        let claimed = world.claim(at(2), room(9, 9)).await;
        assert_eq!(claimed.iter().map(|one| one.id).collect::<Vec<_>>(), [ids[0]]);
    }
}
