//! Moments, as seen from now.

use askama::Template;
use askama::filters::HtmlSafe;
use slotflow_domain::Timestamp;
use std::time::Duration;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A moment as a page shows it: how long ago it was or until it is, and exactly when. Templates write it as it is:
/// `{{ created_at }}` comes out as a `<time>`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "words/when.html")]
pub(in crate::dashboard) struct When {
    /// For programs: `2026-03-10T14:05:00.000Z`.
    pub(in crate::dashboard) iso: String,
    /// For people who want to know exactly: `2026-03-10 14:05:00.000 UTC`.
    pub(in crate::dashboard) exact: String,
    /// For everybody else: `3 min ago`, `in 2 h`.
    pub(in crate::dashboard) relative: String,
}

/// Its template escapes what there is to escape.
impl HtmlSafe for When {}

impl When {
    pub(in crate::dashboard) fn new(moment: Timestamp, now: Timestamp) -> Self {
        let iso = moment.to_string();
        let exact = iso.replace('T', " ").replace('Z', " UTC");
        Self { iso, exact, relative: relative(moment, now) }
    }

    /// Its time of day in UTC: `14:05`.
    pub(in crate::dashboard) fn clock(&self) -> &str {
        self.exact.get(11..16).unwrap_or_default()
    }

    /// The same of a moment that there may not be.
    pub(in crate::dashboard) fn maybe(moment: Option<Timestamp>, now: Timestamp) -> Option<Self> {
        moment.map(|moment| Self::new(moment, now))
    }
}

/// The script of the page says it in the same words as time goes on.
fn relative(moment: Timestamp, now: Timestamp) -> String {
    if moment > now {
        format!("in {}", span(moment.since(now)))
    } else {
        match now.since(moment) {
            ago if ago < Duration::from_secs(1) => "just now".to_owned(),
            ago => format!("{} ago", span(ago)),
        }
    }
}

/// The largest unit only: nobody needs the minutes of what was days ago.
fn span(span: Duration) -> String {
    let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    match millis {
        ..MINUTE => format!("{} s", millis.div_ceil(SECOND)),
        MINUTE..HOUR => format!("{} min", millis / MINUTE),
        HOUR..DAY => format!("{} h", millis / HOUR),
        _ => format!("{} d", millis / DAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(moment: &str, now: &str) -> String {
        let read = |text| Timestamp::parse_rfc3339(text).unwrap();
        When::new(read(moment), read(now)).relative
    }

    #[test]
    fn moments_are_told_in_their_largest_unit() {
        let now = "2026-03-10T14:05:00.000Z";
        for (moment, words) in [
            (now, "just now"),
            ("2026-03-10T14:04:59.001Z", "just now"),
            ("2026-03-10T14:04:59.000Z", "1 s ago"),
            ("2026-03-10T14:04:00.001Z", "60 s ago"),
            ("2026-03-10T14:04:00.000Z", "1 min ago"),
            ("2026-03-10T13:05:00.000Z", "1 h ago"),
            ("2026-03-09T14:05:00.000Z", "1 d ago"),
            ("2025-03-10T14:05:00.000Z", "365 d ago"),
            ("2026-03-10T14:05:00.001Z", "in 1 s"),
            ("2026-03-10T14:10:00.000Z", "in 5 min"),
            ("2026-03-10T15:05:00.000Z", "in 1 h"),
        ] {
            assert_eq!(seen(moment, now), words, "{moment}");
        }
    }

    #[test]
    fn the_exact_moment_is_told_to_the_millisecond() {
        let moment = Timestamp::parse_rfc3339("2026-03-10T14:05:00.001Z").unwrap();
        let when = When::new(moment, moment);
        assert_eq!(when.iso, "2026-03-10T14:05:00.001Z");
        assert_eq!(when.exact, "2026-03-10 14:05:00.001 UTC");
        assert_eq!(when.clock(), "14:05");
    }
}
