//! How many requests are on the wire, in all and per webhook.

use crate::ports::Room;
use slotflow_domain::WebhookId;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The sending slots. A claim asks for no more than are free, so that no lease runs out in a queue.
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
    total: usize,
    by_webhook: BTreeMap<WebhookId, usize>,
}

impl Taken {
    fn take(&mut self, webhook_id: WebhookId) {
        self.total += 1;
        *self.by_webhook.entry(webhook_id).or_default() += 1;
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

    /// What may be claimed now.
    pub(super) fn room(&self) -> Room {
        let taken = self.taken();
        Room {
            total: self.0.total.saturating_sub(taken.total),
            per_webhook: self.0.per_webhook,
            in_flight: taken.by_webhook.clone(),
        }
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
        let kept_free = self.0.total / 4;
        let of_webhook = taken.by_webhook.get(&webhook_id).copied().unwrap_or(0);
        if !taken.open || taken.total + kept_free >= self.0.total || of_webhook >= self.0.per_webhook {
            return None;
        }
        taken.take(webhook_id);
        Some(Slot { slots: self.clone(), webhook_id })
    }

    /// Returns once no slot is taken.
    pub(super) async fn all_free(&self) {
        while self.taken().total > 0 {
            self.freed().await;
        }
    }

    /// Takes a slot for a claimed delivery. None may be left although the claim asked for no more than there
    /// were: first attempts reserve slots while a claim is under way.
    pub(super) fn take(&self, webhook_id: WebhookId) -> Option<Slot> {
        let mut taken = self.taken();
        let of_webhook = taken.by_webhook.get(&webhook_id).copied().unwrap_or(0);
        if taken.total >= self.0.total || of_webhook >= self.0.per_webhook {
            return None;
        }
        taken.take(webhook_id);
        Some(Slot { slots: self.clone(), webhook_id })
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

    #[tokio::test]
    async fn a_dropped_slot_is_free_again_and_says_so() {
        let slots = Slots::new(2, 1);
        let webhook = WebhookId::new(Uuid::from_u128(1));
        let slot = slots.take(webhook);
        assert!(slot.is_some());
        assert_eq!(slots.room().total, 1);
        assert_eq!(slots.room().for_webhook(webhook), 0);
        drop(slot);
        slots.freed().await;
        slots.freed_of_full_webhook().await;
        assert_eq!(slots.room(), Room { total: 2, per_webhook: 1, in_flight: BTreeMap::new() });
    }

    #[test]
    fn no_more_slots_are_taken_than_there_are() {
        let webhook = |id| WebhookId::new(Uuid::from_u128(id));
        let slots = Slots::new(2, 1);
        let one = slots.take(webhook(1));
        assert!(one.is_some());
        assert!(slots.take(webhook(1)).is_none(), "a webhook's share is its share");
        let other = slots.take(webhook(2));
        assert!(other.is_some());
        assert!(slots.take(webhook(3)).is_none(), "all are taken");
        drop(one);
        assert!(slots.take(webhook(3)).is_some());
    }

    #[test]
    fn reservations_need_a_running_dispatcher_and_leave_a_quarter_free() {
        let webhook = |id| WebhookId::new(Uuid::from_u128(id));
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
