//! How many requests are on the wire, in all and per webhook.

use crate::ports::Room;
use slotflow_domain::WebhookId;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};

/// How long a first attempt may have to wait in memory for a slot of its webhook, as far as the last attempt tells. Not
/// long, so that it goes to the webhook as it is now, and far below the length of its lease.
const LONGEST_WAIT: Duration = Duration::from_millis(200);

/// How many first attempts may wait for each request that a webhook may have on the wire, and for each that there may
/// be in all.
const WAITING_PER_WEBHOOK: usize = 16;
const WAITING_IN_ALL: usize = 2;

/// Of how many webhooks it is known at the most how long their attempts take.
const MOST_KNOWN: usize = 10_000;

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
    /// How many wait for a slot of their webhook, or were told that none comes and have not gone yet.
    waiting: usize,
    /// Webhooks with a request on the wire. Only beside one does anything wait.
    by_webhook: BTreeMap<WebhookId, Share>,
    /// How long webhooks' last attempts took. Forgotten once there are too many, which costs each a few claims.
    took: BTreeMap<WebhookId, Duration>,
}

/// What one webhook has of the slots.
#[derive(Default)]
struct Share {
    on_the_wire: usize,
    /// Who is told when a slot is theirs, in this order.
    waiting: VecDeque<oneshot::Sender<()>>,
}

impl Taken {
    /// Takes a slot, unless the webhook has its share.
    fn take(&mut self, webhook_id: WebhookId, share: usize) -> bool {
        let webhook = self.by_webhook.entry(webhook_id).or_default();
        if webhook.on_the_wire >= share {
            return false;
        }
        webhook.on_the_wire += 1;
        self.total += 1;
        true
    }

    /// Waits for a slot of a webhook of which others have all that is not kept for claims; nothing if that would take
    /// too long, or too many wait.
    fn queue(&mut self, webhook_id: WebhookId, most: usize, share: usize) -> Option<oneshot::Receiver<()>> {
        let took = self.took.get(&webhook_id)?;
        let webhook = self.by_webhook.get_mut(&webhook_id)?;
        let ahead = webhook.waiting.len();
        if share < 2 || (webhook.on_the_wire < share && ahead == 0) {
            return None;
        }
        let turns = u32::try_from(ahead / (share - 1) + 1).unwrap_or(u32::MAX);
        let too_long = took.saturating_mul(turns) > LONGEST_WAIT;
        if too_long || ahead >= share * WAITING_PER_WEBHOOK || self.waiting >= most {
            return None;
        }
        let (turn, waiting) = oneshot::channel();
        webhook.waiting.push_back(turn);
        self.waiting += 1;
        Some(waiting)
    }

    /// Remembers how long a webhook's last attempt took.
    fn note(&mut self, webhook_id: WebhookId, took: Duration) {
        if self.took.len() >= MOST_KNOWN {
            self.took.clear();
        }
        self.took.insert(webhook_id, took);
    }

    /// Frees a slot, or hands it over to who waits for it, except for the last of a webhook's share: that is for what
    /// claims bring, or a stream of new events would leave no slot to retries. Answers whether the webhook had its share
    /// until now.
    fn free(&mut self, webhook_id: WebhookId, took: Option<Duration>, share: usize) -> bool {
        if let Some(took) = took {
            self.note(webhook_id, took);
        }
        let Some(webhook) = self.by_webhook.get_mut(&webhook_id) else { return false };
        let was_full = webhook.on_the_wire >= share;
        while !was_full && let Some(next) = webhook.waiting.pop_front() {
            // Some have gone away.
            if next.send(()).is_ok() {
                return false;
            }
        }
        webhook.on_the_wire = webhook.on_the_wire.saturating_sub(1);
        self.total = self.total.saturating_sub(1);
        if webhook.on_the_wire == 0 {
            self.by_webhook.remove(&webhook_id);
        }
        was_full
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
        Some(Slot { slots: self.slots.clone(), webhook_id, waiting: None, took: None })
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        let mut taken = self.slots.taken();
        taken.offered = taken.offered.saturating_sub(self.kept);
    }
}

/// One slot, or a place in the queue for one. Free again when dropped.
pub(super) struct Slot {
    slots: Slots,
    webhook_id: WebhookId,
    /// Says when the slot is there, if it is not yet.
    waiting: Option<oneshot::Receiver<()>>,
    took: Option<Duration>,
}

impl Slot {
    /// Waits until the slot is there. Answers whether it is: no more are given once the dispatcher stops.
    pub(super) async fn is_there(&mut self) -> bool {
        if let Some(waiting) = &mut self.waiting {
            if waiting.await.is_err() {
                return false;
            }
            self.waiting = None;
            self.slots.taken().waiting -= 1;
        }
        true
    }

    /// Whether it is still waited for.
    pub(super) const fn is_waited_for(&self) -> bool {
        self.waiting.is_some()
    }

    /// Frees the slot, and tells how long the attempt took if one was made.
    pub(super) fn free(mut self, took: Option<Duration>) {
        self.took = took;
    }
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
        let in_flight = taken.by_webhook.iter().map(|(id, webhook)| (*id, webhook.on_the_wire)).collect();
        let room = Room { total, per_webhook: self.0.per_webhook, in_flight };
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
        let on_the_wire = self.taken().by_webhook.get(&id).map_or(0, |webhook| webhook.on_the_wire);
        self.0.per_webhook.saturating_sub(on_the_wire)
    }

    fn free(&self, taken: &Taken) -> usize {
        self.0.total.saturating_sub(taken.total + taken.offered)
    }

    /// From now on slots may be reserved.
    pub(super) fn open(&self) {
        self.taken().open = true;
    }

    /// From now on no slot may be reserved, and who waits for one is told that none comes.
    pub(super) fn close(&self) {
        let mut taken = self.taken();
        taken.open = false;
        for webhook in taken.by_webhook.values_mut() {
            webhook.waiting.clear();
        }
    }

    /// Takes a slot for a first attempt, if the dispatcher runs and can spare one, or a place in the queue for one.
    pub(super) fn reserve(&self, webhook_id: WebhookId) -> Option<Slot> {
        let Shared { total, per_webhook, .. } = *self.0;
        let mut taken = self.taken();
        if !taken.open {
            return None;
        }
        let spare = self.free(&taken) > total / 4;
        // Nobody jumps a queue.
        let queued = taken.by_webhook.get(&webhook_id).is_some_and(|webhook| !webhook.waiting.is_empty());
        let waiting = match spare && !queued && taken.take(webhook_id, per_webhook) {
            true => None,
            false => Some(taken.queue(webhook_id, total * WAITING_IN_ALL, per_webhook)?),
        };
        drop(taken);
        Some(Slot { slots: self.clone(), webhook_id, waiting, took: None })
    }

    /// Returns once no slot is taken or waited for.
    pub(super) async fn all_free(&self) {
        while self.is_in_use() {
            self.freed().await;
        }
    }

    fn is_in_use(&self) -> bool {
        let taken = self.taken();
        taken.total + taken.waiting > 0
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
        let was_full = {
            let mut taken = self.slots.taken();
            // Who waits has no slot to free, unless it has just come.
            let is_there = match &mut self.waiting {
                None => true,
                Some(waiting) => {
                    taken.waiting -= 1;
                    waiting.try_recv().is_ok()
                }
            };
            is_there && taken.free(self.webhook_id, self.took, self.slots.0.per_webhook)
        };
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

    /// Slots of which webhook 1 has all of its three, its last attempt having taken so long.
    fn full(took: Duration) -> (Slots, Vec<Slot>) {
        let slots = Slots::new(8, 3);
        slots.open();
        let mut taken: Vec<_> = (0..3).filter_map(|_| slots.reserve(webhook(1))).collect();
        assert_eq!(taken.len(), 3);
        assert!(slots.reserve(webhook(1)).is_none(), "nothing is known of it yet");
        taken.remove(0).free(Some(took));
        taken.extend(slots.reserve(webhook(1)));
        assert!(taken.iter().all(|slot| !slot.is_waited_for()));
        (slots, taken)
    }

    #[tokio::test]
    async fn first_attempts_wait_their_turn_if_it_comes_soon() {
        let (slots, mut taken) = full(LONGEST_WAIT / 2);
        let mut waiting: Vec<_> = (0..3).filter_map(|_| slots.reserve(webhook(1))).collect();
        assert_eq!(waiting.len(), 3);
        assert_eq!((slots.are_free(), slots.for_webhook(webhook(1))), (5, 0), "who waits has no slot");
        taken.remove(0).free(None);
        assert_eq!(slots.for_webhook(webhook(1)), 1, "the last of its share is for claims");
        assert!(slots.reserve(webhook(1)).is_some_and(|slot| slot.is_waited_for()), "nobody jumps the queue");
        taken.remove(0).free(None);
        assert!(waiting[0].is_there().await && !waiting[0].is_waited_for());
        assert_eq!(slots.for_webhook(webhook(1)), 1, "the slot was handed over");
        // One that goes away is passed over.
        drop(waiting.remove(1));
        drop(waiting.remove(0));
        assert!(waiting[0].is_there().await);
        drop((waiting, taken));
        assert_eq!((slots.are_free(), slots.for_webhook(webhook(1))), (8, 3));
    }

    #[test]
    fn what_would_wait_too_long_does_not_wait() {
        let (slots, taken) = full(LONGEST_WAIT + Duration::from_millis(1));
        assert!(slots.reserve(webhook(1)).is_none());
        drop(taken);
        assert!(slots.reserve(webhook(1)).is_some());
        // Two slots, each for one more turn.
        let (slots, _taken) = full(LONGEST_WAIT);
        let waiting: Vec<_> = (0..9).map_while(|_| slots.reserve(webhook(1))).collect();
        assert_eq!(waiting.len(), 2);
    }

    #[test]
    fn only_so_many_wait() {
        let (slots, _taken) = full(Duration::ZERO);
        let waiting: Vec<_> = (0..99).map_while(|_| slots.reserve(webhook(1))).collect();
        assert_eq!(waiting.len(), 8 * WAITING_IN_ALL);
        drop(waiting);
    }

    #[tokio::test]
    async fn who_waits_is_told_when_the_dispatcher_stops() {
        let (slots, taken) = full(Duration::ZERO);
        let mut waiting = slots.reserve(webhook(1)).unwrap();
        slots.close();
        assert!(!waiting.is_there().await);
        drop(taken);
        assert!(slots.is_in_use(), "it has still to give its claim back");
        drop(waiting);
        slots.all_free().await;
        assert_eq!(slots.are_free(), 8);
    }
}
