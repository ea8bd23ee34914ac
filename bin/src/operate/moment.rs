//! The times that people give.

use slotflow_domain::Timestamp;
use std::str::FromStr;
use std::time::Duration;

/// A moment, or how long ago it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    At(Timestamp),
    Ago(Duration),
}

impl Moment {
    /// The moment, seen from `now`.
    pub(super) fn seen_from(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(moment) => moment,
            Self::Ago(span) => now.saturating_sub(span),
        }
    }
}

impl FromStr for Moment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let moment = Timestamp::parse_rfc3339(text);
        if let Ok(moment) = moment.or_else(|_| Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z"))) {
            return Ok(Self::At(moment));
        }
        let span = humantime::parse_duration(text.strip_suffix(" ago").unwrap_or(text));
        span.map(Self::Ago).map_err(|_| {
            "must be a time such as 2026-03-10T14:05:00Z, a date such as 2026-03-10, or a span ago such as 2h or 3d"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> String {
        let now = Timestamp::parse_rfc3339("2026-03-10T14:05:00Z").unwrap();
        text.parse::<Moment>().unwrap().seen_from(now).to_string()
    }

    #[test]
    fn a_moment_is_a_time_a_date_or_a_span_ago() {
        assert_eq!(seen("2026-03-09T15:05:00+01:00"), "2026-03-09T14:05:00.000Z");
        assert_eq!(seen("2026-03-09"), "2026-03-09T00:00:00.000Z");
        assert_eq!(seen("2h"), "2026-03-10T12:05:00.000Z");
        assert_eq!(seen("3d"), "2026-03-07T14:05:00.000Z");
        assert_eq!(seen("1h 30m ago"), "2026-03-10T12:35:00.000Z");
        assert_eq!(seen("9000years"), "0000-01-01T00:00:00.000Z");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "yesterday", "2026-02-30", "2026-03-10T14:05", "14:05", "2", "-2h"] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }
}
