//! What a webhook's attempts came to in one hour.

use super::EndedAttempt;
use crate::Timestamp;
use crate::delivery::DeliveryStatus;

const HOUR_MILLIS: i64 = 60 * 60 * 1_000;

/// The beginning of the hour (of UTC) that `moment` lies in.
pub fn hour_of(moment: Timestamp) -> Timestamp {
    let start = moment.as_millis().div_euclid(HOUR_MILLIS) * HOUR_MILLIS;
    // The representable years begin with an hour, so there is none before them.
    Timestamp::from_millis(start).unwrap_or(Timestamp::MIN)
}

/// What a webhook's attempts came to in one hour, by when they ended.
///
/// Within an hour attempts count in the order in which they are recorded, which is the order of their ends as
/// near as several instances can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebhookHour {
    /// When the hour begins.
    pub start: Timestamp,
    /// How many attempts were accepted.
    pub accepted_attempts: u64,
    /// How many were not.
    pub failed_attempts: u64,
    /// How many deliveries arrived.
    pub delivered: u64,
    /// How many were given up.
    pub failed: u64,
    /// How many of the attempts have a known duration: not those that were lost, and none from before durations
    /// were counted. A mean is over these.
    pub timed_attempts: u64,
    /// How many milliseconds they took together.
    pub attempt_ms: u64,
    /// How many the longest of them took.
    pub slowest_ms: u64,
    /// When the last accepted attempt ended.
    pub last_success_at: Option<Timestamp>,
    /// When the last failed one did.
    pub last_failure_at: Option<Timestamp>,
    /// The failures since the hour's last success, or since it began.
    pub streak: Option<Streak>,
}

/// Failed attempts with no accepted one among them or behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streak {
    /// When the first of them ended.
    pub since: Timestamp,
    /// How many there are.
    pub attempts: u64,
    /// How many of them were their delivery's first: how many deliveries began to fail.
    pub deliveries: u64,
}

impl Streak {
    /// This and what came before it.
    #[must_use]
    pub fn after(self, earlier: Self) -> Self {
        Self {
            since: earlier.since.min(self.since),
            attempts: earlier.attempts.saturating_add(self.attempts),
            deliveries: earlier.deliveries.saturating_add(self.deliveries),
        }
    }

    /// The streak that is going on after these hours, however many of them it spans. In any order.
    pub fn trailing(hours: &[WebhookHour]) -> Option<Self> {
        let mut newest_first: Vec<_> = hours.iter().collect();
        newest_first.sort_by_key(|hour| std::cmp::Reverse(hour.start));
        let mut trailing: Option<Self> = None;
        for hour in newest_first {
            trailing = match (trailing, hour.streak) {
                (Some(later), Some(earlier)) => Some(later.after(earlier)),
                (later, earlier) => later.or(earlier),
            };
            if hour.accepted_attempts > 0 {
                break;
            }
        }
        trailing
    }
}

impl WebhookHour {
    /// An hour in which nothing has happened yet.
    pub const fn empty(start: Timestamp) -> Self {
        Self {
            start,
            accepted_attempts: 0,
            failed_attempts: 0,
            delivered: 0,
            failed: 0,
            timed_attempts: 0,
            attempt_ms: 0,
            slowest_ms: 0,
            last_success_at: None,
            last_failure_at: None,
            streak: None,
        }
    }

    /// The hour of one attempt and nothing else.
    pub fn of(attempt: &EndedAttempt) -> Self {
        let at = attempt.ended_at;
        let millis = attempt.duration.map_or(0, |duration| {
            // No attempt may take 49 days; what says so must not make a sum that stores cannot hold.
            u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
        });
        let hour = Self {
            timed_attempts: u64::from(attempt.duration.is_some()),
            attempt_ms: millis.into(),
            slowest_ms: millis.into(),
            delivered: u64::from(attempt.delivery == DeliveryStatus::Delivered),
            failed: u64::from(attempt.delivery == DeliveryStatus::Failed),
            ..Self::empty(hour_of(at))
        };
        if attempt.accepted {
            return Self { accepted_attempts: 1, last_success_at: Some(at), ..hour };
        }
        let streak = Streak { since: at, attempts: 1, deliveries: u64::from(attempt.is_first()) };
        Self { failed_attempts: 1, last_failure_at: Some(at), streak: Some(streak), ..hour }
    }

    /// Adds what was recorded later in the same hour. Stores do the same in SQL.
    pub fn absorb(&mut self, later: &Self) {
        self.accepted_attempts = self.accepted_attempts.saturating_add(later.accepted_attempts);
        self.failed_attempts = self.failed_attempts.saturating_add(later.failed_attempts);
        self.delivered = self.delivered.saturating_add(later.delivered);
        self.failed = self.failed.saturating_add(later.failed);
        self.timed_attempts = self.timed_attempts.saturating_add(later.timed_attempts);
        self.attempt_ms = self.attempt_ms.saturating_add(later.attempt_ms);
        self.slowest_ms = self.slowest_ms.max(later.slowest_ms);
        self.last_success_at = self.last_success_at.max(later.last_success_at);
        self.last_failure_at = self.last_failure_at.max(later.last_failure_at);
        self.streak = match (self.streak, later.streak) {
            _ if later.accepted_attempts > 0 => later.streak,
            (Some(before), Some(after)) => Some(Streak { since: before.since, ..after.after(before) }),
            (before, after) => before.or(after),
        };
    }
}
