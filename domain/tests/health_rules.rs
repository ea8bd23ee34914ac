//! What hours of attempts say of a webhook, for any attempts, compared with the attempts themselves.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail loudly")]

use proptest::prelude::*;
use slotflow_domain::delivery::{AttemptNumber, DeliveryStatus};
use slotflow_domain::health::{AutoDisable, EndedAttempt, WebhookHealth, WebhookHour, hour_of, tally};
use slotflow_domain::{Timestamp, WebhookId};
use std::time::Duration;
use uuid::Uuid;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const WEBHOOK: WebhookId = WebhookId::new(Uuid::from_u128(1));

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_773_100_800_000 + seconds * 1_000).unwrap()
}

fn attempt(seconds: i64, number: u16, accepted: bool) -> EndedAttempt {
    let delivery = match (accepted, number) {
        (true, _) => DeliveryStatus::Delivered,
        (false, 3) => DeliveryStatus::Failed,
        (false, _) => DeliveryStatus::Pending,
    };
    let number = AttemptNumber::new(number).unwrap();
    // Every fifth was lost, as good as any.
    let duration = (seconds % 5 != 4).then(|| Duration::from_millis(seconds.unsigned_abs() * 37 % 10_000));
    EndedAttempt { webhook_id: WEBHOOK, number, ended_at: at(seconds), duration, accepted, delivery }
}

/// What a store has of these attempts, recorded in batches of this size.
fn recorded(attempts: &[EndedAttempt], batch: usize) -> Vec<WebhookHour> {
    let mut hours: std::collections::BTreeMap<_, WebhookHour> = std::collections::BTreeMap::new();
    for some in attempts.chunks(batch) {
        for (key, hour) in tally(some) {
            hours.entry(key).or_insert_with(|| WebhookHour::empty(hour.start)).absorb(&hour);
        }
    }
    hours.into_values().collect()
}

/// Attempts over some days, in order: mostly failures, so that streaks are long.
fn attempts(success_in: u32) -> impl Strategy<Value = Vec<EndedAttempt>> {
    let one = (0_i64..2 * HOUR, 1_u16..=3, proptest::bool::weighted(1.0 / f64::from(success_in)));
    proptest::collection::vec(one, 0..200).prop_map(|steps| {
        let mut now = 0;
        let mut attempts = Vec::new();
        for (wait, number, accepted) in steps {
            now += wait;
            attempts.push(attempt(now, number, accepted));
        }
        attempts
    })
}

proptest! {
    #[test]
    fn health_is_what_the_attempts_say(
        attempts in attempts(10),
        batch in 1_usize..20,
        later in 0_i64..2 * DAY,
    ) {
        let now = attempts.last().map_or(at(0), |last| last.ended_at) + Duration::from_secs(later.unsigned_abs());
        let from = WebhookHealth::looks_back_to(now);
        let mut hours = recorded(&attempts, batch);
        hours.retain(|hour| hour.start >= from);
        hours.reverse();
        let health = WebhookHealth::of(&hours, now, None);

        let known: Vec<_> = attempts.iter().filter(|it| it.ended_at >= from).collect();
        let day = hour_of(now).saturating_sub(Duration::from_secs(24 * 3_600));
        let ended = |status| {
            known.iter().filter(|it| it.delivery == status && it.ended_at >= day).count() as u64
        };
        let (delivered, failed) = (ended(DeliveryStatus::Delivered), ended(DeliveryStatus::Failed));
        prop_assert_eq!((health.delivered_24h, health.failed_24h), (delivered, failed));
        match health.success_rate_24h.map(|rate| rate.as_fraction()) {
            None => prop_assert_eq!(delivered + failed, 0),
            Some(rate) => {
                let exact = delivered as f64 / (delivered + failed) as f64;
                prop_assert!((0.0..0.0001).contains(&(exact - rate + 1e-12)), "{} for {}", rate, exact);
                prop_assert_eq!(rate == 1.0, failed == 0);
            }
        }
        let last = |accepted| known.iter().filter(|it| it.accepted == accepted).map(|it| it.ended_at).max();
        prop_assert_eq!((health.last_success_at, health.last_failure_at), (last(true), last(false)));
        let failures: Vec<_> = known.iter().rev().take_while(|it| !it.accepted).collect();
        prop_assert_eq!(health.consecutive_failures, failures.len() as u64);
        prop_assert_eq!(health.failing_since, failures.last().map(|first| first.ended_at));
    }

    #[test]
    fn hours_know_how_long_their_attempts_took(attempts in attempts(3), batch in 1_usize..20) {
        for hour in recorded(&attempts, batch) {
            let of_hour = attempts.iter().filter(|it| hour_of(it.ended_at) == hour.start);
            let took: Vec<_> = of_hour.filter_map(|it| it.duration).map(|took| took.as_millis()).collect();
            prop_assert_eq!(hour.timed_attempts, took.len() as u64);
            prop_assert_eq!(u128::from(hour.attempt_ms), took.iter().sum::<u128>());
            prop_assert_eq!(u128::from(hour.slowest_ms), took.iter().max().copied().unwrap_or(0));
        }
    }

    /// Disabled is exactly whose failures since the last success, since it is active, and within the time
    /// that is looked back to are old enough and of enough deliveries.
    #[test]
    fn a_webhook_is_disabled_exactly_when_its_streak_is_long_enough(
        attempts in attempts(60),
        batch in 1_usize..20,
        hours_of_failing in 1_u64..150,
        deliveries in 1_u32..40,
        active_since_hour in proptest::option::of(0_i64..100),
    ) {
        let Some(now) = attempts.last().map(|last| last.ended_at) else { return Ok(()) };
        let rule = AutoDisable::new(Duration::from_secs(hours_of_failing * 3_600), deliveries).unwrap();
        // On the hour, where no rounding is at play.
        let active_since = active_since_hour.map_or(at(0), |hour| at(hour * HOUR));
        let hours = recorded(&attempts, batch);

        let from = active_since.max(rule.looks_back_to(now));
        let streak: Vec<_> =
            attempts.iter().rev().take_while(|it| !it.accepted && it.ended_at >= from).collect();
        let failing_for = streak.last().map_or(Duration::ZERO, |first| now.since(first.ended_at));
        let begun = streak.iter().filter(|it| it.is_first()).count();
        let expected = !streak.is_empty()
            && failing_for >= Duration::from_secs(hours_of_failing * 3_600)
            && begun >= deliveries as usize;
        prop_assert_eq!(rule.judge(&hours, active_since, now), expected);
        if expected {
            let latest = hours.iter().max_by_key(|hour| hour.start).unwrap();
            prop_assert!(rule.may_apply(latest, now), "the first look overlooks nothing");
        }
    }
}

#[test]
fn the_default_is_five_days_over_twenty_deliveries() {
    let rule = AutoDisable::default();
    let failing = |deliveries: i64, days: i64| -> Vec<EndedAttempt> {
        (0..deliveries).map(|number| attempt(number * days * DAY / (deliveries - 1), 1, false)).collect()
    };
    for (deliveries, days, disabled) in
        [(20, 5, true), (20, 4, false), (19, 5, false), (200, 5, true), (20, 30, true), (20, 40, false)]
    {
        let hours = recorded(&failing(deliveries, days), 1);
        assert_eq!(rule.judge(&hours, at(0), at(days * DAY)), disabled, "{deliveries} in {days} days");
    }
}

/// A sum of many must fit into whatever a store keeps.
#[test]
fn a_duration_that_cannot_be_is_cut() {
    let endless = EndedAttempt { duration: Some(Duration::MAX), ..attempt(0, 1, true) };
    let hour = WebhookHour::of(&endless);
    assert_eq!((hour.timed_attempts, hour.attempt_ms, hour.slowest_ms), (1, 4_294_967_295, 4_294_967_295));
}

#[test]
fn one_success_begins_it_all_anew() {
    let mut attempts: Vec<_> = (0..60).map(|number| attempt(number * 3 * HOUR, 1, false)).collect();
    let hours = |attempts: &[EndedAttempt]| recorded(attempts, 1);
    assert!(AutoDisable::default().judge(&hours(&attempts), at(0), at(177 * HOUR)));
    attempts.insert(50, attempt(148 * HOUR, 1, true));
    assert!(!AutoDisable::default().judge(&hours(&attempts), at(0), at(177 * HOUR)));
}

#[test]
fn an_hour_with_failures_from_before_the_enabling_does_not_count() {
    let rule = AutoDisable::new(Duration::from_secs(1), 1).unwrap();
    let hours = recorded(&[attempt(10, 1, false), attempt(30, 1, false)], 1);
    assert!(rule.judge(&hours, at(0), at(30)), "without an enabling");
    assert!(!rule.judge(&hours, at(20), at(30)), "enabled in between");
}

#[test]
fn thresholds_of_nothing_are_refused() {
    let day = Duration::from_secs(24 * 3_600);
    for (after, deliveries) in [(Duration::ZERO, 20), (31 * day, 20), (day, 0)] {
        assert!(AutoDisable::new(after, deliveries).is_err(), "{after:?} {deliveries}");
    }
}
