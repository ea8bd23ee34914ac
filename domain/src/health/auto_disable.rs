//! When a webhook has failed for so long that it is disabled.

use super::{Streak, WebhookHour, hour_of};
use crate::Timestamp;
use std::time::Duration;

/// The rule by which a webhook whose every attempt fails is disabled: by default after 5 days of that, over at least 20
/// deliveries (the contract's schedule).
///
/// Enough deliveries, so that a webhook that hears of something once a week is not judged by two bad days of
/// its receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AutoDisable {
    after: Duration,
    deliveries: u32,
}

/// Numbers that are no such rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAutoDisable {
    /// No time at all, or more than hours are kept for.
    #[error("must be between 1s and 30d")]
    After,
    /// No delivery at all.
    #[error("must be at least 1")]
    Deliveries,
}

impl AutoDisable {
    /// How far back failures are counted, whatever the thresholds: a webhook that hears of one thing a day needs
    /// weeks to fail in enough deliveries. A day more than it may be asked to fail for, and a day less than hours are
    /// kept at least.
    const LOOKS_BACK: Duration = Duration::from_secs(31 * 24 * 60 * 60);

    const LEAST: Duration = Duration::from_secs(1);
    const MOST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

    /// The rule with these thresholds: 1 s to 30 days, and at least 1 delivery. What failed is counted for 31 days.
    pub fn new(after: Duration, deliveries: u32) -> Result<Self, BadAutoDisable> {
        if !(Self::LEAST..=Self::MOST).contains(&after) {
            return Err(BadAutoDisable::After);
        }
        if deliveries == 0 {
            return Err(BadAutoDisable::Deliveries);
        }
        Ok(Self { after, deliveries })
    }

    /// The beginning of the first hour that [`Self::judge`] wants to know.
    pub fn looks_back_to(&self, now: Timestamp) -> Timestamp {
        hour_of(now.saturating_sub(Self::LOOKS_BACK))
    }

    /// Since when a webhook must have failed at the latest. One with a success later than this need not be judged.
    pub fn failing_since(&self, now: Timestamp) -> Timestamp {
        now.saturating_sub(self.after)
    }

    /// Whether the rest is worth a look, given the hour of an attempt that has failed just now: a success in it
    /// ends most streaks, and most webhooks that fail have one.
    pub fn may_apply(&self, latest: &WebhookHour, now: Timestamp) -> bool {
        let long_enough = |streak: Streak| now.since(streak.since) >= self.after;
        latest.accepted_attempts == 0 || latest.streak.is_some_and(long_enough)
    }

    /// Whether a webhook is to be disabled, given its hours since [`Self::looks_back_to`] in any order.
    ///
    /// What failed before `active_since` counts no more: the webhook was enabled again, or has another URL
    /// since. Of the hour that this lies in, failures count only if none of them came before it.
    pub fn judge(&self, hours: &[WebhookHour], active_since: Timestamp, now: Timestamp) -> bool {
        let from = self.looks_back_to(now);
        let counts = |hour: &&WebhookHour| {
            hour.start >= from && hour.streak.is_none_or(|streak| streak.since >= active_since)
        };
        let counted: Vec<WebhookHour> = hours.iter().filter(counts).copied().collect();
        Streak::trailing(&counted).is_some_and(|streak| {
            now.since(streak.since) >= self.after && streak.deliveries >= self.deliveries.into()
        })
    }
}

impl Default for AutoDisable {
    fn default() -> Self {
        Self { after: Duration::from_secs(5 * 24 * 60 * 60), deliveries: 20 }
    }
}
