//! Claims that end by themselves, and outcomes that come too late.

use super::{StoreUnderTest, World, answered};
use slotflow_application::bookings::Confirmation;
use slotflow_application::ports::LostAttempt;
use slotflow_domain::delivery::{AttemptNumber, AttemptOutcome, DeliveryStatus, Draw, Jitter, RetryPolicy};
use slotflow_domain::event::TraceContext;
use slotflow_domain::webhook::WebhookActivity;
use std::collections::BTreeMap;
use std::time::Duration;

pub async fn an_outcome_that_comes_after_its_lease_was_taken_over_changes_nothing(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let slow = world.claim_one().await;
    world.clock.advance(World::LEASE);
    let second = world.claim_one().await;
    assert_eq!(second.attempt, slow.attempt);
    assert_eq!(world.settle(&slow, answered(500)).await.stale, [one.id]);
    let log = world.logged(one.organization_id, one.id).await;
    assert_eq!((log.delivery.status, log.attempts.len()), (DeliveryStatus::Delivering, 0));
    assert_eq!(world.settle(&second, answered(200)).await.stale, []);
    assert_eq!(world.settle(&slow, answered(500)).await.stale, [one.id]);
    let log = world.logged(one.organization_id, one.id).await;
    assert_eq!((log.delivery.status, log.attempts.len()), (DeliveryStatus::Delivered, 1));
}

pub async fn an_outcome_that_comes_late_but_before_anybody_else_counts(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let claimed = world.claim_one().await;
    world.clock.advance(World::LEASE * 10);
    assert_eq!(world.settle(&claimed, answered(200)).await.stale, []);
    let status = world.logged(one.organization_id, one.id).await.delivery.status;
    assert_eq!(status, DeliveryStatus::Delivered);
}

pub async fn a_stale_gone_disables_nothing(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let slow = world.claim_one().await;
    world.clock.advance(World::LEASE);
    world.claim_one().await;
    let report = world.settle(&slow, answered(410)).await;
    assert_eq!((report.stale, report.disabled), (vec![one.id], vec![]));
    let webhook = world.store.directory.webhook(one.organization_id, one.webhook_id).await.unwrap().unwrap();
    assert_eq!(webhook.activity, WebhookActivity::Active);
}

pub async fn an_expired_lease_repeats_the_same_attempt(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    for _ in 0..3 {
        assert_eq!(world.claim_one().await.attempt, AttemptNumber::FIRST);
        world.clock.advance(World::LEASE);
    }
    let delivery = world.logged(one.organization_id, one.id).await.delivery;
    assert_eq!(delivery.attempt_count, 0);
}

pub async fn three_lost_leases_are_a_lost_attempt_and_a_retry_follows(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    for _ in 0..3 {
        world.claim_one().await;
        world.clock.advance(World::LEASE);
    }
    let claimed = world.claim_and_lose(World::room(10)).await;
    assert!(claimed.deliveries.is_empty(), "the attempt has ended");
    let log = world.logged(one.organization_id, one.id).await;
    assert_eq!((log.delivery.status, log.delivery.attempt_count), (DeliveryStatus::Pending, 1));
    assert_eq!(log.delivery.next_attempt_at, Some(world.now() + Duration::from_secs(300)));
    assert_eq!(log.delivery.last_outcome, Some(AttemptOutcome::Lost));
    assert_eq!(log.attempts.len(), 1);
    assert_eq!((log.attempts[0].number.get(), log.attempts[0].started_at), (1, world.now()));
    let told = LostAttempt {
        organization_id: one.organization_id,
        webhook_id: one.webhook_id,
        event_id: log.delivery.event_id,
        delivery_id: one.id,
        cause: None,
        attempt: log.attempts[0].clone(),
        status: DeliveryStatus::Pending,
    };
    assert_eq!(claimed.lost, [told], "whoever claimed hears of it");

    world.clock.advance(Duration::from_secs(300));
    assert_eq!(world.claim_one().await.attempt.get(), 2);
}

pub async fn the_retry_of_a_lost_attempt_has_its_own_jitter_and_is_never_early(store: StoreUnderTest) {
    let world = World::new(store);
    let lost = [world.one_delivery().await, world.one_delivery().await];
    for _ in 0..3 {
        assert_eq!(world.claim(10).await.len(), 2);
        world.clock.advance(World::LEASE);
    }
    let mut terms = world.terms(World::room(10));
    terms.policy = RetryPolicy::default().with_jitter(Jitter::percent(100).unwrap());
    let policy = terms.policy.clone();
    assert_eq!(world.store.queue.claim_due(terms).await.unwrap().lost.len(), 2);
    let mut due = Vec::new();
    for one in lost {
        let log = world.logged(one.organization_id, one.id).await;
        let draw = Draw::of(one.id, AttemptNumber::FIRST);
        let delay = policy.delay_after(AttemptNumber::FIRST, draw).unwrap();
        assert!(delay > Duration::from_secs(300));
        assert_eq!(log.delivery.next_attempt_at, Some(world.now() + delay));
        due.push(log.delivery.next_attempt_at);
    }
    assert_ne!(due[0], due[1], "what was lost at one moment does not come back at one");
}

pub async fn a_delivery_that_is_only_ever_lost_fails_in_the_end(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let (mut claims, mut lost) = (0, Vec::new());
    for _ in 0..20 {
        let claimed = world.claim_and_lose(World::room(10)).await;
        claims += claimed.deliveries.len();
        lost.extend(claimed.lost.into_iter().map(|it| (it.attempt.number.get(), it.status)));
        world.clock.advance(Duration::from_secs(4_000));
    }
    assert_eq!(claims, 9, "three attempts, each begun three times");
    let pending = DeliveryStatus::Pending;
    assert_eq!(lost, [(1, pending), (2, pending), (3, DeliveryStatus::Failed)]);
    let log = world.logged(one.organization_id, one.id).await;
    assert_eq!(log.delivery.status, DeliveryStatus::Failed);
    assert!(log.attempts.iter().all(|attempt| attempt.report.outcome == AttemptOutcome::Lost));
    assert_eq!(log.attempts.len(), 3);
}

pub async fn a_lost_attempt_is_told_once_with_what_its_delivery_has_come_to(store: StoreUnderTest) {
    let world = World::new(store);
    let (disabled, deleted) = (world.one_delivery().await, world.one_delivery().await);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://traced.io/").await;
    let cause: TraceContext = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap();
    let request = world.request(world.human(), 60);
    let prepared = world
        .bookings()
        .prepare_booking(Confirmation { organization_id, request, trace_context: Some(cause) })
        .await
        .unwrap();
    prepared.commit().await.unwrap();
    let traced = world.deliveries(organization_id).await[0].id;
    for _ in 0..3 {
        assert_eq!(world.claim(10).await.len(), 3);
        world.clock.advance(World::LEASE);
    }
    world.set_active(disabled.organization_id, disabled.webhook_id, false).await;
    world.webhooks().delete(deleted.organization_id, deleted.webhook_id).await.unwrap();
    let other = world.one_delivery().await.id;

    let claimed = world.claim_and_lose(World::room(10)).await;
    assert_eq!(claimed.deliveries.iter().map(|it| it.id).collect::<Vec<_>>(), [other]);
    let told = claimed.lost.iter().map(|it| (it.delivery_id, (it.status, it.cause)));
    let expected = [
        (disabled.id, (DeliveryStatus::Held, None)),
        (deleted.id, (DeliveryStatus::Cancelled, None)),
        (traced, (DeliveryStatus::Pending, Some(cause))),
    ];
    assert_eq!((claimed.lost.len(), BTreeMap::from_iter(told)), (3, BTreeMap::from(expected)));
    assert!(world.claim_and_lose(World::room(10)).await.lost.is_empty());
}

pub async fn a_recorded_outcome_ends_the_row_of_losses(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    for _ in 0..2 {
        world.claim_one().await;
        world.clock.advance(World::LEASE);
    }
    world.settle(&world.claim_one().await, answered(500)).await;
    world.clock.advance(Duration::from_secs(300));
    for _ in 0..3 {
        assert_eq!(world.claim_one().await.attempt.get(), 2);
        world.clock.advance(World::LEASE);
    }
    let delivery = world.logged(one.organization_id, one.id).await.delivery;
    assert_eq!(delivery.attempt_count, 1);
}
