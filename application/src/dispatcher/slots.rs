//! How many requests are on the wire, in all and per webhook.

use crate::ports::Room;
use slotflow_domain::WebhookId;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The sending slots. A claim asks for no more than are kept for it, so that no lease runs out in a queue.
#[derive(Clone)]
pub(super) struct Slots(Arc<Shared>);

struct Shared {
    total: usize,
    per_webhook: usize,
    taken: Mutex<Taken>,
    freed: Notify,
    freed_of_full_webhook: Notify,
}

#[derive(Default)]
struct Taken {
    /// Whether a dispatcher runs on these slots.
    open: bool,
    /// Slots that a claim under way may come to need.
    offered: usize,
    total: usize,
    by_webhook: BTreeMap<WebhookId, usize>,
}

impl Taken {
    /// Takes a slot, unless the webhook has its share.
    fn take(&mut self, webhook_id: WebhookId, share: usize) -> bool {
        let count = self.by_webhook.entry(webhook_id).or_default();
        if *count >= share {
            return false;
        }
        *count += 1;
        self.total += 1;
        true
    }
}

/// Slots that are kept for what a claim brings. Those it does not use are free again when it is dropped.
pub(super) struct Offer {
    slots: Slots,
    kept: usize,
    room: Room,
}

impl Offer {
    /// What may be claimed.
    pub(super) const fn room(&self) -> &Room {
        &self.room
    }

    /// Takes one of the slots; nothing if the webhook has its share by now, or the offer is used up.
    pub(super) fn take(&mut self, webhook_id: WebhookId) -> Option<Slot> {
        let mut taken = self.slots.taken();
        if self.kept == 0 || !taken.take(webhook_id, self.slots.0.per_webhook) {
            return None;
        }
        self.kept -= 1;
        taken.offered = taken.offered.saturating_sub(1);
        drop(taken);
        Some(Slot { slots: self.slots.clone(), webhook_id })
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        let mut taken = self.slots.taken();
        taken.offered = taken.offered.saturating_sub(self.kept);
    }
}

/// One slot, free again when dropped.
pub(super) struct Slot {
    slots: Slots,
    webhook_id: WebhookId,
}

impl Slots {
    pub(super) fn new(total: usize, per_webhook: usize) -> Self {
        Self(Arc::new(Shared {
            total,
            per_webhook,
            taken: Mutex::default(),
            freed: Notify::new(),
            freed_of_full_webhook: Notify::new(),
        }))
    }

    /// What may be claimed now: half of what is free, rounded up, kept until the offer is dropped. The other half
    /// is for first attempts meanwhile.
    pub(super) fn offer(&self) -> Offer {
        let mut taken = self.taken();
        let total = self.free(&taken).div_ceil(2);
        taken.offered += total;
        let room = Room { total, per_webhook: self.0.per_webhook, in_flight: taken.by_webhook.clone() };
        Offer { slots: self.clone(), kept: total, room }
    }

    /// How many slots there are.
    pub(super) fn total(&self) -> usize {
        self.0.total
    }

    /// How many of them one webhook may take.
    pub(super) fn per_webhook(&self) -> usize {
        self.0.per_webhook
    }

    /// How many slots are neither taken nor offered.
    pub(super) fn are_free(&self) -> usize {
        self.free(&self.taken())
    }

    /// How many more of this webhook's deliveries may be on the wire.
    pub(super) fn for_webhook(&self, id: WebhookId) -> usize {
        let on_the_wire = self.taken().by_webhook.get(&id).copied().unwrap_or(0);
        self.0.per_webhook.saturating_sub(on_the_wire)
    }

    fn free(&self, taken: &Taken) -> usize {
        self.0.total.saturating_sub(taken.total + taken.offered)
    }

    /// From now on slots may be reserved.
    pub(super) fn open(&self) {
        self.taken().open = true;
    }

    /// From now on no slot may be reserved.
    pub(super) fn close(&self) {
        self.taken().open = false;
    }

    /// Takes a slot for a first attempt, if the dispatcher runs and can spare one.
    pub(super) fn reserve(&self, webhook_id: WebhookId) -> Option<Slot> {
        let mut taken = self.taken();
        if !taken.open || self.free(&taken) <= self.0.total / 4 || !taken.take(webhook_id, self.0.per_webhook)
        {
            return None;
        }
        Some(Slot { slots: self.clone(), webhook_id })
    }

    /// Returns once no slot is taken.
    pub(super) async fn all_free(&self) {
        while self.taken().total > 0 {
            self.freed().await;
        }
    }

    /// Returns once a slot was freed.
    pub(super) async fn freed(&self) {
        self.0.freed.notified().await;
    }

    /// Returns once a webhook that had its share has room again: its deliveries may be due and were passed
    /// over.
    pub(super) async fn freed_of_full_webhook(&self) {
        self.0.freed_of_full_webhook.notified().await;
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        // Plain counters: they are right even if a holder panicked.
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut was_full = false;
        {
            let mut taken = self.slots.taken();
            taken.total = taken.total.saturating_sub(1);
            if let Some(count) = taken.by_webhook.get_mut(&self.webhook_id) {
                was_full = *count >= self.slots.0.per_webhook;
                *count = count.saturating_sub(1);
                if *count == 0 {
                    taken.by_webhook.remove(&self.webhook_id);
                }
            }
        }
        self.slots.0.freed.notify_one();
        if was_full {
            self.slots.0.freed_of_full_webhook.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn webhook(id: u128) -> WebhookId {
        WebhookId::new(Uuid::from_u128(id))
    }

    #[tokio::test]
    async fn a_dropped_slot_is_free_again_and_says_so() {
        let slots = Slots::new(2, 1);
        let mut offer = slots.offer();
        assert_eq!(offer.room().total, 1);
        let slot = offer.take(webhook(1));
        assert!(slot.is_some() && offer.take(webhook(2)).is_none(), "an offer is no more than it says");
        drop(offer);
        assert_eq!((slots.are_free(), slots.for_webhook(webhook(1))), (1, 0));
        drop(slot);
        slots.freed().await;
        slots.freed_of_full_webhook().await;
        assert_eq!((slots.are_free(), slots.for_webhook(webhook(1))), (2, 1));
    }

    #[test]
    fn what_is_offered_to_a_claim_is_reserved_by_nobody_else() {
        let slots = Slots::new(8, 8);
        slots.open();
        let offer = slots.offer();
        assert_eq!(offer.room().total, 4);
        let reserved: Vec<_> = (0..8).filter_map(|id| slots.reserve(webhook(id))).collect();
        assert_eq!(reserved.len(), 2, "half is offered, a quarter is kept");
        drop(offer);
        assert_eq!(slots.are_free(), 6);
    }

    #[test]
    fn a_share_that_was_used_up_meanwhile_is_not_exceeded() {
        let slots = Slots::new(8, 1);
        slots.open();
        let mut offer = slots.offer();
        let first = slots.reserve(webhook(1));
        assert!(first.is_some() && offer.take(webhook(1)).is_none());
        assert!(offer.take(webhook(2)).is_some());
    }

    #[test]
    fn reservations_need_a_running_dispatcher_and_leave_a_quarter_free() {
        let slots = Slots::new(4, 2);
        assert!(slots.reserve(webhook(1)).is_none(), "nobody runs");
        slots.open();
        let reserved: Vec<_> = (0..3).filter_map(|_| slots.reserve(webhook(1))).collect();
        assert_eq!(reserved.len(), 2, "a webhook's share is its share");
        let third = slots.reserve(webhook(2));
        assert!(third.is_some());
        assert!(slots.reserve(webhook(3)).is_none(), "the last quarter is for what waits");
        drop(reserved);
        assert!(slots.reserve(webhook(3)).is_some());
        slots.close();
        assert!(slots.reserve(webhook(3)).is_none(), "nobody runs any more");
    }
}
