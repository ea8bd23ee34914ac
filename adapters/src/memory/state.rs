//! What the in-memory store holds at one moment.

use slotflow_application::ports::{ApiKeyRecord, StoreError, WantedSlot};
use slotflow_domain::booking::{Booking, BookingStatus, TimeSlot};
use slotflow_domain::delivery::{Attempt, AttemptNumber, Delivery, Progress, Replay};
use slotflow_domain::event::{Event, OutboxPosition};
use slotflow_domain::health::WebhookHour;
use slotflow_domain::idempotency::{IdempotencyKey, KeptAnswer};
use slotflow_domain::organization::Organization;
use slotflow_domain::webhook::{DisabledReason, WaitingDeliveries, Webhook, WebhookStanding};
use slotflow_domain::{
    ApiKeyId, BookingId, DeliveryId, EventId, OrganizationId, ReplayId, Timestamp, WebhookId,
};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;
use uuid::Uuid;

/// Rows by key, in the order of their keys. A copy shares everything with its original until one of the two
/// is written to.
pub(super) type Table<K, V> = Arc<BTreeMap<K, Arc<V>>>;

/// Everything there is. Copying it costs next to nothing; that is how a unit of work begins.
#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) organizations: Table<OrganizationId, Organization>,
    pub(super) api_keys: Table<ApiKeyId, ApiKeyRecord>,
    pub(super) webhooks: Table<WebhookId, WebhookRow>,
    pub(super) bookings: Table<BookingId, Booking>,
    pub(super) events: Table<EventId, Event>,
    pub(super) deliveries: Table<DeliveryId, Delivery>,
    pub(super) attempts: Table<(DeliveryId, AttemptNumber), Attempt>,
    pub(super) answers: Table<(OrganizationId, IdempotencyKey), KeptAnswer>,
    pub(super) replays: Table<ReplayId, Replay>,
    pub(super) hours: Table<(WebhookId, Timestamp), WebhookHour>,
    pub(super) outbox: Table<OutboxPosition, super::outbox_table::Row>,
    /// How many rows were ever written into it.
    pub(super) outbox_positions: i64,
    /// The deliveries that somebody must look at again, by when.
    pub(super) waiting: Arc<BTreeSet<(Timestamp, DeliveryId)>>,
}

/// A webhook, which may be deleted: its deliveries still name it.
#[derive(Clone)]
pub(super) struct WebhookRow {
    pub(super) webhook: Webhook,
    pub(super) deleted_at: Option<Timestamp>,
}

impl WebhookRow {
    pub(super) fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }

    pub(super) fn standing(&self) -> WebhookStanding {
        if self.is_deleted() { WebhookStanding::Deleted } else { self.webhook.activity.standing() }
    }
}

/// Behind every delivery that waits for the same moment.
pub(super) const LAST_ID: DeliveryId = DeliveryId::new(Uuid::max());

/// A change that breaks the store's own constraints.
pub(super) fn refused(why: &'static str) -> StoreError {
    StoreError::Refused(why.into())
}

/// Adds a row under a new key.
pub(super) fn insert<K: Ord + Clone, V>(table: &mut Table<K, V>, key: K, row: V) -> Result<(), StoreError> {
    if Arc::make_mut(table).insert(key, Arc::new(row)).is_some() {
        return Err(refused("there is such a row already"));
    }
    Ok(())
}

/// Replaces a row.
pub(super) fn update<K: Ord + Clone, V>(table: &mut Table<K, V>, key: K, row: V) {
    Arc::make_mut(table).insert(key, Arc::new(row));
}

impl State {
    /// The organization's webhooks that are not deleted.
    pub(super) fn webhooks_of(&self, organization_id: OrganizationId) -> impl Iterator<Item = &Webhook> {
        self.webhooks
            .values()
            .filter(|row| !row.is_deleted())
            .map(|row| &row.webhook)
            .filter(move |webhook| webhook.organization_id == organization_id)
    }

    /// The confirmed slots of the wanted one's human that overlap it.
    pub(super) fn overlaps(&self, wanted: &WantedSlot) -> Vec<TimeSlot> {
        let theirs = self.bookings.values().filter(|booking| {
            booking.organization_id == wanted.organization_id && booking.human_id == wanted.human_id
        });
        theirs
            .filter(|booking| {
                booking.status == BookingStatus::Confirmed && booking.slot.overlaps(&wanted.slot)
            })
            .map(|booking| booking.slot)
            .collect()
    }

    /// The organization's webhook, unless it is deleted.
    pub(super) fn webhook_of(&self, organization_id: OrganizationId, id: WebhookId) -> Option<&Webhook> {
        let row = self.webhooks.get(&id)?;
        (!row.is_deleted() && row.webhook.organization_id == organization_id).then_some(&row.webhook)
    }

    /// How a delivery's webhook stands.
    pub(super) fn standing(&self, id: WebhookId) -> Result<WebhookStanding, StoreError> {
        let row =
            self.webhooks.get(&id).ok_or_else(|| StoreError::corrupt("a delivery without a webhook"))?;
        Ok(row.standing())
    }

    /// Adds a delivery.
    pub(super) fn insert_delivery(&mut self, delivery: Delivery) -> Result<(), StoreError> {
        if self.deliveries.contains_key(&delivery.id) {
            return Err(refused("there is such a delivery already"));
        }
        self.put_delivery(delivery);
        Ok(())
    }

    /// Writes how far a delivery has come.
    pub(super) fn put_progress(&mut self, delivery: &Delivery, progress: Progress) {
        self.put_delivery(Delivery { progress, ..delivery.clone() });
    }

    /// The only way a delivery is written: table and index never disagree.
    fn put_delivery(&mut self, delivery: Delivery) {
        let id = delivery.id;
        let wake_at = delivery.progress.state().wake_at();
        let before = Arc::make_mut(&mut self.deliveries).insert(id, Arc::new(delivery));
        let waiting = Arc::make_mut(&mut self.waiting);
        if let Some(moment) = before.and_then(|before| before.progress.state().wake_at()) {
            waiting.remove(&(moment, id));
        }
        if let Some(moment) = wake_at {
            waiting.insert((moment, id));
        }
    }

    /// Removes a final delivery, for which nobody waits, with its attempts.
    pub(super) fn remove_delivery(&mut self, id: DeliveryId) {
        let attempts: Vec<_> = self.attempts_of(id).map(|attempt| (id, attempt.number)).collect();
        for key in attempts {
            Arc::make_mut(&mut self.attempts).remove(&key);
        }
        Arc::make_mut(&mut self.deliveries).remove(&id);
    }

    /// The first moment later than `moment` at which a delivery becomes due or a lease ends.
    pub(super) fn first_wake_after(&self, moment: Timestamp) -> Option<Timestamp> {
        let later = (Bound::Excluded((moment, LAST_ID)), Bound::Unbounded);
        self.waiting.range(later).next().map(|(moment, _)| *moment)
    }

    /// Records an attempt.
    pub(super) fn insert_attempt(&mut self, id: DeliveryId, attempt: Attempt) -> Result<(), StoreError> {
        insert(&mut self.attempts, (id, attempt.number), attempt)
    }

    /// The delivery's attempts, first to last.
    pub(super) fn attempts_of(&self, id: DeliveryId) -> impl DoubleEndedIterator<Item = &Attempt> {
        let all = (id, AttemptNumber::FIRST)..=(id, AttemptNumber::after(u16::MAX));
        self.attempts.range(all).map(|(_, attempt)| &**attempt)
    }

    /// Moves the deliveries that wait for a webhook. Answers how many were moved.
    pub(super) fn move_waiting(&mut self, id: WebhookId, how: WaitingDeliveries, now: Timestamp) -> u64 {
        let deliveries = Arc::clone(&self.deliveries);
        let mut moved = 0;
        for delivery in deliveries.values().filter(|delivery| delivery.webhook_id == id) {
            let progress = match how {
                WaitingDeliveries::Hold => delivery.progress.hold(),
                WaitingDeliveries::Resume => delivery.progress.resume(now),
                WaitingDeliveries::Discard => delivery.progress.discard(now),
                WaitingDeliveries::Cancel => delivery.progress.cancel(now),
            };
            if progress != delivery.progress {
                self.put_progress(delivery, progress);
                moved += 1;
            }
        }
        moved
    }

    /// Disables an active webhook. Answers whether that changed anything.
    pub(super) fn disable(&mut self, id: WebhookId, reason: DisabledReason, now: Timestamp) -> bool {
        let Some(row) = self.webhooks.get(&id).filter(|row| row.standing() != WebhookStanding::Deleted)
        else {
            return false;
        };
        let mut row = WebhookRow::clone(row);
        let Some(waiting) = row.webhook.disable(reason) else { return false };
        update(&mut self.webhooks, id, row);
        self.move_waiting(id, waiting, now);
        true
    }
}
