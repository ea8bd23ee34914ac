//! Counting up the ends of attempts.

use super::WebhookHour;
use crate::delivery::{Attempt, AttemptNumber, DeliveryStatus, Settlement};
use crate::{Timestamp, WebhookId};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

/// That an attempt has ended, as far as its webhook's health is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedAttempt {
    /// Whose attempt it was.
    pub webhook_id: WebhookId,
    /// Its place among its delivery's attempts.
    pub number: AttemptNumber,
    /// When it ended.
    pub ended_at: Timestamp,
    /// How long it took, if anybody knows.
    pub duration: Option<Duration>,
    /// Whether the receiver accepted it.
    pub accepted: bool,
    /// What its delivery is since.
    pub delivery: DeliveryStatus,
}

impl EndedAttempt {
    /// The attempt that was settled so, with what its delivery is since.
    pub fn settled(
        webhook_id: WebhookId,
        attempt: &Attempt,
        settlement: Settlement,
        delivery: DeliveryStatus,
    ) -> Self {
        Self {
            webhook_id,
            number: attempt.number,
            ended_at: settlement.ended_at(),
            duration: Some(attempt.report.duration),
            accepted: matches!(settlement, Settlement::Delivered { .. }),
            delivery,
        }
    }

    /// The attempt that counts as failed at `noticed_at`, as its outcome was lost too often. How long it took was lost
    /// with it.
    pub const fn lost(
        webhook_id: WebhookId,
        number: AttemptNumber,
        noticed_at: Timestamp,
        delivery: DeliveryStatus,
    ) -> Self {
        Self { webhook_id, number, ended_at: noticed_at, duration: None, accepted: false, delivery }
    }

    /// Whether it was its delivery's first.
    pub fn is_first(&self) -> bool {
        self.number == AttemptNumber::FIRST
    }
}

/// What these attempts came to, by webhook and by the beginning of the hour: what is to be added to each. In the
/// order of webhooks, so that all who add to several go about it in the same order.
pub fn tally(attempts: &[EndedAttempt]) -> BTreeMap<(WebhookId, Timestamp), WebhookHour> {
    let mut in_order: Vec<_> = attempts.iter().collect();
    in_order.sort_by_key(|attempt| attempt.ended_at);
    let mut hours = BTreeMap::new();
    for attempt in in_order {
        let hour = WebhookHour::of(attempt);
        match hours.entry((attempt.webhook_id, hour.start)) {
            Entry::Vacant(entry) => {
                entry.insert(hour);
            }
            Entry::Occupied(mut entry) => entry.get_mut().absorb(&hour),
        }
    }
    hours
}
