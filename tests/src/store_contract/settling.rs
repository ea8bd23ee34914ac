//! Writing what became of attempts.

use super::{StoreUnderTest, World, answered, report_of};
use slotflow_application::ports::Entropy as _;
use slotflow_application::ports::SettleReport;
use slotflow_domain::delivery::{
    AttemptOutcome, AttemptReport, AttemptResponse, ClaimToken, DeliveryStatus, Exchange, Phases,
};
use slotflow_domain::webhook::{DisabledReason, WebhookActivity};
use std::time::Duration;

pub async fn a_success_is_final(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let claimed = world.claim_one().await;
    world.clock.advance(Duration::from_millis(250));
    assert_eq!(world.settle(&claimed, answered(204)).await, SettleReport::default());
    let log = world.logged(one.organization_id, one.id).await;
    assert_eq!(log.delivery.status, DeliveryStatus::Delivered);
    assert_eq!(log.delivery.completed_at, Some(world.now()));
    assert_eq!((log.delivery.attempt_count, log.delivery.next_attempt_at), (1, None));
    assert_eq!(log.delivery.last_outcome, Some(AttemptOutcome::Success));
    assert_eq!((log.delivery.last_response_status, log.delivery.last_error), (Some(204), None));
    world.clock.advance(Duration::from_secs(1_000_000));
    assert!(world.claim(10).await.is_empty());
}

pub async fn three_failures_follow_the_schedule_and_the_third_is_final(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    for (number, wait) in [(1, Some(300)), (2, Some(3_600)), (3, None)] {
        let claimed = world.claim_one().await;
        assert_eq!(claimed.attempt.get(), number);
        world.clock.advance(Duration::from_secs(7));
        world.settle(&claimed, answered(503)).await;
        let delivery = world.logged(one.organization_id, one.id).await.delivery;
        assert_eq!(delivery.attempt_count, number);
        assert_eq!(delivery.last_response_status, Some(503));
        assert_eq!(delivery.last_error.as_deref(), Some("answered 503"));
        let due = wait.map(|seconds| world.now() + Duration::from_secs(seconds));
        assert_eq!(delivery.next_attempt_at, due, "counted from the attempt's end");
        match due {
            Some(due) => world.clock.set(due),
            None => assert_eq!(delivery.completed_at, Some(world.now())),
        }
    }
    let log = world.logged(one.organization_id, one.id).await;
    assert_eq!(log.delivery.status, DeliveryStatus::Failed);
    let numbers: Vec<_> = log.attempts.iter().map(|attempt| attempt.number.get()).collect();
    assert_eq!(numbers, [1, 2, 3]);
    world.clock.advance(Duration::from_secs(1_000_000));
    assert!(world.claim(10).await.is_empty());
}

pub async fn a_token_that_is_not_the_claims_changes_nothing_and_is_reported(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let claimed = world.claim_one().await;
    let mut forged = world.settled(&claimed, answered(200));
    forged.token = ClaimToken::new(world.entropy.token());
    let report = world.settle_batch(vec![forged]).await;
    assert_eq!(report.stale, [one.id]);
    let log = world.logged(one.organization_id, one.id).await;
    assert_eq!((log.delivery.status, log.attempts.len()), (DeliveryStatus::Delivering, 0));
    assert_eq!(world.settle(&claimed, answered(200)).await.stale, []);
}

pub async fn settling_again_changes_nothing(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let settled = world.settled(&world.claim_one().await, answered(500));
    world.settle_batch(vec![settled.clone()]).await;
    let before = world.logged(one.organization_id, one.id).await;
    world.settle_batch(vec![settled.clone()]).await;
    assert_eq!(world.logged(one.organization_id, one.id).await, before);

    world.clock.advance(Duration::from_secs(300));
    let second = world.claim_one().await;
    world.settle_batch(vec![settled]).await;
    assert_eq!(second.attempt.get(), 2);
    assert_eq!(world.logged(one.organization_id, one.id).await.attempts, before.attempts);
    assert_eq!(world.settle(&second, answered(200)).await.stale, []);
}

pub async fn a_batch_is_settled_as_one_with_stale_ones_passed_over(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://a.io/").await;
    for _ in 0..5 {
        world.book(organization_id).await;
    }
    let claimed = world.claim(10).await;
    let statuses = [200, 500, 200, 404, 200];
    let mut batch: Vec<_> = claimed
        .iter()
        .zip(statuses)
        .map(|(claimed, status)| world.settled(claimed, answered(status)))
        .collect();
    batch[2].token = ClaimToken::new(world.entropy.token());
    let report = world.settle_batch(batch).await;
    assert_eq!(report.stale, [claimed[2].id]);
    let mut found = Vec::new();
    for claimed in &claimed {
        found.push(world.logged(organization_id, claimed.id).await.delivery.status);
    }
    use DeliveryStatus::{Delivered, Delivering, Pending};
    assert_eq!(found, [Delivered, Pending, Delivering, Pending, Delivered]);
}

pub async fn a_batch_of_a_thousand_is_settled(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    for host in 0..20 {
        world.webhook(organization_id, &format!("https://host{host}.io/")).await;
    }
    for _ in 0..50 {
        world.book(organization_id).await;
    }
    let claimed = world.claim(1_000).await;
    assert_eq!(claimed.len(), 1_000);
    let batch = claimed.iter().map(|claimed| world.settled(claimed, answered(200))).collect();
    assert_eq!(world.settle_batch(batch).await, SettleReport::default());
    let all = world.list(organization_id, super::log::everything()).await;
    assert!(all.iter().all(|delivery| delivery.status == DeliveryStatus::Delivered));
}

pub async fn an_empty_batch_is_nothing(store: StoreUnderTest) {
    let world = World::new(store);
    assert_eq!(world.settle_batch(vec![]).await, SettleReport::default());
    world.store.queue.release(vec![]).await.unwrap();
}

pub async fn a_receiver_that_is_gone_disables_its_webhook_and_holds_what_waits(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let claimed = world.claim_one().await;
    world.book(one.organization_id).await;
    let report = world.settle(&claimed, answered(410)).await;
    assert_eq!((report.disabled, report.stale), (vec![(one.webhook_id, DisabledReason::Gone)], vec![]));
    let webhook = world.store.directory.webhook(one.organization_id, one.webhook_id).await.unwrap().unwrap();
    assert_eq!(webhook.activity, WebhookActivity::Disabled(DisabledReason::Gone));
    let statuses: Vec<_> =
        world.deliveries(one.organization_id).await.iter().map(|delivery| delivery.status).collect();
    assert_eq!(statuses, [DeliveryStatus::Held, DeliveryStatus::Failed], "newest first");
}

pub async fn a_batch_with_a_gone_holds_the_retries_beside_it(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let webhook_id = world.webhook(organization_id, "https://a.io/").await.id;
    for _ in 0..3 {
        world.book(organization_id).await;
    }
    let claimed = world.claim(10).await;
    let batch = claimed.iter().zip([500, 410, 500]);
    let batch = batch.map(|(claimed, status)| world.settled(claimed, answered(status))).collect();
    let report = world.settle_batch(batch).await;
    assert_eq!(report.disabled, [(webhook_id, DisabledReason::Gone)]);
    let mut statuses = Vec::new();
    for claimed in &claimed {
        statuses.push(world.logged(organization_id, claimed.id).await.delivery.status);
    }
    assert_eq!(statuses, [DeliveryStatus::Held, DeliveryStatus::Failed, DeliveryStatus::Held]);
}

pub async fn a_gone_of_a_webhook_that_is_disabled_already_keeps_its_reason(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let claimed = world.claim_one().await;
    world.set_active(one.organization_id, one.webhook_id, false).await;
    assert_eq!(world.settle(&claimed, answered(410)).await.disabled, []);
    let webhook = world.store.directory.webhook(one.organization_id, one.webhook_id).await.unwrap().unwrap();
    assert_eq!(webhook.activity, WebhookActivity::Disabled(DisabledReason::Requested));
}

pub async fn a_retry_is_held_if_its_webhook_was_disabled_meanwhile(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let claimed = world.claim_one().await;
    world.set_active(one.organization_id, one.webhook_id, false).await;
    world.settle(&claimed, answered(500)).await;
    let delivery = world.logged(one.organization_id, one.id).await.delivery;
    assert_eq!((delivery.status, delivery.attempt_count), (DeliveryStatus::Held, 1));

    world.set_active(one.organization_id, one.webhook_id, true).await;
    assert_eq!(world.claim_one().await.attempt.get(), 2, "the attempt count stays");
}

pub async fn a_retry_is_cancelled_if_its_webhook_was_deleted_meanwhile(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let claimed = world.claim_one().await;
    world.webhooks().delete(one.organization_id, one.webhook_id).await.unwrap();
    world.settle(&claimed, answered(500)).await;
    let delivery = world.logged(one.organization_id, one.id).await.delivery;
    assert_eq!((delivery.status, delivery.attempt_count), (DeliveryStatus::Cancelled, 1));
    assert_eq!(delivery.completed_at, Some(world.now()));
}

pub async fn a_success_counts_although_its_webhook_was_deleted_meanwhile(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let claimed = world.claim_one().await;
    world.webhooks().delete(one.organization_id, one.webhook_id).await.unwrap();
    world.settle(&claimed, answered(200)).await;
    let status = world.logged(one.organization_id, one.id).await.delivery.status;
    assert_eq!(status, DeliveryStatus::Delivered);
}

pub async fn whatever_a_receiver_answers_is_recorded_byte_for_byte(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let every_byte: Vec<u8> = (0..=255).collect();
    let report = report_of(AttemptResponse {
        status: 502,
        headers: vec![
            ("x-nul".to_owned(), vec![0, b'a', 0]),
            ("x-latin".to_owned(), vec![0xff, 0xfe, 0xc3]),
            ("x-twice".to_owned(), b"one".to_vec()),
            ("x-twice".to_owned(), b"two".to_vec()),
            ("x-empty".to_owned(), vec![]),
            ("x-long".to_owned(), vec![b'h'; 8_000]),
        ],
        body: every_byte.iter().copied().cycle().take(16 * 1_024).collect(),
        truncated: true,
    });
    let claimed = world.claim_one().await;
    let settled = world.settled(&claimed, report);
    world.settle_batch(vec![settled.clone()]).await;
    let log = world.logged(one.organization_id, one.id).await;
    assert_eq!(log.delivery.status, DeliveryStatus::Pending);
    assert!(
        log.attempts == [settled.attempt],
        "what is read differs from what was written: {:?}",
        log.attempts
    );
}

pub async fn every_outcome_is_recorded(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://a.io/").await;
    for outcome in AttemptOutcome::ALL {
        world.book(organization_id).await;
        let claimed = world.claim_one().await;
        let report = AttemptReport {
            outcome,
            response: None,
            error: Some("what went wrong: \"äöü\" 🦀".to_owned()),
            duration: Duration::from_millis(9_999),
            exchange: Exchange::default(),
        };
        let settled = world.settled(&claimed, report);
        world.settle_batch(vec![settled.clone()]).await;
        let log = world.logged(organization_id, claimed.id).await;
        assert_eq!(log.attempts, [settled.attempt]);
        assert_eq!(log.delivery.last_outcome, Some(outcome));
        assert_eq!(log.delivery.last_response_status, None);
    }
}

pub async fn what_is_known_of_an_attempts_exchange_is_recorded(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let exchanges = [
        Exchange {
            address: Some("203.0.113.7:443".parse().unwrap()),
            phases: Phases {
                dns: Some(Duration::from_micros(1)),
                connect: Some(Duration::from_micros(2_345)),
                tls: Some(Duration::from_micros(10_001)),
                first_byte: Some(Duration::ZERO),
                total: Some(Duration::from_micros(9_999_999)),
            },
        },
        // A connection that was used again, over IPv6.
        Exchange {
            address: Some("[2001:db8::7]:8443".parse().unwrap()),
            phases: Phases { total: Some(Duration::from_secs(300)), ..Phases::default() },
        },
        Exchange::default(),
    ];
    for exchange in exchanges {
        let claimed = world.claim_one().await;
        world.settle(&claimed, AttemptReport { exchange, ..answered(503) }).await;
        world.clock.advance(Duration::from_secs(3_600));
    }
    let log = world.logged(one.organization_id, one.id).await;
    let kept: Vec<_> = log.attempts.iter().map(|attempt| attempt.report.exchange).collect();
    assert_eq!(kept, exchanges);
}

pub async fn an_error_text_that_a_store_cannot_hold_does_not_keep_the_outcome_from_being_recorded(
    store: StoreUnderTest,
) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let claimed = world.claim_one().await;
    let report = AttemptReport {
        outcome: AttemptOutcome::Protocol,
        response: None,
        error: Some(format!("bad header \u{0} {}", "x".repeat(100_000))),
        duration: Duration::ZERO,
        exchange: Exchange::default(),
    };
    assert_eq!(world.settle(&claimed, report).await.stale, []);
    let log = world.logged(one.organization_id, one.id).await;
    assert_eq!((log.delivery.status, log.attempts.len()), (DeliveryStatus::Pending, 1));
    assert_eq!(log.delivery.last_outcome, Some(AttemptOutcome::Protocol));
    assert!(log.delivery.last_error.unwrap().starts_with("bad header "));
}
