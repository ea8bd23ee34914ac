//! When a failed attempt is made again, and how often.

use super::{AttemptNumber, Draw, Jitter};
use crate::event::EventType;
use std::borrow::Cow;
use std::time::Duration;

/// The delays between one attempt's failure and the next attempt, in order.
///
/// `n` delays make `n + 1` attempts. The default is the mission's schedule (0 / +5 min / +60 min): at once, 5 minutes
/// after the first failure, 60 minutes after the second, and then no more; all of it exactly, as there is no jitter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    delays: Vec<Duration>,
    jitter: Jitter,
}

/// Delays that are no retry policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRetryPolicy {
    /// More retries than a delivery may have.
    #[error("at most {} retries are possible", RetryPolicy::MAX_RETRIES)]
    TooManyRetries,
    /// A delay that is longer than a delivery may wait.
    #[error("a retry delay may be at most 30 days")]
    DelayTooLong,
}

impl RetryPolicy {
    /// Most retries after the first attempt: 50.
    pub const MAX_RETRIES: usize = 50;
    /// Longest delay, without its jitter: 30 days.
    pub const MAX_DELAY: Duration = Duration::from_secs(30 * 24 * 60 * 60);

    /// The policy with these delays, without jitter; none at all means one attempt.
    pub fn new(delays: Vec<Duration>) -> Result<Self, BadRetryPolicy> {
        if delays.len() > Self::MAX_RETRIES {
            return Err(BadRetryPolicy::TooManyRetries);
        }
        if delays.iter().any(|delay| *delay > Self::MAX_DELAY) {
            return Err(BadRetryPolicy::DelayTooLong);
        }
        Ok(Self { delays, jitter: Jitter::NONE })
    }

    /// The same with up to so much added to each delay; nothing unless said.
    #[must_use]
    pub fn with_jitter(self, jitter: Jitter) -> Self {
        Self { jitter, ..self }
    }

    /// What holds for events of this type: a test is one attempt, whose failure is an answer too; everything
    /// else follows this policy.
    pub fn for_event(&self, event_type: &EventType) -> Cow<'_, Self> {
        if *event_type == EventType::WEBHOOK_TEST {
            Cow::Owned(Self { delays: Vec::new(), jitter: Jitter::NONE })
        } else {
            Cow::Borrowed(self)
        }
    }

    /// How long after the failure of `attempt` the next one is due; nothing if it was the last. The delay of the list,
    /// and what of the jitter `draw` adds to it.
    pub fn delay_after(&self, attempt: AttemptNumber, draw: Draw) -> Option<Duration> {
        let delay = self.delays.get(usize::from(attempt.get()) - 1)?;
        Some(self.jitter.added_to(*delay, draw))
    }

    /// How many attempts a delivery gets at the most.
    pub fn max_attempts(&self) -> u16 {
        u16::try_from(self.delays.len()).unwrap_or(u16::MAX).saturating_add(1)
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { delays: vec![Duration::from_secs(5 * 60), Duration::from_secs(60 * 60)], jitter: Jitter::NONE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_five_minutes_then_an_hour_then_nothing() {
        let policy = RetryPolicy::default();
        let first = AttemptNumber::FIRST;
        for draw in [Draw::LOWEST, Draw::HIGHEST] {
            assert_eq!(policy.delay_after(first, draw), Some(Duration::from_secs(300)));
            assert_eq!(policy.delay_after(first.next(), draw), Some(Duration::from_secs(3_600)));
            assert_eq!(policy.delay_after(first.next().next(), draw), None);
        }
        assert_eq!(policy.max_attempts(), 3);
    }

    #[test]
    fn no_delays_are_one_attempt() {
        let policy = RetryPolicy::new(vec![]).unwrap();
        assert_eq!(policy.delay_after(AttemptNumber::FIRST, Draw::LOWEST), None);
        assert_eq!(policy.max_attempts(), 1);
    }

    #[test]
    fn a_test_has_one_attempt_and_every_other_event_those_of_the_policy() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.for_event(&EventType::WEBHOOK_TEST).max_attempts(), 1);
        for name in ["booking.confirmed", "booking.cancelled", "webhook.tests", "order.paid"] {
            let event_type = EventType::parse(name).unwrap();
            assert_eq!(*policy.for_event(&event_type), policy, "{name}");
        }
    }

    #[test]
    fn a_policy_is_bounded() {
        assert_eq!(RetryPolicy::new(vec![Duration::ZERO; 51]), Err(BadRetryPolicy::TooManyRetries));
        assert_eq!(RetryPolicy::new(vec![Duration::from_secs(3_000_000)]), Err(BadRetryPolicy::DelayTooLong));
    }
}
