//! Which webhooks need their owner's attention, and which of two more.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail loudly")]

use proptest::prelude::*;
use slotflow_domain::event::{EventCatalog, EventSet};
use slotflow_domain::health::{Attention, WebhookHealth};
use slotflow_domain::signing::SigningSecret;
use slotflow_domain::webhook::{DisabledReason, UrlRules, Webhook, WebhookActivity, WebhookUrl};
use slotflow_domain::{OrganizationId, Timestamp, WebhookId};
use std::cmp::Ordering;
use uuid::Uuid;

const MINUTE: i64 = 60;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_773_100_800_000 + seconds * 1_000).unwrap()
}

fn webhook(activity: WebhookActivity, active_since: Timestamp) -> Webhook {
    Webhook {
        id: WebhookId::new(Uuid::from_u128(1)),
        organization_id: OrganizationId::new(Uuid::from_u128(2)),
        url: WebhookUrl::parse("https://receiver.dev/", &UrlRules::strict()).unwrap(),
        events: EventSet::parse(&["booking.confirmed"], &EventCatalog::bookings()).unwrap(),
        secrets: SigningSecret::from_random([7; 32]).into(),
        activity,
        active_since,
        created_at: active_since,
    }
}

/// An active webhook of long ago.
fn active() -> Webhook {
    webhook(WebhookActivity::Active, at(-1_000 * MINUTE))
}

/// Of which nothing has been heard yet.
fn fresh() -> WebhookHealth {
    WebhookHealth::of(&[], at(0), None)
}

fn failing(attempts: u64, since: i64, last: i64) -> WebhookHealth {
    WebhookHealth {
        consecutive_failures: attempts,
        failing_since: Some(at(since)),
        last_failure_at: Some(at(last)),
        ..fresh()
    }
}

fn pending_since(seconds: i64) -> WebhookHealth {
    WebhookHealth { oldest_pending_at: Some(at(seconds)), ..fresh() }
}

fn any_attention() -> impl Strategy<Value = Attention> {
    // Few numbers, so that equal ones come up.
    prop_oneof![
        Just(Attention::Gone),
        Just(Attention::DisabledForFailing),
        (3_u64..6, 0_i64..3).prop_map(|(attempts, since)| Attention::Failing { attempts, since: at(since) }),
        (1_u64..4).prop_map(|deliveries| Attention::GaveUp { deliveries }),
        (0_i64..3).prop_map(|seconds| Attention::Late { oldest_pending_at: at(seconds) }),
        Just(Attention::Paused),
    ]
}

fn any_activity() -> impl Strategy<Value = WebhookActivity> {
    prop_oneof![
        4 => Just(WebhookActivity::Active),
        1 => proptest::sample::select(DisabledReason::ALL.to_vec()).prop_map(WebhookActivity::Disabled),
    ]
}

/// Any health that hours may say, within some half an hour before now.
fn any_health() -> impl Strategy<Value = WebhookHealth> {
    let moment = || -30 * MINUTE..=0;
    (0_u64..6, moment(), moment(), 0_u64..3, proptest::option::of(moment())).prop_map(
        |(failures, one, other, failed, pending)| WebhookHealth {
            failed_24h: failed,
            oldest_pending_at: pending.map(at),
            failing_since: (failures > 0).then(|| at(one.min(other))),
            last_failure_at: (failures > 0 || one % 2 == 0).then(|| at(one.max(other))),
            consecutive_failures: failures,
            ..fresh()
        },
    )
}

proptest! {
    #[test]
    fn the_order_is_total(a in any_attention(), b in any_attention(), c in any_attention()) {
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert_eq!(a.cmp(&b) == Ordering::Equal, a == b, "{:?} and {:?}", a, b);
        prop_assert_eq!(a.partial_cmp(&b), Some(a.cmp(&b)));
        if a <= b && b <= c {
            prop_assert!(a <= c, "{:?}, {:?}, {:?}", a, b, c);
        }
    }

    /// The reason is the most urgent of those that hold, each looked at by itself.
    #[test]
    fn the_most_urgent_reason_is_given(
        activity in any_activity(),
        active_since in -30 * MINUTE..=0,
        health in any_health(),
    ) {
        let (now, active_since) = (at(0), at(active_since));
        let mut reasons = Vec::new();
        let failed_at = health.last_failure_at.unwrap_or(Timestamp::MIN);
        if health.consecutive_failures >= 3 && failed_at >= active_since {
            let (attempts, since) = (health.consecutive_failures, health.failing_since.unwrap());
            reasons.push(Attention::Failing { attempts, since });
        }
        if health.failed_24h > 0 {
            reasons.push(Attention::GaveUp { deliveries: health.failed_24h });
        }
        if let Some(oldest_pending_at) = health.oldest_pending_at {
            let ten_minutes_ago = at(-10 * MINUTE);
            if oldest_pending_at < ten_minutes_ago && active_since < ten_minutes_ago && failed_at < oldest_pending_at {
                reasons.push(Attention::Late { oldest_pending_at });
            }
        }
        let expected = match activity {
            WebhookActivity::Active => reasons.into_iter().min(),
            WebhookActivity::Disabled(DisabledReason::Gone) => Some(Attention::Gone),
            WebhookActivity::Disabled(DisabledReason::Failing) => Some(Attention::DisabledForFailing),
            WebhookActivity::Disabled(DisabledReason::Requested) => Some(Attention::Paused),
        };
        prop_assert_eq!(Attention::of(&webhook(activity, active_since), &health, now), expected);
    }

    /// However much it delivers, and with a failure now and then.
    #[test]
    fn a_healthy_active_webhook_is_left_alone(
        delivered in any::<u64>(),
        failures in 0_u64..3,
        last_failure in proptest::option::of(-1_000 * MINUTE..=0),
        pending in proptest::option::of(-10 * MINUTE..=0),
    ) {
        let health = WebhookHealth {
            delivered_24h: delivered,
            consecutive_failures: failures,
            failing_since: last_failure.filter(|_| failures > 0).map(at),
            last_failure_at: last_failure.map(at),
            oldest_pending_at: pending.map(at),
            ..fresh()
        };
        prop_assert_eq!(Attention::of(&active(), &health, at(0)), None);
    }
}

#[test]
fn each_reason_has_its_webhook_and_the_most_urgent_comes_first() {
    let disabled = |reason| webhook(WebhookActivity::Disabled(reason), at(0));
    let in_order = [
        (disabled(DisabledReason::Gone), fresh(), Attention::Gone),
        (disabled(DisabledReason::Failing), fresh(), Attention::DisabledForFailing),
        (active(), failing(9, -50, -1), Attention::Failing { attempts: 9, since: at(-50) }),
        (active(), failing(3, -99, -1), Attention::Failing { attempts: 3, since: at(-99) }),
        (active(), failing(3, -50, -1), Attention::Failing { attempts: 3, since: at(-50) }),
        (active(), WebhookHealth { failed_24h: 2, ..fresh() }, Attention::GaveUp { deliveries: 2 }),
        (active(), WebhookHealth { failed_24h: 1, ..fresh() }, Attention::GaveUp { deliveries: 1 }),
        (active(), pending_since(-9_999), Attention::Late { oldest_pending_at: at(-9_999) }),
        (active(), pending_since(-601), Attention::Late { oldest_pending_at: at(-601) }),
        (disabled(DisabledReason::Requested), fresh(), Attention::Paused),
    ];
    let found: Vec<_> =
        in_order.iter().map(|(webhook, health, _)| Attention::of(webhook, health, at(0)).unwrap()).collect();
    let expected: Vec<_> = in_order.iter().map(|(_, _, attention)| *attention).collect();
    assert_eq!(found, expected);
    assert!(found.is_sorted_by(|one, next| one < next), "{found:?}");
}

#[test]
fn a_webhook_that_was_enabled_again_is_not_failing_until_it_fails_anew() {
    let enabled = webhook(WebhookActivity::Active, at(-100));
    assert_eq!(Attention::of(&enabled, &failing(50, -900, -101), at(0)), None);
    let failed_again = Some(Attention::Failing { attempts: 51, since: at(-900) });
    assert_eq!(Attention::of(&enabled, &failing(51, -900, -100), at(0)), failed_again);
}

#[test]
fn what_waits_for_its_retry_is_not_late() {
    let waiting = |last_failure: i64| WebhookHealth {
        last_failure_at: Some(at(last_failure)),
        ..pending_since(-50 * MINUTE)
    };
    assert_eq!(Attention::of(&active(), &waiting(-49 * MINUTE), at(0)), None, "it may have been its own");
    let late = Some(Attention::Late { oldest_pending_at: at(-50 * MINUTE) });
    assert_eq!(Attention::of(&active(), &waiting(-51 * MINUTE), at(0)), late);
}

#[test]
fn what_was_held_waits_since_its_webhook_was_enabled() {
    let held_for_days = pending_since(-9_999 * MINUTE);
    let late = Attention::Late { oldest_pending_at: at(-9_999 * MINUTE) };
    for (enabled, expected) in [(-9, None), (-11, Some(late))] {
        let webhook = webhook(WebhookActivity::Active, at(enabled * MINUTE));
        assert_eq!(Attention::of(&webhook, &held_for_days, at(0)), expected, "enabled {enabled} minutes ago");
    }
}
