//! Moments in time, to the millisecond, as the wire shows them.

use chrono::{DateTime, SecondsFormat, Utc};
use std::fmt;
use std::ops::Add;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment: whole milliseconds since 1970-01-01T00:00:00Z, within the years 0000 to 9999.
///
/// One precision everywhere (memory, tables, JSON), so that what is shown is what is compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A text or number that is not a moment we can represent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an RFC 3339 time within the years 0000 to 9999, such as 2026-03-10T14:05:00.000Z")]
pub struct NotATimestamp;

impl Timestamp {
    /// The first representable moment, `0000-01-01T00:00:00.000Z`.
    pub const MIN: Self = Self(-62_167_219_200_000);
    /// The last representable moment, `9999-12-31T23:59:59.999Z`.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// The moment this many milliseconds after (before, if negative) 1970-01-01T00:00:00Z.
    pub fn from_millis(millis: i64) -> Result<Self, NotATimestamp> {
        let moment = Self(millis);
        if moment < Self::MIN || moment > Self::MAX { Err(NotATimestamp) } else { Ok(moment) }
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, as signatures carry them.
    pub const fn as_unix_seconds(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// Reads an RFC 3339 time with any offset; a fraction beyond milliseconds is cut.
    pub fn parse_rfc3339(text: &str) -> Result<Self, NotATimestamp> {
        // chrono also takes a space for the `T`, and U+2212 for the minus; RFC 3339 does not.
        if !text.is_ascii() || !matches!(text.as_bytes().get(10), Some(b'T' | b't')) {
            return Err(NotATimestamp);
        }
        let parsed = DateTime::parse_from_rfc3339(text).map_err(|_| NotATimestamp)?;
        Self::from_millis(parsed.timestamp_millis())
    }

    /// The time from `earlier` to this moment; zero if `earlier` is in truth later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// This moment moved later by `span`, or nothing if that is past [`Timestamp::MAX`].
    pub fn checked_add(self, span: Duration) -> Option<Self> {
        let moved = self.0.checked_add(i64::try_from(span.as_millis()).ok()?)?;
        Self::from_millis(moved).ok()
    }

    /// This moment moved earlier by `span`, no further than [`Timestamp::MIN`].
    pub fn saturating_sub(self, span: Duration) -> Self {
        let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(millis).max(Self::MIN.0))
    }
}

/// Moves later, no further than [`Timestamp::MAX`].
impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        self.checked_add(span).unwrap_or(Self::MAX)
    }
}

/// `2026-03-10T14:05:00.000Z`: RFC 3339, UTC, always three digits.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = DateTime::<Utc>::from_timestamp_millis(self.0).unwrap_or_default();
        f.write_str(&moment.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What an operating system's clock says, cut to milliseconds, and no further than [`Timestamp::MIN`] and
/// [`Timestamp::MAX`].
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let epoch = Self(0);
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => epoch + after,
            Err(before) => epoch.saturating_sub(before.duration()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn any_offset_is_read_and_utc_is_written() {
        let moment = Timestamp::parse_rfc3339("2026-03-10T16:05:00.1239+02:00").unwrap();
        assert_eq!(moment.to_string(), "2026-03-10T14:05:00.123Z");
    }

    #[test]
    fn a_clock_may_say_what_it_likes() {
        let after = |millis: u64| UNIX_EPOCH + Duration::from_micros(millis * 1_000 + 999);
        assert_eq!(Timestamp::from(after(1_773_151_500_123)).as_millis(), 1_773_151_500_123);
        assert_eq!(Timestamp::from(UNIX_EPOCH - Duration::from_millis(5)).as_millis(), -5);
        let years = |count: u64| Duration::from_secs(count * 366 * 24 * 60 * 60);
        assert_eq!(Timestamp::from(UNIX_EPOCH + years(9_000)), Timestamp::MAX);
        assert_eq!(Timestamp::from(UNIX_EPOCH - years(9_000)), Timestamp::MIN);
    }

    #[test]
    fn what_is_not_rfc3339_is_refused() {
        for text in [
            "",
            "now",
            "2026-03-10",
            "2026-03-10T14:05:00",
            "2026-03-10 14:05:00Z",
            "2026-13-10T14:05:00Z",
            "2026-02-29T14:05:00Z",
            "2026-03-10T24:05:00Z",
            "20260310T140500Z",
            "12026-03-10T14:05:00Z",
            "1773151500",
            "2026-03-10T14:05:00\u{2212}05:00",
            "2026-03-10T14:05:00+24:00",
        ] {
            assert_eq!(Timestamp::parse_rfc3339(text), Err(NotATimestamp), "{text}");
        }
    }

    #[test]
    fn an_offset_cannot_lead_out_of_the_representable_years() {
        assert!(Timestamp::parse_rfc3339("0000-01-01T00:00:00+01:00").is_err());
        assert!(Timestamp::parse_rfc3339("9999-12-31T23:59:59-01:00").is_err());
        assert_eq!(Timestamp::parse_rfc3339("0000-01-01T00:00:00Z").unwrap(), Timestamp::MIN);
        assert_eq!(Timestamp::parse_rfc3339("9999-12-31T23:59:59.999Z").unwrap(), Timestamp::MAX);
    }

    proptest! {
        #[test]
        fn text_round_trips(millis in Timestamp::MIN.0..=Timestamp::MAX.0) {
            let moment = Timestamp::from_millis(millis).unwrap();
            prop_assert_eq!(Timestamp::parse_rfc3339(&moment.to_string()).unwrap(), moment);
        }
    }
}
