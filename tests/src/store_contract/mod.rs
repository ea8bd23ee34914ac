//! The store contract suite: what the ports promise, as cases that every store must pass.
//!
//! Each case is a function whose name is a sentence, written against the ports alone.
//! [`store_contract!`](crate::store_contract!) makes each a test of its own for one store.
//!
//! | module | holds |
//! |---|---|
//! | [`organizations`] | organizations and their keys |
//! | [`units_of_work`] | all or nothing |
//! | [`webhooks`] | registering, changing and deleting |
//! | [`rotation`] | renewing the secret of a webhook |
//! | [`locked_secrets`] | secrets whose key cannot be used for a while |
//! | [`bookings`] | bookings, which never overlap |
//! | [`outbox`] | events and who gets them |
//! | [`outbox_table`] | events that others wrote in plain SQL |
//! | [`claiming`] | taking what is due, giving it back, waking |
//! | [`settling`] | recording outcomes |
//! | [`health`] | what attempts come to, hour by hour, and which webhooks are disabled for it |
//! | [`overview`] | how an organization's webhooks fare together |
//! | [`news`] | telling organizations of what failed and was disabled |
//! | [`leases`] | claims that end by themselves, outcomes that come too late |
//! | [`taking_over`] | claims of instances that are dead |
//! | [`waiting`] | what a change of a webhook does to what waits |
//! | [`log`] | lists and filters of deliveries |
//! | [`idempotency`] | answers kept under keys |
//! | [`retention`] | removing what has been kept long enough |
//! | [`backlog`] | counting what waits |
//! | [`events`] | what happened, and how many deliveries became what |
//! | [`repeating`] | retries and test events |
//! | [`replaying`] | a span of time, once more |
//! | [`tenancy`] | one organization and another |
//! | [`concurrency`] | everybody at once |
//! | `cases` | the list of all of them |
//! | `world` | what they stand on |

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are the bodies of tests: they may fail loudly, and a case's name says what it is"
)]

pub mod backlog;
pub mod bookings;
mod cases;
pub mod claiming;
pub mod concurrency;
pub mod events;
pub mod health;
pub mod idempotency;
pub mod leases;
pub mod listing;
pub mod locked_secrets;
pub mod log;
pub mod news;
pub mod organizations;
pub mod outbox;
pub mod outbox_table;
pub mod overview;
pub mod repeating;
pub mod replaying;
pub mod retention;
pub mod rotation;
pub mod settling;
pub mod taking_over;
pub mod tenancy;
pub mod units_of_work;
pub mod waiting;
pub mod webhooks;
mod world;

pub use world::{OneDelivery, World, answered, report_of};

use slotflow_adapters::store::{SecretKeys, SqlStore};
use slotflow_application::ports::{
    BacklogReader, DeliveryLog, DeliveryQueue, Directory, EventLog, OutboxReader, ReplayQueue,
    RetentionStore, Store,
};
use slotflow_application::slotflow::Storage;
use std::any::Any;
use std::sync::Arc;

/// A fresh, empty store, as its ports.
#[derive(Clone)]
pub struct StoreUnderTest {
    pub store: Arc<dyn Store>,
    pub directory: Arc<dyn Directory>,
    pub queue: Arc<dyn DeliveryQueue>,
    pub log: Arc<dyn DeliveryLog>,
    pub retention: Arc<dyn RetentionStore>,
    pub backlog: Arc<dyn BacklogReader>,
    pub events: Arc<dyn EventLog>,
    pub replays: Arc<dyn ReplayQueue>,
    pub outbox: Arc<dyn OutboxReader>,
    /// The store itself, if it encrypts secrets.
    pub encrypting: Option<SqlStore>,
    /// What must live as long as the store: a temporary folder, a database of its own.
    pub keep: Arc<dyn Any + Send + Sync>,
}

impl StoreUnderTest {
    /// The ports of one store that has them all, and what must outlive it.
    pub fn new<S, K>(store: S, keep: K) -> Self
    where
        S: Storage + 'static,
        K: Any + Send + Sync,
    {
        let store = Arc::new(store);
        Self {
            store: store.clone(),
            directory: store.clone(),
            queue: store.clone(),
            log: store.clone(),
            retention: store.clone(),
            backlog: store.clone(),
            events: store.clone(),
            replays: store.clone(),
            outbox: store,
            encrypting: None,
            keep: Arc::new(keep),
        }
    }

    /// The same of a store that encrypts secrets.
    pub fn sql<K: Any + Send + Sync>(store: SqlStore, keep: K) -> Self {
        Self { encrypting: Some(store.clone()), ..Self::new(store, keep) }
    }

    /// The same store under these keys, if it encrypts secrets.
    pub fn under(&self, keys: SecretKeys) -> Option<Self> {
        let store = self.encrypting.clone()?.with_secret_keys(keys);
        Some(Self::sql(store, Arc::clone(&self.keep)))
    }
}
