//! Noticing that a secret needs a key which this process does not have.
//!
//! Keys are checked at the start, before anything is read. But an instance that is started later, or on a database that
//! was empty then, may write under another key. Nobody can be kept from that; it can be told, before customers do.

use super::{SecretsLocked, SqlStore};
use slotflow_application::ports::{Clock, StoreError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// From one look over the webhooks to the next.
const EVERY: Duration = Duration::from_secs(60);

/// The key that was missing at the last look, if one was.
#[derive(Default)]
pub(super) struct SecretWatch(Mutex<Option<String>>);

impl SecretWatch {
    /// Refuses while a key is missing.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            Some(id) => Err(StoreError::Unavailable(Box::new(SecretsLocked::MissingKey(id)))),
            None => Ok(()),
        }
    }

    /// Remembers what the last look found. Answers what the one before had found.
    fn found(&self, missing: Option<String>) -> Option<String> {
        std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), missing)
    }
}

impl SqlStore {
    /// Looks once a minute whether the store's keys still open every secret, until `stop` is cancelled. While they do
    /// not, each look says so in the log, and [`ping`](slotflow_application::ports::Store::ping) fails.
    pub async fn watch_secret_keys(self, clock: Arc<dyn Clock>, stop: CancellationToken) {
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = clock.sleep_until(clock.now() + EVERY) => {}
            }
            self.look_at_secret_keys().await;
        }
    }

    pub(super) async fn look_at_secret_keys(&self) {
        match self.check_secret_keys(self.secret_keys()).await {
            Ok(()) => {
                if let Some(id) = self.secret_watch().found(None) {
                    tracing::info!("no signing secret needs key {id} any more");
                }
            }
            Err(SecretsLocked::MissingKey(id)) => {
                tracing::error!(
                    "signing secrets are encrypted with key {id}, which this instance was not given: their \
                     deliveries wait, and it is not ready"
                );
                self.secret_watch().found(Some(id));
            }
            // What was found before stands until it can be looked again.
            Err(SecretsLocked::Store(error)) => {
                tracing::warn!(%error, "which keys signing secrets need cannot be seen; trying again");
            }
        }
    }
}
