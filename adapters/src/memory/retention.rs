//! Removing what has been kept long enough.

use super::MemoryStore;
use super::state::Table;
use super::store::Wake;
use async_trait::async_trait;
use slotflow_application::ports::{RetentionBatch, RetentionProgress, RetentionStore, StoreError};
use slotflow_domain::ids::first_uuid_of;
use slotflow_domain::retention::{delivery_goes, event_goes};
use slotflow_domain::{DeliveryId, EventId, Timestamp};
use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

#[async_trait]
impl RetentionStore for MemoryStore {
    async fn remove_deliveries(
        &self,
        batch: RetentionBatch<DeliveryId>,
    ) -> Result<RetentionProgress<DeliveryId>, StoreError> {
        let mut changes = self.change().await;
        let deliveries = Arc::clone(&changes.state.deliveries);
        let being_repeated: BTreeSet<DeliveryId> = deliveries
            .values()
            .filter(|delivery| delivery.progress.state().completed_at().is_none())
            .filter_map(|delivery| delivery.retry_of)
            .collect();
        let end = DeliveryId::new(first_uuid_of(batch.cutoff));
        let (mut removed, next) = (0, next(&deliveries, batch, end));
        for (id, delivery) in rows(&deliveries, batch, end) {
            if delivery_goes(&delivery.progress, being_repeated.contains(id), batch.cutoff) {
                changes.state.remove_delivery(*id);
                removed += 1;
            }
        }
        changes.commit(Wake::No);
        Ok(RetentionProgress { removed, next })
    }

    async fn remove_events(
        &self,
        batch: RetentionBatch<EventId>,
    ) -> Result<RetentionProgress<EventId>, StoreError> {
        let mut changes = self.change().await;
        let events = Arc::clone(&changes.state.events);
        let with_deliveries: BTreeSet<EventId> =
            changes.state.deliveries.values().map(|delivery| delivery.event_id).collect();
        let end = EventId::new(first_uuid_of(batch.cutoff));
        let (mut removed, next) = (0, next(&events, batch, end));
        for (id, event) in rows(&events, batch, end) {
            if event_goes(event.created_at, with_deliveries.contains(id), batch.cutoff) {
                Arc::make_mut(&mut changes.state.events).remove(id);
                removed += 1;
            }
        }
        changes.commit(Wake::No);
        Ok(RetentionProgress { removed, next })
    }

    async fn remove_answers(&self, expired_at: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut changes = self.change().await;
        let answers = Arc::clone(&changes.state.answers);
        let expired = answers.iter().filter(|(_, kept)| kept.answered_at <= expired_at);
        let mut removed = 0;
        for (key, _) in expired.take(usize::try_from(limit).unwrap_or(usize::MAX)) {
            Arc::make_mut(&mut changes.state.answers).remove(key);
            removed += 1;
        }
        changes.commit(Wake::No);
        Ok(removed)
    }
}

/// The rows of a batch of a walk that goes no further than `end`.
fn rows<Id: Ord + Copy, V>(
    table: &Table<Id, V>,
    batch: RetentionBatch<Id>,
    end: Id,
) -> impl Iterator<Item = (&Id, &Arc<V>)> {
    let behind = batch.after.map_or(Bound::Unbounded, Bound::Excluded);
    let limit = usize::try_from(batch.limit).unwrap_or(usize::MAX);
    table.range((behind, Bound::Unbounded)).take_while(move |(id, _)| **id < end).take(limit)
}

/// Behind which row the next batch begins: the last of this one if it was full.
fn next<Id: Ord + Copy, V>(table: &Table<Id, V>, batch: RetentionBatch<Id>, end: Id) -> Option<Id> {
    let limit = usize::try_from(batch.limit).unwrap_or(usize::MAX);
    let ids: Vec<Id> = rows(table, batch, end).map(|(id, _)| *id).collect();
    ids.last().copied().filter(|_| ids.len() == limit)
}
