//! What the end of an attempt makes of its delivery.

use super::{AttemptNumber, DeliveryState, DeliveryStatus, Draw, RetryPolicy, Verdict};
use crate::Timestamp;
use crate::webhook::WebhookStanding;

/// What follows from an attempt's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The event has arrived.
    Delivered {
        /// When the attempt ended.
        at: Timestamp,
    },
    /// It has not, and nothing more is tried by itself.
    Failed {
        /// When the attempt ended.
        at: Timestamp,
        /// Whether the receiver said that the URL is gone for good: then its webhook is disabled too.
        webhook_gone: bool,
    },
    /// It has not, and another attempt follows.
    Retry {
        /// When the attempt ended.
        failed_at: Timestamp,
        /// When the next one is due.
        due: Timestamp,
    },
}

impl Settlement {
    /// What the end of `attempt` at `ended_at` makes of its delivery.
    ///
    /// Total: every verdict on every attempt has an answer, and the answer depends on nothing but the
    /// arguments. The next attempt is due the policy's delay after this one's *end*, later by what `draw` takes of the
    /// policy's jitter.
    pub fn of(
        attempt: AttemptNumber,
        verdict: Verdict,
        ended_at: Timestamp,
        policy: &RetryPolicy,
        draw: Draw,
    ) -> Self {
        match verdict {
            Verdict::Accepted => Self::Delivered { at: ended_at },
            Verdict::Gone => Self::Failed { at: ended_at, webhook_gone: true },
            Verdict::Rejected => match policy.delay_after(attempt, draw) {
                Some(delay) => Self::Retry { failed_at: ended_at, due: ended_at + delay },
                None => Self::Failed { at: ended_at, webhook_gone: false },
            },
        }
    }

    /// When the attempt ended.
    pub const fn ended_at(&self) -> Timestamp {
        match self {
            Self::Delivered { at } | Self::Failed { at, .. } | Self::Retry { failed_at: at, .. } => *at,
        }
    }

    /// What the delivery is after this, if its webhook may be sent to. Whether it has arrived, and whether it was
    /// given up, depends on no webhook.
    pub const fn status(&self) -> DeliveryStatus {
        match self {
            Self::Delivered { .. } => DeliveryStatus::Delivered,
            Self::Failed { .. } => DeliveryStatus::Failed,
            Self::Retry { .. } => DeliveryStatus::Pending,
        }
    }

    /// The delivery's state after this, given how its webhook stands by then: a retry is held for a
    /// disabled webhook and called off for a deleted one.
    pub fn state_under(self, standing: WebhookStanding) -> DeliveryState {
        match self {
            Self::Delivered { at } => DeliveryState::Delivered { at },
            Self::Failed { at, .. } => DeliveryState::Failed { at },
            Self::Retry { failed_at, due } => match standing {
                WebhookStanding::Active => DeliveryState::Pending { due },
                WebhookStanding::Disabled => DeliveryState::Held,
                WebhookStanding::Deleted => DeliveryState::Cancelled { at: failed_at },
            },
        }
    }
}
