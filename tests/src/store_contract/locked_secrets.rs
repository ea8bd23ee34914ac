//! Secrets whose key cannot be used for a while: nobody takes them for lost.

use super::{StoreUnderTest, World};
use slotflow_adapters::store::{OpenError, SecretCipher, SecretKeys};
use slotflow_application::ports::StoreError;
use slotflow_application::webhooks::{RotateSecret, RotateSecretError, UpdateWebhook, UpdateWebhookError};
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::signing::SigningSecret;
use slotflow_domain::webhook::Webhook;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Puts the place before what it seals, and opens nothing while it is shut: a service for keys that is out of reach. It goes on
/// sealing, as one that has its key for that at hand: nothing else keeps a new secret from the place of the old one. (No
/// cipher: what the store does with one is seen by it.)
#[derive(Default)]
struct Vault {
    is_shut: AtomicBool,
}

impl Vault {
    fn shut(&self, is_shut: bool) {
        self.is_shut.store(is_shut, Ordering::Relaxed);
    }
}

impl SecretCipher for Vault {
    fn key_name(&self) -> &str {
        "vault/webhooks/1"
    }

    fn seal(&self, secret: &[u8], place: &[u8]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        Ok([place, secret].concat())
    }

    fn open(&self, sealed: &[u8], place: &[u8]) -> Result<Vec<u8>, OpenError> {
        if self.is_shut.load(Ordering::Relaxed) {
            return Err(OpenError::Unusable("out of reach".into()));
        }
        sealed.strip_prefix(place).map(<[u8]>::to_vec).ok_or(OpenError::NotSealedHere)
    }
}

/// A webhook whose secret is in a vault, and the vault, which is shut.
struct Locked {
    world: World,
    vault: Arc<Vault>,
    webhook: Webhook,
}

impl Locked {
    /// Nothing of a store that does not encrypt its secrets: it can read them always.
    async fn on(store: StoreUnderTest) -> Option<Self> {
        let vault = Arc::new(Vault::default());
        let world = World::new(store.under(SecretKeys::of([Arc::clone(&vault) as Arc<dyn SecretCipher>]))?);
        let organization_id = world.organization().await.id;
        let webhook = world.webhook(organization_id, "https://a.io/").await;
        vault.shut(true);
        Some(Self { world, vault, webhook })
    }

    async fn rotate(&self) -> Result<Webhook, RotateSecretError> {
        let Webhook { organization_id, id, .. } = self.webhook;
        self.world.webhooks().rotate_secret(organization_id, id, RotateSecret::default()).await
    }

    async fn stored(&self) -> Webhook {
        let Webhook { organization_id, id, .. } = self.webhook;
        self.world.store.directory.webhook(organization_id, id).await.unwrap().expect("it is still there")
    }

    /// Opens the vault: all is as it was before.
    async fn is_unchanged(&self) {
        self.vault.shut(false);
        let stored = self.stored().await;
        assert!(stored.secrets == self.webhook.secrets, "the secret is the one that it was");
        assert_eq!(
            (&stored.url, stored.activity, &stored.events),
            (&self.webhook.url, self.webhook.activity, &self.webhook.events)
        );
    }

    fn secret(&self) -> SigningSecret {
        self.webhook.secrets.current().expect("a secret that can be read").clone()
    }
}

pub async fn a_secret_that_cannot_be_read_for_now_is_not_replaced_by_a_rotation(store: StoreUnderTest) {
    let Some(locked) = Locked::on(store).await else { return };
    let refused = locked.rotate().await;
    assert!(
        matches!(refused, Err(RotateSecretError::Store(StoreError::Unavailable(_)))),
        "later it may work: {refused:?}"
    );
    locked.is_unchanged().await;

    let rotated = locked.rotate().await.unwrap();
    let retiring = rotated.secrets.retiring().expect("an overlap, as always");
    assert!(retiring.secret == locked.secret(), "what receivers know signs on");
}

pub async fn a_secret_that_cannot_be_read_for_now_is_not_renewed_as_if_it_were_lost(store: StoreUnderTest) {
    let Some(locked) = Locked::on(store).await else { return };
    let Webhook { organization_id, id, .. } = locked.webhook;
    let refused = locked.world.webhooks().renew_unreadable(organization_id, id).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    locked.is_unchanged().await;
    assert!(!locked.world.webhooks().renew_unreadable(organization_id, id).await.unwrap(), "it can be read");
}

pub async fn a_webhook_whose_secret_cannot_be_read_for_now_stays_as_it_is(store: StoreUnderTest) {
    let Some(locked) = Locked::on(store).await else { return };
    let Webhook { organization_id, id, .. } = locked.webhook;
    assert!(locked.stored().await.secrets.current().is_none(), "it is shown without its secret");
    let (url, active) = (Some("https://b.io/".to_owned()), Some(false));
    let change = UpdateWebhook { url, active, ..UpdateWebhook::default() };
    let refused = locked.world.webhooks().update(organization_id, id, change).await;
    assert!(
        matches!(refused, Err(UpdateWebhookError::Store(StoreError::Unavailable(_)))),
        "nobody is shown a changed webhook that has lost its secret: {refused:?}"
    );
    let refused = locked.world.webhooks().delete(organization_id, id).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    locked.is_unchanged().await;
}

pub async fn what_happens_meanwhile_is_delivered_under_the_secret_that_it_was(store: StoreUnderTest) {
    let Some(locked) = Locked::on(store).await else { return };
    let world = &locked.world;
    world.book(locked.webhook.organization_id).await;
    assert!(locked.rotate().await.is_err());
    assert!(world.claim(10).await.is_empty(), "nothing can be signed");
    let waiting = world.deliveries(locked.webhook.organization_id).await;
    assert_eq!(waiting[0].status, DeliveryStatus::Pending);
    locked.vault.shut(false);
    assert!(world.claim_one().await.secrets == [locked.secret()], "the receiver can check it");
}
