//! How long what is finished is kept.
//!
//! Deliveries go with their attempts once they have been final for the whole period, events once they are
//! that old and no delivery of theirs is left. What waits, is being made or is held never goes, however old.
//! Organizations, webhooks and bookings are nobody's history, and stay.

use crate::Timestamp;
use crate::delivery::Progress;
use std::time::Duration;

/// How long finished deliveries and their events are kept: 30 days by default, at least 1 h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionPeriod(Duration);

/// A period that is too short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be at least 1h")]
pub struct PeriodTooShort;

impl RetentionPeriod {
    /// The shortest, 1 h: long enough for a client to read what became of its event.
    pub const SHORTEST: Duration = Duration::from_secs(60 * 60);

    /// This period, if it is long enough.
    pub fn new(period: Duration) -> Result<Self, PeriodTooShort> {
        if period < Self::SHORTEST { Err(PeriodTooShort) } else { Ok(Self(period)) }
    }

    /// What ended before this moment has been kept long enough at `now`.
    pub fn cutoff(self, now: Timestamp) -> Timestamp {
        now.saturating_sub(self.0)
    }
}

impl Default for RetentionPeriod {
    /// 30 days.
    fn default() -> Self {
        Self(Duration::from_secs(30 * 24 * 60 * 60))
    }
}

/// Before which moment a webhook's hours go: as the rest does, but never what health and the disabling of failing
/// webhooks still look at, which is 32 days.
pub fn hours_cutoff(cutoff: Timestamp, now: Timestamp) -> Timestamp {
    cutoff.min(now.saturating_sub(HOURS_NEEDED))
}

/// A little more than the longest that anybody looks back at a webhook's hours: the 30 days after which a failing
/// webhook may be disabled, and the day before them.
const HOURS_NEEDED: Duration = Duration::from_secs(32 * 24 * 60 * 60);

/// Whether a delivery goes: it came to its end before the cutoff, and no delivery that is not final yet names it
/// as the one it repeats. Once that one has come to its end too, each goes when its own time has come.
pub fn delivery_goes(progress: &Progress, is_being_repeated: bool, cutoff: Timestamp) -> bool {
    !is_being_repeated && progress.state().completed_at().is_some_and(|ended| ended < cutoff)
}

/// Whether an event goes: it was made before the cutoff, and no delivery of it is left.
pub fn event_goes(created_at: Timestamp, has_deliveries: bool, cutoff: Timestamp) -> bool {
    !has_deliveries && created_at < cutoff
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::{ClaimToken, DeliveryState, Lease};
    use proptest::prelude::*;
    use uuid::Uuid;

    #[test]
    fn hours_are_kept_as_long_as_they_are_looked_at() {
        let now = Timestamp::parse_rfc3339("2026-03-10T14:05:00Z").unwrap();
        let day = Duration::from_secs(24 * 60 * 60);
        assert_eq!(hours_cutoff(now.saturating_sub(day), now), now.saturating_sub(32 * day));
        assert_eq!(hours_cutoff(now.saturating_sub(90 * day), now), now.saturating_sub(90 * day));
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis).unwrap()
    }

    fn state() -> impl Strategy<Value = DeliveryState> {
        (0_usize..6, 0_i64..10_000_000_000).prop_map(|(kind, millis)| {
            let at = at(millis);
            let lease = Lease { token: ClaimToken::new(Uuid::nil()), until: at };
            [
                DeliveryState::Pending { due: at },
                DeliveryState::Delivering { lease },
                DeliveryState::Held,
                DeliveryState::Delivered { at },
                DeliveryState::Failed { at },
                DeliveryState::Cancelled { at },
            ][kind]
        })
    }

    #[test]
    fn a_period_is_an_hour_at_least_and_thirty_days_unless_told_otherwise() {
        assert_eq!(RetentionPeriod::new(Duration::from_secs(3_599)), Err(PeriodTooShort));
        assert!(RetentionPeriod::new(Duration::from_secs(3_600)).is_ok());
        assert!(RetentionPeriod::new(Duration::MAX).is_ok());
        let days = at(31 * 24 * 60 * 60 * 1_000);
        assert_eq!(RetentionPeriod::default().cutoff(days), at(24 * 60 * 60 * 1_000));
        assert_eq!(RetentionPeriod(Duration::MAX).cutoff(days), Timestamp::MIN);
    }

    proptest! {
        #[test]
        fn only_what_has_been_final_for_the_whole_period_goes(
            state in state(),
            repeated: bool,
            now in 0_i64..20_000_000_000,
            seconds in 3_600_u64..5_000_000,
        ) {
            let period = Duration::from_secs(seconds);
            let (now, cutoff) = (at(now), RetentionPeriod::new(period).unwrap().cutoff(at(now)));
            let goes = delivery_goes(&Progress::from_stored(state, 1, 0), repeated, cutoff);
            match state.completed_at() {
                Some(ended) => prop_assert_eq!(goes, !repeated && now.since(ended) > period),
                None => prop_assert!(!goes, "it is not final"),
            }
        }

        #[test]
        fn an_event_goes_when_it_is_old_and_nothing_of_it_is_left(
            created in 0_i64..10_000_000_000,
            cutoff in 0_i64..10_000_000_000,
            has_deliveries: bool,
        ) {
            let goes = event_goes(at(created), has_deliveries, at(cutoff));
            prop_assert_eq!(goes, created < cutoff && !has_deliveries);
        }
    }
}
