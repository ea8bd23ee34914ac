//! Numbers and what they count.

use std::time::Duration;

/// `1,234,567`.
pub(in crate::dashboard) fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 delivery is`, `1,234 deliveries are`.
pub(in crate::dashboard) fn of(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// `12 ms`, `1.2 s`.
pub(in crate::dashboard) fn millis(millis: u64) -> String {
    match millis {
        ..1_000 => format!("{millis} ms"),
        _ => format!("{}.{} s", number(millis / 1_000), millis % 1_000 / 100),
    }
}

/// `0.4 ms`, `12 ms`, `1.2 s`.
pub(in crate::dashboard) fn span(span: Duration) -> String {
    match span.as_micros() {
        micros @ 0..10_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        micros => millis(u64::try_from(micros / 1_000).unwrap_or(u64::MAX)),
    }
}

/// A share of 1 as `99.98 %`, never rounded up: 100 % says that nothing failed.
pub(in crate::dashboard) fn percent(share: f64) -> String {
    let hundredths = (share * 10_000.0 + 1e-6).floor();
    if hundredths >= 10_000.0 { "100 %".to_owned() } else { format!("{:.2} %", hundredths / 100.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas_between_thousands() {
        for (count, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(number(count), text);
        }
        assert_eq!(number(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(of(1, "event", "events"), "1 event");
        assert_eq!(of(0, "event", "events"), "0 events");
        assert_eq!(of(1_000, "event", "events"), "1,000 events");
    }

    #[test]
    fn spans_are_told_in_milliseconds_or_seconds() {
        for (span, text) in [(0, "0 ms"), (999, "999 ms"), (1_000, "1.0 s"), (10_059, "10.0 s")] {
            assert_eq!(millis(span), text);
        }
    }

    #[test]
    fn short_spans_are_told_more_exactly() {
        for (micros, text) in
            [(0, "0.0 ms"), (449, "0.4 ms"), (9_999, "9.9 ms"), (10_000, "10 ms"), (1_234_567, "1.2 s")]
        {
            assert_eq!(span(Duration::from_micros(micros)), text);
        }
    }

    #[test]
    fn a_share_is_not_rounded_up() {
        for (share, text) in [(1.0, "100 %"), (0.9999, "99.99 %"), (0.5, "50.00 %"), (0.0, "0.00 %")] {
            assert_eq!(percent(share), text);
        }
    }
}
