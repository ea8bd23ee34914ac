//! Spans of time in a few characters.

use slotflow_domain::Timestamp;
use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Where a moment lies from now: `3m ago`, `in 1h 5m`, `now` within the same second.
pub(crate) fn relative(moment: Timestamp, now: Timestamp) -> String {
    let (past, future) = (now.since(moment), moment.since(now));
    match (past.as_secs(), future.as_secs()) {
        (0, 0) => "now".to_owned(),
        (0, _) => format!("in {}", short(future)),
        _ => format!("{} ago", short(past)),
    }
}

/// A span in its largest unit, rounded down, with minutes beside hours while there are few of those: a retry is due after 65 of them.
pub(crate) fn short(span: Duration) -> String {
    match span.as_secs() {
        seconds @ ..MINUTE => format!("{seconds}s"),
        seconds @ MINUTE..HOUR => format!("{}m", seconds / MINUTE),
        seconds @ HOUR..=35_999 if seconds % HOUR >= MINUTE => {
            format!("{}h {}m", seconds / HOUR, seconds % HOUR / MINUTE)
        }
        seconds @ HOUR..=172_799 => format!("{}h", seconds / HOUR),
        seconds => format!("{}d", seconds / DAY),
    }
}

/// How long something took: `41 ms`, `10.0 s`.
pub(crate) fn millis(span: Duration) -> String {
    match span.as_millis() {
        below @ ..1_000 => format!("{below} ms"),
        _ => format!("{:.1} s", span.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_770_000_000_000 + seconds * 1_000).unwrap()
    }

    #[test]
    fn past_and_future_are_told_in_the_largest_unit_that_says_enough() {
        for (seconds, expected) in [
            (0, "now"),
            (-1, "1s ago"),
            (59, "in 59s"),
            (-60, "1m ago"),
            (3_599, "in 59m"),
            (3_600, "in 1h"),
            (-3_900, "1h 5m ago"),
            (36_059, "in 10h"),
            (-100_000, "27h ago"),
            (-172_800, "2d ago"),
            (-31_536_000, "365d ago"),
        ] {
            assert_eq!(relative(at(seconds), at(0)), expected, "{seconds}");
        }
    }

    #[test]
    fn a_duration_has_its_unit() {
        assert_eq!(millis(Duration::from_millis(999)), "999 ms");
        assert_eq!(millis(Duration::from_millis(10_040)), "10.0 s");
    }
}
