//! Whether a webhook is well, at a glance.

use super::{Streak, WebhookHour, hour_of};
use crate::Timestamp;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How a webhook fares, for its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebhookHealth {
    /// How many deliveries arrived in the last 24 whole hours and the current one.
    pub delivered_24h: u64,
    /// How many were given up in that time.
    pub failed_24h: u64,
    /// How many of both arrived; nothing if none ended.
    pub success_rate_24h: Option<SuccessRate>,
    /// When an attempt was accepted last, within [`Self::LOOKS_BACK`].
    pub last_success_at: Option<Timestamp>,
    /// When one failed last, within the same.
    pub last_failure_at: Option<Timestamp>,
    /// How many attempts have failed since the last success, within the same.
    pub consecutive_failures: u64,
    /// When the first of these ended.
    pub failing_since: Option<Timestamp>,
    /// When the oldest delivery that waits for an attempt was made.
    pub oldest_pending_at: Option<Timestamp>,
}

/// A share of successes, in ten-thousandths. Rounded down, so that 1 says that nothing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SuccessRate(u16);

impl SuccessRate {
    const ONE: u64 = 10_000;

    /// The share of `delivered` among all that ended; nothing if none did.
    pub(super) fn of(delivered: u64, failed: u64) -> Option<Self> {
        let all = u128::from(delivered) + u128::from(failed);
        let share = (u128::from(delivered) * u128::from(Self::ONE)).checked_div(all)?;
        u16::try_from(share).ok().map(Self)
    }

    /// From 0 to 1, with at most four decimals.
    pub fn as_fraction(self) -> f64 {
        f64::from(self.0) / 10_000.0
    }
}

impl WebhookHealth {
    /// How far back it looks, 7 days: hours that began earlier are of no interest.
    pub const LOOKS_BACK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

    /// The beginning of the first hour that [`Self::of`] wants to know.
    pub fn looks_back_to(now: Timestamp) -> Timestamp {
        hour_of(now.saturating_sub(Self::LOOKS_BACK))
    }

    /// What the webhook's hours since [`Self::looks_back_to`], in any order, say of it.
    pub fn of(hours: &[WebhookHour], now: Timestamp, oldest_pending_at: Option<Timestamp>) -> Self {
        let day = hour_of(now).saturating_sub(DAY);
        let of_day = |count: fn(&WebhookHour) -> u64| {
            hours.iter().filter(|hour| hour.start >= day).map(count).fold(0, u64::saturating_add)
        };
        let (delivered, failed) = (of_day(|hour| hour.delivered), of_day(|hour| hour.failed));
        let streak = Streak::trailing(hours);
        Self {
            delivered_24h: delivered,
            failed_24h: failed,
            success_rate_24h: SuccessRate::of(delivered, failed),
            last_success_at: hours.iter().filter_map(|hour| hour.last_success_at).max(),
            last_failure_at: hours.iter().filter_map(|hour| hour.last_failure_at).max(),
            consecutive_failures: streak.map_or(0, |streak| streak.attempts),
            failing_since: streak.map(|streak| streak.since),
            oldest_pending_at,
        }
    }
}
