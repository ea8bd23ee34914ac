//! What one claim left behind.

use super::slots::Slots;
use crate::ports::Room;
use slotflow_domain::delivery::ClaimedDelivery;
use slotflow_domain::{Timestamp, WebhookId};
use std::collections::{BTreeMap, BTreeSet};

/// A claim that was made, and where it stopped for want of room.
///
/// Judged by the room that was asked for: slots that were freed while the claim was on its way were not offered
/// to it, so there may be more for them, and nobody will ring for them a second time.
pub(super) struct Round {
    /// The moment up to which it took all that was due, except where it stopped.
    pub(super) at: Timestamp,
    /// Whether it took as much as there was room for in all.
    pub(super) took_all_room: bool,
    /// The webhooks that have their share since, or had it before.
    at_their_share: BTreeSet<WebhookId>,
}

impl Round {
    /// The round at `at`, which was offered `room`.
    pub(super) fn of(at: Timestamp, room: &Room, claimed: &[ClaimedDelivery]) -> Self {
        let mut by_webhook: BTreeMap<WebhookId, usize> = BTreeMap::new();
        for delivery in claimed {
            *by_webhook.entry(delivery.webhook_id).or_default() += 1;
        }
        let filled = by_webhook.into_iter().filter(|(id, count)| *count >= room.for_webhook(*id));
        Self {
            at,
            took_all_room: claimed.len() >= room.total,
            at_their_share: filled.map(|(id, _)| id).chain(room.full_webhooks()).collect(),
        }
    }

    /// Whether some webhook has its share, so that what is due to it was left.
    pub(super) fn passed_some_over(&self) -> bool {
        !self.at_their_share.is_empty()
    }

    /// Whether there is enough room by now, where it stopped, for a claim that is worth its cost: a quarter of all
    /// slots, or half of a webhook's share.
    pub(super) fn is_worth_a_claim(&self, slots: &Slots) -> bool {
        let free = slots.are_free();
        let half_of_a_share = slots.per_webhook().div_ceil(2);
        free > 0
            && ((self.took_all_room && free >= slots.total().div_ceil(4))
                || self.at_their_share.iter().any(|id| slots.for_webhook(*id) >= half_of_a_share))
    }

    /// Whether there is room by now where it stopped.
    pub(super) fn may_go_on(&self, slots: &Slots) -> bool {
        slots.are_free() > 0
            && (self.took_all_room || self.at_their_share.iter().any(|id| slots.for_webhook(*id) > 0))
    }
}

#[cfg(test)]
mod tests {
    use super::super::slots::Slot;
    use super::*;
    use uuid::Uuid;

    fn now() -> Timestamp {
        Timestamp::parse_rfc3339("2026-03-10T14:00:00Z").unwrap()
    }

    fn webhook(id: u128) -> WebhookId {
        WebhookId::new(Uuid::from_u128(id))
    }

    /// Takes a slot for each of these webhooks.
    fn take(slots: &Slots, webhooks: &[u128]) -> Vec<Slot> {
        slots.open();
        let mut taken = Vec::new();
        for id in webhooks {
            taken.extend(slots.offer().take(webhook(*id)));
        }
        assert_eq!(taken.len(), webhooks.len());
        taken
    }

    #[test]
    fn one_slot_of_many_is_not_worth_a_claim_and_a_quarter_is() {
        let slots = Slots::new(8, 2);
        let mut taken = take(&slots, &[1, 2, 3, 4, 5, 6, 7, 8]);
        let round = Round::of(now(), &Room::default(), &[]);
        assert!(!round.may_go_on(&slots) && !round.is_worth_a_claim(&slots));
        taken.pop();
        assert!(round.may_go_on(&slots) && !round.is_worth_a_claim(&slots));
        taken.pop();
        assert!(round.is_worth_a_claim(&slots));
    }

    #[test]
    fn half_of_a_webhooks_share_is_worth_a_claim() {
        let slots = Slots::new(64, 4);
        let mut taken = take(&slots, &[1, 1, 1, 1]);
        let in_flight = BTreeMap::from([(webhook(1), 4)]);
        let round = Round::of(now(), &Room { total: 30, per_webhook: 4, in_flight }, &[]);
        assert!(!round.may_go_on(&slots));
        taken.pop();
        assert!(round.may_go_on(&slots) && !round.is_worth_a_claim(&slots));
        taken.pop();
        assert!(round.is_worth_a_claim(&slots));
    }
}
