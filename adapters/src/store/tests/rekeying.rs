//! Encrypting all secrets anew, whatever else goes on meanwhile.

use super::secrets::{ONE, TWO, keys};
use super::world::{World, at};
use crate::store::rekey::rekey_some;
use crate::store::{Rekeyed, SecretsLocked, SqlStore, StoreOptions};
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};
use slotflow_application::ports::Store as _;
use slotflow_domain::WebhookId;
use slotflow_domain::signing::{SecretOverlap, SigningSecret};
use slotflow_domain::webhook::Webhook;
use std::time::Duration;
use uuid::Uuid;

/// More webhooks than a batch, and fewer than three.
const WEBHOOKS: usize = 150;
const BATCH: u64 = 64;

impl World {
    /// Registers [`WEBHOOKS`] webhooks, and answers them as they are kept.
    async fn webhooks_in(&self, store: &SqlStore) -> Vec<Webhook> {
        let mut work = store.begin().await.unwrap();
        let mut webhooks = vec![];
        for number in 0..WEBHOOKS {
            let webhook = self.webhook_of(&number.to_string());
            work.insert_webhook(&webhook).await.unwrap();
            webhooks.push(webhook);
        }
        work.commit().await.unwrap();
        webhooks
    }

    /// Gives a webhook the secret of this number, as an instance with this store would.
    async fn rotate_in(&self, store: &SqlStore, id: WebhookId, number: u8) -> Webhook {
        let mut work = store.begin().await.unwrap();
        let mut webhook = work.lock_webhook(self.organization_id, id).await.unwrap().unwrap();
        webhook.secrets.rotate(SigningSecret::from_random([number; 32]), SecretOverlap::default(), at(1));
        work.update_webhook(&webhook).await.unwrap();
        work.commit().await.unwrap();
        webhook
    }

    /// Whether all of these have their secrets, and with these keys.
    async fn assert_kept(&self, webhooks: &[Webhook], keys: &[&str]) {
        self.store.check_secret_keys(&super::secrets::keys(keys)).await.unwrap();
        let store = self.under(keys);
        for webhook in webhooks {
            assert_eq!(self.read(&store, webhook.id).await.secrets, webhook.secrets);
        }
    }
}

/// Encrypts the first batch alone, as a `rekey` that ends behind it.
async fn first_batch(store: &SqlStore) -> Uuid {
    let wanted = store.secret_keys().first_prefix().unwrap();
    let transaction = store.begin_writing().await.unwrap();
    let batch = rekey_some(&transaction, store.secret_keys(), &wanted, Uuid::nil()).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(batch.rewritten, BATCH);
    batch.last.unwrap()
}

fn rewritten(rewritten: u64) -> Rekeyed {
    Rekeyed { rewritten, ..Rekeyed::default() }
}

#[tokio::test]
async fn all_secrets_are_encrypted_anew_with_the_first_key() {
    for world in World::all().await {
        let mut webhooks = vec![world.with_two_secrets(&world.store).await];
        webhooks.extend(world.webhooks_in(&world.under(&[ONE])).await);
        let new = world.under(&[TWO, ONE]);
        assert_eq!(new.rekey().await.unwrap(), rewritten(151));
        assert_eq!(new.rekey().await.unwrap(), Rekeyed::default(), "nothing is left to do");
        world.assert_kept(&webhooks, &[TWO]).await;
        assert_eq!(world.store.rekey().await.unwrap(), Rekeyed::default(), "without a key nothing is done");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_counted_and_stops_nothing() {
    for world in World::all().await {
        world.with_two_secrets(&world.under(&[ONE])).await;
        world.execute("UPDATE webhooks SET secret = 'whsec_?'").await;
        world.webhook().await;
        let rekeyed = world.under(&[TWO, ONE]).rekey().await.unwrap();
        assert_eq!(rekeyed, Rekeyed { rewritten: 1, unreadable: 1, log_is_left: false });
    }
}

#[tokio::test]
async fn one_that_is_stopped_between_batches_leaves_all_secrets_readable_and_is_finished_by_the_next() {
    for world in World::all().await {
        let webhooks = world.webhooks_in(&world.under(&[ONE])).await;
        let new = world.under(&[TWO, ONE]);
        first_batch(&new).await;
        // A batch that is stopped on its way has never been.
        let wanted = new.secret_keys().first_prefix().unwrap();
        let transaction = new.begin_writing().await.unwrap();
        rekey_some(&transaction, new.secret_keys(), &wanted, Uuid::nil()).await.unwrap();
        transaction.rollback().await.unwrap();

        let raw = world.raw_secrets().await;
        let done = raw.iter().filter(|text| text.starts_with(&wanted)).count();
        assert_eq!(done as u64, BATCH);
        world.assert_kept(&webhooks, &[ONE, TWO]).await;
        for alone in [ONE, TWO] {
            let checked = world.store.check_secret_keys(&keys(&[alone])).await;
            assert!(matches!(checked, Err(SecretsLocked::MissingKey(_))), "both keys are needed still");
        }
        assert_eq!(new.rekey().await.unwrap(), rewritten(WEBHOOKS as u64 - BATCH));
        world.assert_kept(&webhooks, &[TWO]).await;
    }
}

#[tokio::test]
async fn however_often_it_is_stopped_no_secret_is_lost() {
    for world in World::all().await {
        let webhooks = world.webhooks_in(&world.under(&[ONE])).await;
        let new = world.under(&[TWO, ONE]);
        for patience in (0..20).map(Duration::from_millis) {
            // Dropped wherever it is then.
            let _ = tokio::time::timeout(patience, new.rekey()).await;
        }
        world.assert_kept(&webhooks, &[ONE, TWO]).await;
        new.rekey().await.unwrap();
        world.assert_kept(&webhooks, &[TWO]).await;
    }
}

#[tokio::test]
async fn a_secret_that_is_rotated_meanwhile_is_not_put_back() {
    for world in World::all().await {
        let old = world.under(&[ONE, TWO]);
        let mut webhooks = world.webhooks_in(&old).await;
        let mut work = old.begin().await.unwrap();
        let id = webhooks[0].id;
        let mut rotated = work.lock_webhook(world.organization_id, id).await.unwrap().unwrap();
        rotated.secrets.rotate(SigningSecret::from_random([9; 32]), SecretOverlap::default(), at(1));
        work.update_webhook(&rotated).await.unwrap();
        let rekeying = tokio::spawn({
            let new = world.under(&[TWO, ONE]);
            async move { new.rekey().await }
        });
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!rekeying.is_finished(), "it waits for the rotation");
        work.commit().await.unwrap();
        assert_eq!(rekeying.await.unwrap().unwrap(), rewritten(WEBHOOKS as u64));
        webhooks[0] = rotated;
        world.assert_kept(&webhooks, &[TWO]).await;
    }
}

#[tokio::test]
async fn beside_rotations_every_webhook_ends_with_its_last_secret() {
    for world in World::all().await {
        let old = world.under(&[ONE, TWO]);
        let mut webhooks = world.webhooks_in(&old).await;
        let new = world.under(&[TWO, ONE]);
        let rotating = async {
            for webhook in webhooks.iter_mut().rev().step_by(3) {
                *webhook = world.rotate_in(&old, webhook.id, 9).await;
            }
        };
        let (rekeyed, ()) = tokio::join!(new.rekey(), rotating);
        rekeyed.unwrap();
        world.assert_kept(&webhooks, &[ONE, TWO]).await;
        new.rekey().await.unwrap();
        world.assert_kept(&webhooks, &[TWO]).await;
    }
}

#[tokio::test]
async fn what_an_instance_writes_under_the_old_key_meanwhile_is_noticed_and_left_to_the_next() {
    for world in World::all().await {
        let old = world.under(&[ONE, TWO]);
        let mut webhooks = world.webhooks_in(&old).await;
        let new = world.under(&[TWO, ONE]);
        let mut last = Some(first_batch(&new).await);
        // Behind the walk, where it does not come by again.
        webhooks[0] = world.rotate_in(&old, webhooks[0].id, 9).await;
        let wanted = new.secret_keys().first_prefix().unwrap();
        while let Some(after) = last {
            let transaction = new.begin_writing().await.unwrap();
            last = rekey_some(&transaction, new.secret_keys(), &wanted, after).await.unwrap().last;
            transaction.commit().await.unwrap();
        }
        let checked = world.store.check_secret_keys(&keys(&[TWO])).await;
        assert!(
            matches!(checked, Err(SecretsLocked::MissingKey(_))),
            "a start without the old key is refused"
        );
        world.assert_kept(&webhooks, &[TWO, ONE]).await;
        assert_eq!(new.rekey().await.unwrap(), rewritten(1));
        world.assert_kept(&webhooks, &[TWO]).await;
    }
}

#[tokio::test]
async fn a_log_that_a_reader_keeps_from_being_emptied_is_told_of() {
    for world in World::all().await.into_iter().filter(|world| !world.is_postgres()) {
        let options = || StoreOptions {
            busy_timeout: Duration::from_millis(100),
            secret_keys: keys(&[ONE]),
            ..StoreOptions::default()
        };
        world.webhook().await;
        let reading = world.store.reader().inner().begin().await.unwrap();
        reading.execute_unprepared("SELECT COUNT(*) FROM webhooks").await.unwrap();
        let store = SqlStore::connect(&world.url, options()).await.unwrap();
        assert_eq!(store.rekey().await.unwrap(), Rekeyed { log_is_left: true, ..rewritten(1) });
        reading.rollback().await.unwrap();
        assert_eq!(store.rekey().await.unwrap(), Rekeyed::default());
    }
}
