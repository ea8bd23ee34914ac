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
