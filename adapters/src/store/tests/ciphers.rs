//! Secrets under a cipher of somebody else's.

use super::secrets::{ONE, keys};
use super::world::{World, at, room};
use crate::store::{OpenError, SecretCipher, SecretKeys, SecretsLocked};
use slotflow_application::ports::Store as _;
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::signing::WebhookSecrets;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Keeps what it seals behind its place, turned around; and can be locked. (No cipher: what the store does with one is seen
/// by it.)
#[derive(Default)]
struct Mirror {
    is_locked: AtomicBool,
}

impl SecretCipher for Mirror {
    fn key_name(&self) -> &str {
        "kms/webhooks/1"
    }

    fn seal(&self, secret: &[u8], place: &[u8]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        if self.is_locked.load(Ordering::Relaxed) {
            return Err("locked".into());
        }
        Ok([place, b"|", secret].concat().into_iter().rev().collect())
    }

    fn open(&self, sealed: &[u8], place: &[u8]) -> Result<Vec<u8>, OpenError> {
        if self.is_locked.load(Ordering::Relaxed) {
            return Err(OpenError::Unusable("locked".into()));
        }
        let text: Vec<u8> = sealed.iter().rev().copied().collect();
        let secret = text.strip_prefix(place).and_then(|rest| rest.strip_prefix(b"|"));
        secret.map(<[u8]>::to_vec).ok_or(OpenError::NotSealedHere)
    }
}

fn mirrored(mirror: &Arc<Mirror>) -> SecretKeys {
    SecretKeys::of([Arc::<Mirror>::clone(mirror) as Arc<dyn SecretCipher>])
}

#[tokio::test]
async fn secrets_are_sealed_and_opened_by_the_cipher_that_was_given() {
    for world in World::all().await {
        let mirror = Arc::new(Mirror::default());
        let store = world.store.clone().with_secret_keys(mirrored(&mirror));
        let webhook = world.with_two_secrets(&store).await;
        assert_eq!(world.read(&store, webhook.id).await.secrets, webhook.secrets);
        let prefix = store.secret_keys().first_prefix().unwrap();
        for raw in world.raw_secrets().await {
            assert!(raw.starts_with(&prefix), "{raw}");
        }
        store.check_secret_keys(store.secret_keys()).await.unwrap();
        for others in [SecretKeys::default(), keys(&[ONE])] {
            let error = store.check_secret_keys(&others).await.unwrap_err();
            assert!(matches!(error, SecretsLocked::MissingKey(_)), "{error}");
        }
    }
}

#[tokio::test]
async fn from_a_key_to_a_cipher_and_back_is_one_rekeying_each() {
    for world in World::all().await {
        let before = world.under(&[ONE]);
        let webhook = world.with_two_secrets(&before).await;
        let mirror = Arc::new(Mirror::default());
        let there = mirrored(&mirror).and(keys(&[ONE]));
        let back = keys(&[ONE]).and(mirrored(&mirror));
        for (changing, after) in [(there, mirrored(&mirror)), (back, keys(&[ONE]))] {
            let store = world.store.clone().with_secret_keys(changing);
            assert_eq!(store.rekey().await.unwrap().rewritten, 1);
            store.check_secret_keys(&after).await.unwrap();
            let store = world.store.clone().with_secret_keys(after);
            assert_eq!(world.read(&store, webhook.id).await.secrets, webhook.secrets);
        }
    }
}

#[tokio::test]
async fn while_the_key_cannot_be_used_deliveries_wait_and_no_secret_is_stored() {
    for mut world in World::all().await {
        let mirror = Arc::new(Mirror::default());
        world.store = world.store.clone().with_secret_keys(mirrored(&mirror));
        let webhook = world.with_two_secrets(&world.store).await;
        let ids = world.publish_to(&[webhook.id], at(1)).await;

        mirror.is_locked.store(true, Ordering::Relaxed);
        assert!(world.claim(at(1), room(9, 9)).await.is_empty());
        assert_eq!(world.log(ids[0]).await.delivery.status, DeliveryStatus::Pending);
        let mut work = world.store.begin().await.unwrap();
        let error = work.insert_webhook(&world.webhook_of("another")).await.unwrap_err();
        assert!(error.is_transient(), "{error}");
        drop(work);

        mirror.is_locked.store(false, Ordering::Relaxed);
        let claimed = world.claim(at(2), room(9, 9)).await;
        assert_eq!(claimed.iter().map(|one| one.id).collect::<Vec<_>>(), ids);
    }
}

#[tokio::test]
async fn while_the_key_cannot_be_used_nothing_is_taken_for_unreadable_and_encrypting_anew_waits() {
    for world in World::all().await {
        let mirror = Arc::new(Mirror::default());
        let store = world.store.clone().with_secret_keys(mirrored(&mirror));
        let webhook = world.with_two_secrets(&store).await;
        let raw = world.raw_secrets().await;

        mirror.is_locked.store(true, Ordering::Relaxed);
        let error = store.unreadable_webhooks().await.unwrap_err();
        assert!(error.is_transient(), "{error}");
        let leaving = store.clone().with_secret_keys(keys(&[ONE]).and(mirrored(&mirror)));
        let error = leaving.rekey().await.unwrap_err();
        assert!(error.is_transient(), "{error}");
        let mut work = store.begin().await.unwrap();
        let error = work.lock_webhook(world.organization_id, webhook.id).await.unwrap_err();
        assert!(error.is_transient(), "{error}");
        drop(work);
        assert_eq!(world.read(&store, webhook.id).await.secrets, WebhookSecrets::UNREADABLE);
        assert_eq!(world.raw_secrets().await, raw, "nothing was written");

        mirror.is_locked.store(false, Ordering::Relaxed);
        assert_eq!(store.unreadable_webhooks().await.unwrap(), []);
        assert_eq!(leaving.rekey().await.unwrap().rewritten, 1);
        assert_eq!(world.read(&leaving, webhook.id).await.secrets, webhook.secrets);
    }
}
