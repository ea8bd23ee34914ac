//! A store whose removals are timed.

use crate::samples::Samples;
use async_trait::async_trait;
use slotflow_adapters::store::SqlStore;
use slotflow_application::ports::{RetentionBatch, RetentionProgress, RetentionStore, StoreError};
use slotflow_domain::{DeliveryId, EventId, Timestamp};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What batches took, those that removed something.
#[derive(Clone, Default)]
pub(crate) struct Batches {
    pub(crate) deliveries: Samples,
    pub(crate) events: Samples,
}

/// The store, and what its batches took.
pub(crate) struct TimedStore {
    pub(crate) store: SqlStore,
    batches: Mutex<Batches>,
}

impl TimedStore {
    pub(crate) fn new(store: SqlStore) -> Self {
        Self { store, batches: Mutex::default() }
    }

    /// What batches took so far.
    pub(crate) fn batches(&self) -> MutexGuard<'_, Batches> {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl RetentionStore for TimedStore {
    async fn remove_deliveries(
        &self,
        batch: RetentionBatch<DeliveryId>,
    ) -> Result<RetentionProgress<DeliveryId>, StoreError> {
        let began = Instant::now();
        let progress = self.store.remove_deliveries(batch).await?;
        if progress.removed > 0 {
            self.batches().deliveries.push(began.elapsed());
        }
        Ok(progress)
    }

    async fn remove_events(
        &self,
        batch: RetentionBatch<EventId>,
    ) -> Result<RetentionProgress<EventId>, StoreError> {
        let began = Instant::now();
        let progress = self.store.remove_events(batch).await?;
        if progress.removed > 0 {
            self.batches().events.push(began.elapsed());
        }
        Ok(progress)
    }

    async fn remove_hours(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.store.remove_hours(before, limit).await
    }

    async fn remove_replays(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.store.remove_replays(before, limit).await
    }

    async fn remove_answers(&self, expired_at: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.store.remove_answers(expired_at, limit).await
    }
}
