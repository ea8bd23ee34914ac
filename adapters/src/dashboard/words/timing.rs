//! What an attempt spent its time on, as a bar that the server draws.

use super::amount;
use slotflow_domain::delivery::AttemptReport;
use std::time::Duration;

/// The coordinate system, which the template names too.
const WIDTH: f64 = 600.0;

/// What there is at all is seen, however short beside the rest.
const LEAST_WIDTH: f64 = 3.0;

/// The parts in order, and the same in words: colour alone tells nothing.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::dashboard) struct TimingBar {
    pub(in crate::dashboard) parts: Vec<TimingPart>,
    /// How long it was in all.
    pub(in crate::dashboard) total: String,
}

/// One part.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::dashboard) struct TimingPart {
    /// Its name in the style sheet.
    pub(in crate::dashboard) kind: &'static str,
    /// What was done.
    pub(in crate::dashboard) name: &'static str,
    /// How long.
    pub(in crate::dashboard) took: String,
    pub(in crate::dashboard) x: f64,
    pub(in crate::dashboard) width: f64,
}

impl TimingBar {
    /// The bar of an attempt; nothing of one that nobody saw the end of.
    pub(in crate::dashboard) fn of(report: &AttemptReport) -> Option<Self> {
        let phases = report.exchange.phases;
        let mut spans = vec![
            ("dns", "Looking up the name", phases.dns),
            ("connect", "Connecting", phases.connect),
            ("tls", "Securing the connection (TLS)", phases.tls),
            ("first-byte", "Waiting for the first byte", phases.first_byte),
        ];
        let spent: Duration = spans.iter().filter_map(|(.., span)| *span).sum();
        // Clocks are read one after the other: what the parts took is never more than all of it.
        let total = phases.total.unwrap_or(report.duration).max(spent);
        let rest = if phases.first_byte.is_some() { "Reading the answer" } else { "Everything else" };
        spans.push(("rest", rest, Some(total - spent)));
        spans.retain(|(.., span)| span.is_some_and(|span| !span.is_zero()));
        let widths = widths(&spans.iter().map(|(.., span)| span.unwrap_or_default()).collect::<Vec<_>>());
        let mut x = 0.0;
        let parts = spans.into_iter().zip(widths).map(|((kind, name, span), width)| {
            let part = TimingPart { kind, name, took: amount::span(span.unwrap_or_default()), x, width };
            x += width;
            part
        });
        let parts: Vec<_> = parts.collect();
        (!parts.is_empty()).then(|| Self { parts, total: amount::span(total) })
    }
}

/// How wide each span is drawn, so that together they fill the bar.
fn widths(spans: &[Duration]) -> Vec<f64> {
    let total: Duration = spans.iter().sum();
    let shares = spans.iter().map(|span| (span.as_secs_f64() / total.as_secs_f64() * WIDTH).max(LEAST_WIDTH));
    let shares: Vec<_> = shares.collect();
    let drawn: f64 = shares.iter().sum();
    shares.into_iter().map(|share| share / drawn * WIDTH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use slotflow_domain::delivery::{AttemptOutcome, Exchange, Phases};

    fn report(duration: Duration, phases: Phases) -> AttemptReport {
        AttemptReport {
            outcome: AttemptOutcome::Success,
            response: None,
            error: None,
            duration,
            exchange: Exchange { address: None, phases },
        }
    }

    fn told(bar: &TimingBar) -> Vec<(&str, &str)> {
        bar.parts.iter().map(|part| (part.name, part.took.as_str())).collect()
    }

    #[test]
    fn the_rest_is_what_no_part_took() {
        let phases = Phases {
            dns: Some(Duration::from_micros(1_250)),
            first_byte: Some(Duration::from_millis(30)),
            total: Some(Duration::from_micros(41_900)),
            ..Phases::default()
        };
        let bar = TimingBar::of(&report(Duration::from_millis(41), phases)).unwrap();
        let expected = [
            ("Looking up the name", "1.2 ms"),
            ("Waiting for the first byte", "30 ms"),
            ("Reading the answer", "10 ms"),
        ];
        assert_eq!((told(&bar), bar.total.as_str()), (expected.to_vec(), "41 ms"));
    }

    #[test]
    fn an_attempt_of_which_only_the_length_is_known_is_one_part() {
        let bar = TimingBar::of(&report(Duration::from_secs(10), Phases::default())).unwrap();
        assert_eq!(told(&bar), [("Everything else", "10.0 s")]);
        assert_eq!(TimingBar::of(&report(Duration::ZERO, Phases::default())), None);
    }

    fn spans() -> impl Strategy<Value = Option<Duration>> {
        proptest::option::of((0_u64..20_000_000).prop_map(Duration::from_micros))
    }

    proptest! {
        #[test]
        fn the_parts_fill_the_bar_and_each_is_seen(
            dns in spans(), connect in spans(), tls in spans(), first_byte in spans(), total in spans(),
            duration in (1_u64..20_000_000).prop_map(Duration::from_micros),
        ) {
            let phases = Phases { dns, connect, tls, first_byte, total };
            let Some(bar) = TimingBar::of(&report(duration, phases)) else {
                let none = [dns, connect, tls, first_byte, total].into_iter().flatten().all(|span| span.is_zero());
                prop_assert!(none && total.is_some());
                return Ok(());
            };
            let mut end = 0.0;
            for part in &bar.parts {
                prop_assert!((part.x - end).abs() < 1e-6, "{bar:?}");
                prop_assert!(part.width > 2.5, "{bar:?}");
                end = part.x + part.width;
            }
            prop_assert!((end - WIDTH).abs() < 1e-6, "{bar:?}");
        }
    }
}
