//! What attempts came to in some stretch of time, whosever they were.

use super::{SuccessRate, WebhookHour};

/// What attempts came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many attempts were accepted.
    pub accepted_attempts: u64,
    /// How many were not.
    pub failed_attempts: u64,
    /// How many deliveries arrived.
    pub delivered: u64,
    /// How many were given up.
    pub failed: u64,
    /// How many of the attempts have a known duration.
    pub timed_attempts: u64,
    /// How many milliseconds they took together.
    pub attempt_ms: u64,
    /// How many the longest of them took.
    pub slowest_ms: u64,
}

impl Totals {
    /// How many of the deliveries that came to their end arrived; nothing if none ended.
    pub fn success_rate(&self) -> Option<SuccessRate> {
        SuccessRate::of(self.delivered, self.failed)
    }

    /// How many milliseconds an attempt took on average, of those whose duration is known; nothing if there is none.
    pub fn mean_ms(&self) -> Option<u64> {
        self.attempt_ms.checked_div(self.timed_attempts)
    }

    /// Adds what attempts came to elsewhere, or at another time.
    pub fn add(&mut self, other: &Self) {
        self.accepted_attempts = self.accepted_attempts.saturating_add(other.accepted_attempts);
        self.failed_attempts = self.failed_attempts.saturating_add(other.failed_attempts);
        self.delivered = self.delivered.saturating_add(other.delivered);
        self.failed = self.failed.saturating_add(other.failed);
        self.timed_attempts = self.timed_attempts.saturating_add(other.timed_attempts);
        self.attempt_ms = self.attempt_ms.saturating_add(other.attempt_ms);
        self.slowest_ms = self.slowest_ms.max(other.slowest_ms);
    }
}

impl From<&WebhookHour> for Totals {
    fn from(hour: &WebhookHour) -> Self {
        Self {
            accepted_attempts: hour.accepted_attempts,
            failed_attempts: hour.failed_attempts,
            delivered: hour.delivered,
            failed: hour.failed,
            timed_attempts: hour.timed_attempts,
            attempt_ms: hour.attempt_ms,
            slowest_ms: hour.slowest_ms,
        }
    }
}
