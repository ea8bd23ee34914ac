//! Moments that are about to come, to the second.

use super::When;
use askama::Template;
use askama::filters::HtmlSafe;
use slotflow_domain::Timestamp;

const SECOND: u128 = 1_000;
const MINUTE: u128 = 60 * SECOND;
const HOUR: u128 = 60 * MINUTE;

/// A moment that is waited for: `in 4 min 12 s`, and `now` once it has come. Templates write it as it is:
/// `{{ next }}` comes out as a `<time>`, which the script of the page counts down.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "words/countdown.html")]
pub(in crate::dashboard) struct Countdown {
    /// For programs.
    pub(in crate::dashboard) iso: String,
    /// For people who want to know exactly.
    pub(in crate::dashboard) exact: String,
    /// For everybody else.
    pub(in crate::dashboard) left: String,
}

/// Its template escapes what there is to escape.
impl HtmlSafe for Countdown {}

impl Countdown {
    pub(in crate::dashboard) fn new(moment: Timestamp, now: Timestamp) -> Self {
        let When { iso, exact, .. } = When::new(moment, now);
        Self { iso, exact, left: left(moment, now) }
    }
}

/// The script of the page says it in the same words as time goes on.
fn left(moment: Timestamp, now: Timestamp) -> String {
    match moment.since(now).as_millis() {
        0 => "now".to_owned(),
        millis @ ..MINUTE => format!("in {} s", millis.div_ceil(SECOND)),
        millis @ MINUTE..HOUR => format!("in {} min {} s", millis / MINUTE, millis % MINUTE / SECOND),
        millis => format!("in {} h {} min", millis / HOUR, millis % HOUR / MINUTE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_to_the_second() {
        let now = Timestamp::parse_rfc3339("2026-03-10T14:05:00Z").unwrap();
        for (moment, words) in [
            ("2026-03-10T14:04:00.000Z", "now"),
            ("2026-03-10T14:05:00.000Z", "now"),
            ("2026-03-10T14:05:00.001Z", "in 1 s"),
            ("2026-03-10T14:05:59.000Z", "in 59 s"),
            ("2026-03-10T14:09:12.900Z", "in 4 min 12 s"),
            ("2026-03-10T15:05:59.000Z", "in 1 h 0 min"),
        ] {
            assert_eq!(left(Timestamp::parse_rfc3339(moment).unwrap(), now), words, "{moment}");
        }
    }
}
