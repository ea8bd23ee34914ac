//! Removing what is finished.

use super::StoreError;
use async_trait::async_trait;
use slotflow_domain::{DeliveryId, EventId, Timestamp};

/// One batch of a walk over rows in the order of their identifiers, which is that of their making.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionBatch<Id> {
    /// Behind which row it begins; nothing at the start of a walk.
    pub after: Option<Id>,
    /// What ended, or for events was made, before this moment goes. Nothing made later is looked at.
    pub cutoff: Timestamp,
    /// How many rows are looked at, at the most.
    pub limit: u32,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionProgress<Id> {
    /// How many of its rows were removed. The others stay, or were taken by another process at that moment.
    pub removed: u64,
    /// Behind which row the next batch begins; nothing if the walk is over.
    pub next: Option<Id>,
}

/// Removes what has been kept long enough, in batches that each cost the same, whatever else the tables hold.
///
/// Every batch is a unit of work of its own. It waits for nobody who delivers or publishes, and locks only what
/// it removes. Several processes may remove at once.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait RetentionStore: Send + Sync {
    /// Removes those deliveries of a batch, with their attempts, of which
    /// [`delivery_goes`](slotflow_domain::retention::delivery_goes) says so.
    async fn remove_deliveries(
        &self,
        batch: RetentionBatch<DeliveryId>,
    ) -> Result<RetentionProgress<DeliveryId>, StoreError>;

    /// Removes those events of a batch of which [`event_goes`](slotflow_domain::retention::event_goes) says so.
    async fn remove_events(
        &self,
        batch: RetentionBatch<EventId>,
    ) -> Result<RetentionProgress<EventId>, StoreError>;

    /// Removes up to `limit` of webhooks' hours that begin before this moment, oldest first, and says how many.
    async fn remove_hours(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;

    /// Removes up to `limit` replays that were finished before this moment, and says how many.
    async fn remove_replays(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;

    /// Removes up to `limit` kept answers that are from `expired_at` or earlier, and says how many.
    async fn remove_answers(&self, expired_at: Timestamp, limit: u32) -> Result<u64, StoreError>;
}
