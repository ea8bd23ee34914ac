//! When a booking is: a start and a length.

use crate::{Rejection, Timestamp};
use std::time::Duration;

/// How long a booking lasts: 1 to 1,440 minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DurationMinutes(u32);

impl DurationMinutes {
    /// A day, the longest booking.
    pub const MAX: u32 = 1_440;

    /// Takes a number of minutes.
    pub fn new(minutes: i64) -> Result<Self, Rejection> {
        match u32::try_from(minutes) {
            Ok(minutes @ 1..=Self::MAX) => Ok(Self(minutes)),
            _ => Err(Rejection::new("duration", "must be 1 to 1440 minutes")),
        }
    }

    /// The number of minutes.
    pub const fn as_minutes(self) -> u32 {
        self.0
    }
}

/// A stretch of time that ends within the year 9999. Its start belongs to it, its end does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeSlot {
    starts_at: Timestamp,
    duration: DurationMinutes,
}

impl TimeSlot {
    /// The slot of `duration` from `starts_at`.
    pub fn new(starts_at: Timestamp, duration: DurationMinutes) -> Result<Self, Rejection> {
        match starts_at.checked_add(Self::span(duration)) {
            Some(_) => Ok(Self { starts_at, duration }),
            None => {
                Err(Rejection::new("starts_at", "must lie so that the booking ends within the year 9999"))
            }
        }
    }

    /// When it begins.
    pub const fn starts_at(&self) -> Timestamp {
        self.starts_at
    }

    /// When it is over: the first moment that is free again.
    pub fn ends_at(&self) -> Timestamp {
        self.starts_at + Self::span(self.duration)
    }

    /// How long it is.
    pub const fn duration(&self) -> DurationMinutes {
        self.duration
    }

    /// Whether the two share a moment. Back to back they do not.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.starts_at < other.ends_at() && other.starts_at < self.ends_at()
    }

    fn span(duration: DurationMinutes) -> Duration {
        Duration::from_secs(u64::from(duration.0) * 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slot(start_minute: i64, minutes: i64) -> TimeSlot {
        let starts_at = Timestamp::from_millis(start_minute * 60_000).unwrap();
        TimeSlot::new(starts_at, DurationMinutes::new(minutes).unwrap()).unwrap()
    }

    #[test]
    fn a_duration_is_a_minute_to_a_day() {
        for (minutes, good) in
            [(0, false), (-5, false), (1, true), (1_440, true), (1_441, false), (i64::MAX, false)]
        {
            assert_eq!(DurationMinutes::new(minutes).is_ok(), good, "{minutes}");
        }
    }

    #[test]
    fn a_slot_ends_within_the_year_9999() {
        let late = Timestamp::parse_rfc3339("9999-12-31T23:30:00Z").unwrap();
        assert!(TimeSlot::new(late, DurationMinutes::new(29).unwrap()).is_ok());
        assert_eq!(TimeSlot::new(late, DurationMinutes::new(30).unwrap()).unwrap_err().field, "starts_at");
    }

    #[test]
    fn back_to_back_is_no_overlap() {
        assert!(!slot(0, 30).overlaps(&slot(30, 30)));
        assert!(slot(0, 31).overlaps(&slot(30, 30)));
    }

    proptest! {
        #[test]
        fn slots_overlap_exactly_when_they_share_a_minute(a in 0_i64..50, b in 0_i64..50, la in 1_i64..20, lb in 1_i64..20) {
            let shared = (a..a + la).any(|minute| (b..b + lb).contains(&minute));
            prop_assert_eq!(slot(a, la).overlaps(&slot(b, lb)), shared);
            prop_assert_eq!(slot(b, lb).overlaps(&slot(a, la)), shared);
        }
    }
}
