//! Removing what has been kept long enough.

use super::MemoryStore;
use super::state::{State, Table};
use super::store::{Changes, Wake};
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

    async fn remove_hours(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let changes = self.change().await;
        let mut old: Vec<_> =
            changes.state.hours.keys().filter(|(_, start)| *start < before).copied().collect();
        old.sort_by_key(|(_, start)| *start);
        Ok(remove(changes, old, limit, |state, key| {
            Arc::make_mut(&mut state.hours).remove(key);
        }))
    }

    async fn remove_replays(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let changes = self.change().await;
        let replays = changes.state.replays.values();
        let old = replays.filter(|replay| replay.finished_at.is_some_and(|at| at < before));
        let old: Vec<_> = old.map(|replay| replay.id).collect();
        Ok(remove(changes, old, limit, |state, id| {
            Arc::make_mut(&mut state.replays).remove(id);
        }))
    }

    async fn remove_answers(&self, expired_at: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let changes = self.change().await;
        let expired = changes.state.answers.iter().filter(|(_, kept)| kept.answered_at <= expired_at);
        let expired: Vec<_> = expired.map(|(key, _)| key.clone()).collect();
        Ok(remove(changes, expired, limit, |state, key| {
            Arc::make_mut(&mut state.answers).remove(key);
        }))
    }
}

/// Removes up to `limit` of these rows, and says how many.
fn remove<K>(mut changes: Changes, keys: Vec<K>, limit: u32, remove_one: impl Fn(&mut State, &K)) -> u64 {
    let mut removed = 0;
    for key in keys.iter().take(usize::try_from(limit).unwrap_or(usize::MAX)) {
        remove_one(&mut changes.state, key);
        removed += 1;
    }
    changes.commit(Wake::No);
    removed
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

#[cfg(test)]
mod tests {
    use crate::memory::TestKit;
    use slotflow_application::ports::{Clock as _, DeliveryFilter};
    use slotflow_application::retention::Removed;
    use slotflow_application::webhooks::{RegisterWebhook, UpdateWebhook};
    use slotflow_domain::booking::{AttendeeName, BookingRequest, DurationMinutes, Metadata, TimeSlot};
    use slotflow_domain::organization::{OrganizationName, Plan};
    use slotflow_domain::retention::RetentionPeriod;
    use slotflow_domain::{HumanId, OrganizationId};
    use std::time::Duration;
    use tokio_util::sync::CancellationToken;
    use uuid::Uuid;

    const HOUR: Duration = Duration::from_secs(60 * 60);
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    /// A kit with an organization whose webhooks are at these hosts.
    async fn kit_with(hosts: &[&str]) -> (TestKit, OrganizationId) {
        let kit = TestKit::new();
        let name = OrganizationName::parse("Startup").unwrap();
        let organization_id = kit.organizations().create(name, Plan::Growth).await.unwrap().0.id;
        for host in hosts {
            let events = vec!["booking.confirmed".to_owned()];
            let request = RegisterWebhook { url: format!("https://{host}/"), events };
            kit.webhooks().register(organization_id, request).await.unwrap();
        }
        (kit, organization_id)
    }

    async fn book(kit: &TestKit, organization_id: OrganizationId) {
        let request = BookingRequest {
            human_id: HumanId::new(Uuid::from_u128(1)),
            slot: TimeSlot::new(kit.clock.now(), DurationMinutes::new(1).unwrap()).unwrap(),
            attendee_name: AttendeeName::parse("Alex Rivera").unwrap(),
            attendee_email: None,
            metadata: Metadata::empty(),
        };
        kit.bookings().confirm(organization_id, request).await.unwrap();
        kit.settle_down().await;
    }

    async fn sweep(kit: &TestKit) -> (u64, u64) {
        let sweep = kit.retention(RetentionPeriod::default());
        let Removed { deliveries, events, .. } = sweep.sweep(&CancellationToken::new()).await.unwrap();
        (deliveries, events)
    }

    async fn deliveries(kit: &TestKit, organization_id: OrganizationId) -> usize {
        let filter = DeliveryFilter { limit: 100, ..DeliveryFilter::default() };
        kit.deliveries().list(organization_id, filter).await.unwrap().deliveries.len()
    }

    #[tokio::test]
    async fn a_delivery_goes_thirty_days_after_its_end_and_its_event_with_it() {
        let (kit, organization_id) = kit_with(&["a.io"]).await;
        book(&kit, organization_id).await;
        kit.advance(30 * DAY).await;
        assert_eq!(sweep(&kit).await, (0, 0), "thirty days are not over before they are over");
        kit.advance(Duration::from_millis(1)).await;
        assert_eq!(sweep(&kit).await, (1, 1));
        assert_eq!(deliveries(&kit, organization_id).await, 0);
        assert_eq!(sweep(&kit).await, (0, 0));
    }

    #[tokio::test]
    async fn a_failed_delivery_counts_from_its_last_attempt() {
        let (kit, organization_id) = kit_with(&["a.io"]).await;
        kit.sender.fail_times(3);
        book(&kit, organization_id).await;
        kit.advance(30 * DAY + HOUR).await;
        assert_eq!(sweep(&kit).await, (0, 0), "the last attempt was 65 minutes after the first");
        kit.advance(HOUR).await;
        assert_eq!(sweep(&kit).await, (1, 1));
    }

    #[tokio::test]
    async fn an_event_stays_as_long_as_one_of_its_deliveries_is_held() {
        let (kit, organization_id) = kit_with(&["a.io", "b.io"]).await;
        let held = kit.webhooks().list(organization_id).await.unwrap()[1].id;
        let active = |active| UpdateWebhook { active: Some(active), ..UpdateWebhook::default() };
        kit.webhooks().update(organization_id, held, active(false)).await.unwrap();
        book(&kit, organization_id).await;
        kit.advance(365 * DAY).await;
        assert_eq!(sweep(&kit).await, (1, 0));
        assert_eq!(deliveries(&kit, organization_id).await, 1);

        kit.webhooks().update(organization_id, held, active(true)).await.unwrap();
        kit.advance(DAY).await;
        let sent = kit.sender.requests();
        assert_eq!((sent.len(), sent[1].body()), (2, sent[0].body()), "it can still be sent, a year later");
        kit.advance(30 * DAY).await;
        assert_eq!(sweep(&kit).await, (1, 1));
    }

    #[tokio::test]
    async fn a_run_sweeps_at_once_and_then_every_ten_minutes() {
        let (kit, organization_id) = kit_with(&["a.io"]).await;
        let stop = CancellationToken::new();
        let running = tokio::spawn(kit.retention(RetentionPeriod::new(HOUR).unwrap()).run(stop.clone()));
        book(&kit, organization_id).await;
        for (minutes, left) in [(55, 1), (11, 0)] {
            kit.advance(Duration::from_secs(minutes * 60)).await;
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            assert_eq!(deliveries(&kit, organization_id).await, left, "{minutes} minutes later");
        }
        stop.cancel();
        running.await.unwrap();
    }
}
