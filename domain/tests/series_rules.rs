//! A day and a week of an organization's hours, whatever happened in them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail loudly")]

use proptest::prelude::*;
use slotflow_domain::Timestamp;
use slotflow_domain::health::{OrganizationHour, Series, Span, Totals, hour_of};
use std::time::Duration;

const HOUR: u64 = 3_600;

/// 2026-03-10T00:00:00Z and so many seconds.
fn at(seconds: u64) -> Timestamp {
    Timestamp::parse_rfc3339("2026-03-10T00:00:00Z").unwrap() + Duration::from_secs(seconds)
}

fn sum<'a>(all: impl IntoIterator<Item = &'a Totals>) -> Totals {
    let mut sum = Totals::default();
    all.into_iter().for_each(|totals| sum.add(totals));
    sum
}

fn totals() -> impl Strategy<Value = Totals> {
    (0_u64..9, 0_u64..9, 0_u64..9, 0_u64..9, 0_u64..9, 0_u64..9_000, 0_u64..9_000).prop_map(
        |(accepted_attempts, failed_attempts, delivered, failed, timed_attempts, attempt_ms, slowest_ms)| {
            Totals {
                accepted_attempts,
                failed_attempts,
                delivered,
                failed,
                timed_attempts,
                attempt_ms,
                slowest_ms,
            }
        },
    )
}

/// Some hours of two weeks, in any order.
fn hours() -> impl Strategy<Value = Vec<OrganizationHour>> {
    let hour = (0_u64..14 * 24, totals())
        .prop_map(|(number, totals)| OrganizationHour { start: at(number * HOUR), totals });
    proptest::collection::vec(hour, 0..200)
}

proptest! {
    #[test]
    fn a_series_has_all_its_steps_and_the_last_one_holds_now(hours in hours(), now in 0_u64..14 * 24 * HOUR) {
        let now = at(now);
        for span in Span::ALL {
            let series = Series::of(span, &hours, now);
            prop_assert_eq!(series.span(), span);
            prop_assert_eq!(series.steps().len(), if span == Span::Day { 25 } else { 28 });
            prop_assert_eq!(series.steps()[0].start, span.looks_back_to(now));
            for two in series.steps().windows(2) {
                prop_assert_eq!(two[1].start.since(two[0].start), span.step());
            }
            let last = series.steps().last().unwrap().start;
            prop_assert!(last <= now && now.since(last) < span.step(), "{} holds {}", last, now);
        }
    }

    #[test]
    fn nothing_that_was_asked_for_is_lost_or_counted_twice(hours in hours(), now in 0_u64..14 * 24 * HOUR) {
        let now = at(now);
        for span in Span::ALL {
            let series = Series::of(span, &hours, now);
            let asked_for = hours.iter().filter(|hour| hour.start >= span.looks_back_to(now));
            prop_assert_eq!(series.totals(), sum(asked_for.map(|hour| &hour.totals)));
        }
    }

    #[test]
    fn each_step_has_what_happened_in_it(hours in hours(), now in 0_u64..14 * 24 * HOUR) {
        // Later ones are for the test above.
        let now = at(now);
        let past: Vec<_> = hours.into_iter().filter(|hour| hour.start <= hour_of(now)).collect();
        for span in Span::ALL {
            for step in Series::of(span, &past, now).steps() {
                let within = past.iter().filter(|hour| {
                    hour.start >= step.start && hour.start.since(step.start) < span.step()
                });
                prop_assert_eq!(step.totals, sum(within.map(|hour| &hour.totals)), "{}", step.start);
            }
        }
    }
}

#[test]
fn a_day_is_24_whole_hours_and_the_current_one() {
    let now = at(30 * HOUR + 1_799);
    let steps: Vec<_> = Series::of(Span::Day, &[], now).steps().iter().map(|step| step.start).collect();
    assert_eq!((steps[0], steps[24]), (at(6 * HOUR), at(30 * HOUR)));
}

#[test]
fn the_steps_of_a_week_begin_every_six_hours_of_utc() {
    let now = Timestamp::parse_rfc3339("2026-03-10T11:59:59.999Z").unwrap();
    let series = Series::of(Span::Week, &[], now);
    assert_eq!(series.steps()[0].start.to_string(), "2026-03-03T12:00:00.000Z");
    assert_eq!(series.steps()[27].start.to_string(), "2026-03-10T06:00:00.000Z");
}

#[test]
fn a_clock_that_is_ahead_counts_in_the_current_step() {
    let ahead = OrganizationHour { start: at(HOUR), totals: Totals { delivered: 1, ..Totals::default() } };
    let series = Series::of(Span::Day, &[ahead], at(HOUR - 1));
    assert_eq!(series.steps().last().unwrap().totals.delivered, 1);
}

#[test]
fn at_the_ends_of_time_a_series_is_as_long_as_ever() {
    for now in [Timestamp::MIN, Timestamp::MAX] {
        for span in Span::ALL {
            assert_eq!(Series::of(span, &[], now).steps().len(), usize::try_from(span.steps()).unwrap());
        }
    }
}

#[test]
fn a_mean_is_over_the_attempts_that_were_timed() {
    let timed = Totals { accepted_attempts: 5, timed_attempts: 2, attempt_ms: 301, ..Totals::default() };
    assert_eq!(timed.mean_ms(), Some(150));
    assert_eq!(Totals { timed_attempts: 0, attempt_ms: 0, ..timed }.mean_ms(), None, "all of them were lost");
}

#[test]
fn a_rate_is_of_deliveries_and_not_of_attempts() {
    let totals = Totals { failed_attempts: 6, delivered: 3, failed: 1, ..Totals::default() };
    assert_eq!(totals.success_rate().map(|rate| rate.as_fraction()), Some(0.75));
    assert_eq!(Totals { delivered: 0, failed: 0, ..totals }.success_rate(), None, "none has ended");
}
