//! What webhooks' attempts come to, hour by hour, and which webhooks are disabled for it.

use super::{OneDelivery, StoreUnderTest, World, answered};
use slotflow_application::ports::WebhookHistory;
use slotflow_application::webhooks::UpdateWebhook;
use slotflow_domain::delivery::{AttemptReport, DeliveryStatus};
use slotflow_domain::health::{AutoDisable, Streak, WebhookHealth, WebhookHour, hour_of};
use slotflow_domain::webhook::{DisabledReason, WebhookActivity};
use slotflow_domain::{Timestamp, WebhookId};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);

async fn history(world: &World, one: &OneDelivery, from: Timestamp) -> WebhookHistory {
    let (organization_id, id) = (one.organization_id, one.webhook_id);
    let mut history = world.store.directory.webhook_history(organization_id, id, from).await.unwrap();
    history.hours.sort_by_key(|hour| hour.start);
    history
}

/// Every hour of the webhook.
async fn hours(world: &World, one: &OneDelivery) -> Vec<WebhookHour> {
    history(world, one, Timestamp::MIN).await.hours
}

/// Makes every attempt that is due, each answered with this status, in one batch. Answers who was disabled for
/// failing.
async fn attempt_all(world: &World, status: u16, rule: AutoDisable) -> Vec<WebhookId> {
    let claimed = world.claim(1_000).await;
    let batch = claimed.iter().map(|claimed| world.settled(claimed, answered(status))).collect();
    let disabled = world.settle_under(batch, Some(rule)).await.disabled;
    assert!(disabled.iter().all(|(_, reason)| *reason == DisabledReason::Failing));
    disabled.into_iter().map(|(id, _)| id).collect()
}

async fn activity(world: &World, one: &OneDelivery) -> WebhookActivity {
    let found = world.store.directory.webhook(one.organization_id, one.webhook_id).await;
    found.unwrap().unwrap().activity
}

pub async fn attempts_count_in_the_hour_in_which_they_ended(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let first = world.now();
    world.settle(&world.claim_one().await, answered(500)).await;
    world.clock.advance(HOUR);
    world.settle(&world.claim_one().await, answered(500)).await;
    let second = world.now();
    world.clock.advance(HOUR);
    world.settle(&world.claim_one().await, answered(200)).await;

    let failed = |at, deliveries| WebhookHour {
        failed_attempts: 1,
        timed_attempts: 1,
        attempt_ms: 100,
        slowest_ms: 100,
        last_failure_at: Some(at),
        streak: Some(Streak { since: at, attempts: 1, deliveries }),
        ..WebhookHour::empty(hour_of(at))
    };
    let arrived = WebhookHour {
        accepted_attempts: 1,
        delivered: 1,
        timed_attempts: 1,
        attempt_ms: 100,
        slowest_ms: 100,
        last_success_at: Some(world.now()),
        ..WebhookHour::empty(hour_of(world.now()))
    };
    assert_eq!(hours(&world, &one).await, [failed(first, 1), failed(second, 0), arrived]);
    let later = history(&world, &one, hour_of(second)).await;
    assert_eq!(later.hours.len(), 2, "only what was asked for");
}

pub async fn batches_of_one_hour_add_up(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    for _ in 0..5 {
        world.book(one.organization_id).await;
    }
    let claimed = world.claim(10).await;
    let began = world.now();
    let mut at = Vec::new();
    for (claimed, statuses) in claimed.chunks(2).zip([[500, 404], [200, 503], [429, 410]]) {
        world.clock.advance(Duration::from_secs(1));
        at.push(world.now());
        let batch = claimed.iter().zip(statuses).map(|(it, status)| world.settled(it, answered(status)));
        world.settle_batch(batch.collect()).await;
    }
    assert_eq!(began.since(hour_of(began)).as_secs() / 3_600, at[2].since(hour_of(began)).as_secs() / 3_600);
    // Within a batch, attempts that ended at the same moment count in the order of their deliveries.
    let streak = Streak { since: at[1], attempts: 3, deliveries: 3 };
    let expected = WebhookHour {
        start: hour_of(began),
        accepted_attempts: 1,
        failed_attempts: 5,
        delivered: 1,
        failed: 1,
        timed_attempts: 6,
        attempt_ms: 600,
        slowest_ms: 100,
        last_success_at: Some(at[1]),
        last_failure_at: Some(at[2]),
        streak: Some(streak),
    };
    assert_eq!(hours(&world, &one).await, [expected]);
}

pub async fn an_hour_knows_how_long_its_attempts_took(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let mut known = WebhookHour::empty(hour_of(world.now()));
    // In batches, with the longest first, in between, and last.
    for batch in [vec![9_000, 5], vec![0, 9_500, 20], vec![1, 10_000]] {
        for _ in 1..batch.len() {
            world.book(one.organization_id).await;
        }
        let settled = world.claim(10).await.into_iter().zip(&batch).map(|(claimed, millis)| {
            let report = AttemptReport { duration: Duration::from_millis(*millis), ..answered(200) };
            world.settled(&claimed, report)
        });
        world.settle_batch(settled.collect()).await;
        world.book(one.organization_id).await;
        known.timed_attempts += u64::try_from(batch.len()).unwrap();
        known.attempt_ms += batch.iter().sum::<u64>();
        known.slowest_ms = known.slowest_ms.max(batch.into_iter().max().unwrap());
        let hour = hours(&world, &one).await[0];
        let times = |hour: WebhookHour| (hour.timed_attempts, hour.attempt_ms, hour.slowest_ms);
        assert_eq!(times(hour), times(known));
    }
    // Nobody knows how long a lost one took.
    for _ in 0..3 {
        world.claim(10).await;
        world.clock.advance(World::LEASE);
    }
    assert!(world.claim(10).await.is_empty(), "the attempt has ended");
    let hour = hours(&world, &one).await[0];
    assert_eq!((hour.failed_attempts, hour.timed_attempts), (1, known.timed_attempts));
}

pub async fn a_success_ends_the_streak_of_its_hour(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    world.settle(&world.claim_one().await, answered(500)).await;
    world.book(one.organization_id).await;
    world.settle(&world.claim_one().await, answered(200)).await;
    let after = hours(&world, &one).await;
    assert_eq!((after[0].failed_attempts, after[0].streak), (1, None));
    let health = WebhookHealth::of(&after, world.now(), None);
    assert_eq!((health.consecutive_failures, health.delivered_24h), (0, 1));
}

pub async fn an_outcome_that_came_too_late_does_not_count(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let slow = world.claim_one().await;
    world.clock.advance(World::LEASE);
    let second = world.claim_one().await;
    world.settle(&slow, answered(500)).await;
    assert_eq!(hours(&world, &one).await, []);
    world.settle(&second, answered(200)).await;
    world.settle(&second, answered(200)).await;
    assert_eq!(hours(&world, &one).await[0].accepted_attempts, 1, "recorded twice, counted once");
}

pub async fn a_lost_attempt_counts_as_a_failure(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    for _ in 0..3 {
        world.claim_one().await;
        world.clock.advance(World::LEASE);
    }
    assert!(world.claim(10).await.is_empty(), "the attempt has ended");
    let streak = Streak { since: world.now(), attempts: 1, deliveries: 1 };
    let expected = WebhookHour {
        failed_attempts: 1,
        last_failure_at: Some(world.now()),
        streak: Some(streak),
        ..WebhookHour::empty(hour_of(world.now()))
    };
    assert_eq!(hours(&world, &one).await, [expected]);
}

pub async fn webhooks_of_one_batch_count_apart(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let webhook_id = world.webhook(one.organization_id, "https://other.io/").await.id;
    world.book(one.organization_id).await;
    let other = OneDelivery { webhook_id, ..one };
    let claimed = world.claim(10).await;
    let status = |webhook_id| if webhook_id == one.webhook_id { 200 } else { 500 };
    let batch = claimed.iter().map(|it| world.settled(it, answered(status(it.webhook_id)))).collect();
    world.settle_batch(batch).await;
    let counts = |hours: Vec<WebhookHour>| (hours[0].accepted_attempts, hours[0].failed_attempts);
    assert_eq!(counts(hours(&world, &one).await), (2, 0));
    assert_eq!(counts(hours(&world, &other).await), (0, 1));
}

pub async fn the_oldest_pending_delivery_is_the_one_made_first(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let oldest = async || history(&world, &one, world.now()).await.oldest_pending_at;
    let made = world.now();
    assert_eq!(oldest().await, Some(made));
    let claimed = world.claim_one().await;
    assert_eq!(oldest().await, None, "it is being made");
    world.clock.advance(Duration::from_secs(5));
    world.book(one.organization_id).await;
    world.settle(&claimed, answered(500)).await;
    assert_eq!(oldest().await, Some(made), "it waits for its retry, which is due after the other");
    world.set_active(one.organization_id, one.webhook_id, false).await;
    assert_eq!(oldest().await, None, "what is held is not pending");
}

pub async fn another_organization_reads_no_history(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    world.settle(&world.claim_one().await, answered(500)).await;
    let stranger = world.organization().await.id;
    let foreign = OneDelivery { organization_id: stranger, ..one };
    assert_eq!(history(&world, &foreign, Timestamp::MIN).await, WebhookHistory::default());
}

pub async fn a_webhook_that_fails_for_long_enough_is_disabled_and_what_waits_is_held(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let rule = AutoDisable::new(5 * 24 * HOUR, 4).unwrap();
    for day in 0..5 {
        assert_eq!(attempt_all(&world, 500, rule).await, [], "day {day}");
        assert_eq!(activity(&world, &one).await, WebhookActivity::Active, "day {day}");
        world.clock.advance(24 * HOUR);
        world.book(one.organization_id).await;
    }
    assert_eq!(attempt_all(&world, 500, rule).await, [one.webhook_id]);
    assert_eq!(activity(&world, &one).await, WebhookActivity::Disabled(DisabledReason::Failing));
    let waiting: Vec<_> = world.deliveries(one.organization_id).await.iter().map(|it| it.status).collect();
    assert!(waiting.contains(&DeliveryStatus::Held), "{waiting:?}");
    assert!(!waiting.contains(&DeliveryStatus::Pending), "{waiting:?}");
    assert!(world.claim(10).await.is_empty());
}

pub async fn a_webhook_that_hears_of_little_is_disabled_after_enough_deliveries(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let rule = AutoDisable::new(5 * 24 * HOUR, 20).unwrap();
    for day in 0..19 {
        assert_eq!(attempt_all(&world, 500, rule).await, [], "day {day}");
        world.clock.advance(24 * HOUR);
        world.book(one.organization_id).await;
    }
    assert_eq!(attempt_all(&world, 500, rule).await, [one.webhook_id], "one delivery a day, the twentieth");
}

pub async fn a_success_in_between_keeps_a_webhook_from_being_disabled(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let rule = AutoDisable::new(5 * HOUR, 2).unwrap();
    for hour in 0..20 {
        let status = if hour % 5 == 4 { 200 } else { 500 };
        assert_eq!(attempt_all(&world, status, rule).await, [], "hour {hour}");
        world.clock.advance(HOUR);
        world.book(one.organization_id).await;
    }
    assert_eq!(activity(&world, &one).await, WebhookActivity::Active);
}

pub async fn few_deliveries_disable_nothing_however_long_they_fail(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let rule = AutoDisable::new(2 * HOUR, 3).unwrap();
    for _ in 0..6 {
        assert_eq!(attempt_all(&world, 500, rule).await, []);
        world.clock.advance(HOUR);
    }
    assert_eq!(activity(&world, &one).await, WebhookActivity::Active, "three attempts of one delivery");
}

pub async fn without_a_rule_nothing_is_disabled(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    for _ in 0..40 {
        let claimed = world.claim(10).await;
        let batch = claimed.iter().map(|it| world.settled(it, answered(500))).collect();
        assert_eq!(world.settle_under(batch, None).await.disabled, []);
        world.clock.advance(24 * HOUR);
        world.book(one.organization_id).await;
    }
    assert_eq!(activity(&world, &one).await, WebhookActivity::Active);
}

pub async fn whoever_disabled_a_webhook_first_gives_the_reason(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let rule = AutoDisable::new(HOUR, 1).unwrap();
    attempt_all(&world, 500, rule).await;
    world.clock.advance(2 * HOUR);
    let claimed = world.claim_one().await;
    world.set_active(one.organization_id, one.webhook_id, false).await;
    let report = world.settle_under(vec![world.settled(&claimed, answered(500))], Some(rule)).await;
    assert_eq!(report.disabled, []);
    assert_eq!(activity(&world, &one).await, WebhookActivity::Disabled(DisabledReason::Requested));
}

pub async fn enabling_begins_a_fresh_streak(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let rule = AutoDisable::new(3 * HOUR, 1).unwrap();
    attempt_all(&world, 500, rule).await;
    world.clock.advance(3 * HOUR);
    assert_eq!(attempt_all(&world, 500, rule).await, [one.webhook_id]);

    world.clock.advance(HOUR);
    world.set_active(one.organization_id, one.webhook_id, true).await;
    world.book(one.organization_id).await;
    assert_eq!(attempt_all(&world, 500, rule).await, [], "what failed before counts no more");
    assert_eq!(activity(&world, &one).await, WebhookActivity::Active);
    world.clock.advance(3 * HOUR);
    world.book(one.organization_id).await;
    assert_eq!(attempt_all(&world, 500, rule).await, [one.webhook_id], "and what failed since does");
}

pub async fn another_url_begins_a_fresh_streak(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let rule = AutoDisable::new(3 * HOUR, 1).unwrap();
    attempt_all(&world, 500, rule).await;
    world.clock.advance(2 * HOUR);
    let request = UpdateWebhook { url: Some("https://mended.io/".to_owned()), ..UpdateWebhook::default() };
    world.webhooks().update(one.organization_id, one.webhook_id, request).await.unwrap();
    world.clock.advance(HOUR);
    world.book(one.organization_id).await;
    assert_eq!(attempt_all(&world, 500, rule).await, []);
}

pub async fn outcomes_recorded_side_by_side_are_all_counted(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    for host in 0..8 {
        world.webhook(organization_id, &format!("https://host{host}.io/")).await;
    }
    for _ in 0..40 {
        world.book(organization_id).await;
    }
    let claimed = world.claim(1_000).await;
    // Each recorder has deliveries of all the webhooks, every second one in the opposite order.
    let recorders = (0..8).map(|number| {
        let mut theirs: Vec<_> = claimed.iter().skip(number).step_by(8).cloned().collect();
        if number % 2 == 0 {
            theirs.reverse();
        }
        let world = world.clone();
        tokio::spawn(async move {
            for some in theirs.chunks(10) {
                let batch = some.iter().map(|it| world.settled(it, answered(500))).collect();
                world.settle_batch(batch).await;
            }
        })
    });
    for recorder in futures_util::future::join_all(recorders).await {
        recorder.expect("nobody waits for whoever waits for them");
    }
    let mut counted = 0;
    for webhook in world.store.directory.webhooks(organization_id).await.unwrap() {
        let history =
            world.store.directory.webhook_history(organization_id, webhook.id, Timestamp::MIN).await;
        counted += history.unwrap().hours.iter().map(|hour| hour.failed_attempts).sum::<u64>();
    }
    assert_eq!((claimed.len(), counted), (320, 320));
}
