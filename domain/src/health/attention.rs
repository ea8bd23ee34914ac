//! Whether a webhook's owner should look after it, and why.

use super::WebhookHealth;
use crate::Timestamp;
use crate::webhook::{DisabledReason, Webhook, WebhookActivity};
use std::cmp::{Ordering, Reverse};
use std::time::Duration;

/// Why a webhook needs its owner's attention. What is more urgent is less, so that it comes first when sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// Its receiver answered `410 Gone`, and it is disabled.
    Gone,
    /// It failed for so long that it was disabled.
    DisabledForFailing,
    /// Its last attempts failed, the more the more urgent.
    Failing {
        /// How many they are.
        attempts: u64,
        /// When the first of them ended.
        since: Timestamp,
    },
    /// Deliveries were given up within the last day, as [`WebhookHealth::failed_24h`] counts them.
    GaveUp {
        /// How many.
        deliveries: u64,
    },
    /// Nothing fails, and yet something has waited for very long: more comes in than its receiver takes.
    Late {
        /// When the oldest delivery that waits was made.
        oldest_pending_at: Timestamp,
    },
    /// Its owner disabled it, and what is meant for it is held.
    Paused,
}

impl Attention {
    /// How many failures in a row are no accident any more: 3.
    pub const FAILURES: u64 = 3;

    /// How long a delivery may wait for its first attempt: 10 minutes.
    pub const LATE_AFTER: Duration = Duration::from_secs(10 * 60);

    /// The most urgent reason there is at `now`, if any.
    pub fn of(webhook: &Webhook, health: &WebhookHealth, now: Timestamp) -> Option<Self> {
        match webhook.activity {
            WebhookActivity::Disabled(reason) => Some(Self::of_disabled(reason)),
            WebhookActivity::Active => Self::failing(health, webhook.active_since)
                .or_else(|| Self::gave_up(health))
                .or_else(|| Self::late(health, webhook.active_since, now)),
        }
    }

    /// Why a webhook needs it that is disabled for this reason. That says it all: what failed before is no longer
    /// going on, and its health need not be known.
    pub const fn of_disabled(reason: DisabledReason) -> Self {
        match reason {
            DisabledReason::Gone => Self::Gone,
            DisabledReason::Failing => Self::DisabledForFailing,
            DisabledReason::Requested => Self::Paused,
        }
    }

    /// Once enabled again, or with another URL, a webhook is not failing until it fails anew.
    fn failing(health: &WebhookHealth, active_since: Timestamp) -> Option<Self> {
        let anew = health.last_failure_at.is_some_and(|last| last >= active_since);
        let attempts = health.consecutive_failures;
        let since = health.failing_since.filter(|_| anew && attempts >= Self::FAILURES)?;
        Some(Self::Failing { attempts, since })
    }

    fn gave_up(health: &WebhookHealth) -> Option<Self> {
        let deliveries = health.failed_24h;
        (deliveries > 0).then_some(Self::GaveUp { deliveries })
    }

    /// An attempt that failed since the oldest was made may have been its own: then it waits for its next one, as it
    /// should. And what was held waits only since its webhook was enabled.
    fn late(health: &WebhookHealth, active_since: Timestamp, now: Timestamp) -> Option<Self> {
        let oldest_pending_at = health.oldest_pending_at?;
        let failed_since = health.last_failure_at.is_some_and(|last| last >= oldest_pending_at);
        let waits = now.since(oldest_pending_at.max(active_since));
        (!failed_since && waits > Self::LATE_AFTER).then_some(Self::Late { oldest_pending_at })
    }

    /// By kind first, then by how bad it is, then by how long it has been so.
    const fn urgency(self) -> (u8, Reverse<u64>, Timestamp) {
        match self {
            Self::Gone => (0, Reverse(0), Timestamp::MIN),
            Self::DisabledForFailing => (1, Reverse(0), Timestamp::MIN),
            Self::Failing { attempts, since } => (2, Reverse(attempts), since),
            Self::GaveUp { deliveries } => (3, Reverse(deliveries), Timestamp::MIN),
            Self::Late { oldest_pending_at } => (4, Reverse(0), oldest_pending_at),
            Self::Paused => (5, Reverse(0), Timestamp::MIN),
        }
    }
}

impl Ord for Attention {
    fn cmp(&self, other: &Self) -> Ordering {
        self.urgency().cmp(&other.urgency())
    }
}

impl PartialOrd for Attention {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
