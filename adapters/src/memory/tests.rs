//! The test kit as a whole.

use super::{Reply, TestKit};
use slotflow_application::ports::{Clock as _, DeliveryFilter, DeliveryRecord, Entropy as _, Store as _};
use slotflow_application::repairs::ReplayRequest;
use slotflow_application::webhooks::{RegisterWebhook, UpdateWebhook};
use slotflow_application::{DispatcherSettings, publish};
use slotflow_domain::booking::{AttendeeName, BookingRequest, DurationMinutes, Metadata, TimeSlot};
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::event::{EventType, Payload, Sequence};
use slotflow_domain::health::{Attention, Span};
use slotflow_domain::organization::{OrganizationName, Plan};
use slotflow_domain::webhook::{DisabledReason, Webhook, WebhookActivity};
use slotflow_domain::{Event, EventId, HumanId, OrganizationId, WebhookId};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const MINUTE: Duration = Duration::from_secs(60);

async fn organization(kit: &TestKit) -> OrganizationId {
    let name = OrganizationName::parse("Startup").unwrap();
    kit.organizations().create(name, Plan::Growth).await.unwrap().0.id
}

async fn register(kit: &TestKit, organization_id: OrganizationId, url: &str) -> Webhook {
    let request = RegisterWebhook { url: url.into(), events: vec!["booking.confirmed".into()] };
    kit.webhooks().register(organization_id, request).await.unwrap()
}

/// Books a human of its own, so that nothing overlaps.
async fn book(kit: &TestKit, organization_id: OrganizationId, human: u128) {
    let slot = TimeSlot::new(kit.clock.now(), DurationMinutes::new(30).unwrap()).unwrap();
    let request = BookingRequest {
        human_id: HumanId::new(Uuid::from_u128(human)),
        slot,
        attendee_name: AttendeeName::parse("Alex Rivera").unwrap(),
        attendee_email: None,
        metadata: Metadata::empty(),
    };
    kit.bookings().confirm(organization_id, request).await.unwrap();
}

async fn deliveries(kit: &TestKit, organization_id: OrganizationId) -> Vec<DeliveryRecord> {
    let filter = DeliveryFilter { limit: 100, ..DeliveryFilter::default() };
    kit.deliveries().list(organization_id, filter).await.unwrap().deliveries
}

#[tokio::test]
async fn nothing_is_sent_before_the_kit_is_told_to_run() {
    let kit = TestKit::new();
    let organization = organization(&kit).await;
    register(&kit, organization, "https://a.io/").await;
    book(&kit, organization, 1).await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(kit.sender.requests().len(), 0);
    kit.settle_down().await;
    assert_eq!(deliveries(&kit, organization).await[0].status, DeliveryStatus::Delivered);
}

#[tokio::test]
async fn a_first_attempt_needs_no_claim_of_its_own() {
    let kit = TestKit::new();
    kit.settle_down().await;
    let organization = organization(&kit).await;
    register(&kit, organization, "https://a.io/").await;
    book(&kit, organization, 1).await;
    assert_eq!(deliveries(&kit, organization).await[0].status, DeliveryStatus::Delivering);
    kit.settle_down().await;
    assert_eq!(deliveries(&kit, organization).await[0].status, DeliveryStatus::Delivered);
    assert_eq!(kit.sender.requests().len(), 1);
}

/// Publishes an event whose first attempt this kit's dispatcher is to make, and never begins it: its process dies.
async fn die_after_the_commit(kit: &TestKit) {
    kit.settle_down().await;
    let organization = organization(kit).await;
    register(kit, organization, "https://a.io/").await;
    let now = kit.clock.now();
    let event = Event {
        id: EventId::new(kit.entropy.id(now)),
        organization_id: organization,
        event_type: EventType::BOOKING_CONFIRMED,
        booking_id: None,
        sequence: Sequence(1),
        payload: Payload::from_stored(&b"{}"[..]),
        created_at: now,
        trace_context: None,
    };
    let mut work = kit.store.begin().await.unwrap();
    let first_attempts = kit.bookings().first_attempts;
    let published = publish(work.as_mut(), &kit.entropy, &first_attempts, &event).await.unwrap();
    work.commit().await.unwrap();
    drop(published);
}

#[tokio::test]
async fn an_event_whose_process_dies_after_the_commit_is_sent_when_the_lease_ends() {
    let kit = TestKit::new();
    die_after_the_commit(&kit).await;
    let now = kit.clock.now();
    kit.settle_down().await;
    assert_eq!(kit.sender.requests().len(), 0);
    kit.advance(MINUTE).await;
    let sent = kit.sender.requests();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].at, now + kit.settings.lease.as_duration());
    assert_eq!(sent[0].header("x-slotflow-attempt"), Some("1"));
}

#[tokio::test]
async fn what_a_killed_instance_was_delivering_is_taken_over_at_once_by_another() {
    let kit = TestKit::new();
    die_after_the_commit(&kit).await;
    let killed = kit.instances.living()[0];
    let stop = CancellationToken::new();
    tokio::spawn(kit.dispatcher().run(stop.clone()));
    kit.settle_down().await;
    assert_eq!(kit.sender.requests().len(), 0, "it lives, as far as anybody knows");

    kit.instances.kill(killed);
    kit.settle_down().await;
    let sent = kit.sender.requests();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].at, kit.clock.now());
    assert_eq!(sent[0].header("x-slotflow-attempt"), Some("1"));
    kit.advance(MINUTE).await;
    assert_eq!(kit.sender.requests().len(), 1, "once");
    stop.cancel();
}

#[tokio::test]
async fn a_delivery_that_never_succeeds_is_tried_at_0_5_and_65_minutes_and_then_failed() {
    let kit = TestKit::new();
    kit.sender.reply([Reply::ConnectRefused]);
    let organization = organization(&kit).await;
    register(&kit, organization, "https://a.io/").await;
    let start = kit.clock.now();
    book(&kit, organization, 1).await;
    kit.advance(24 * 60 * MINUTE).await;
    let minutes: Vec<_> = kit.sender.requests().iter().map(|sent| sent.at.since(start) / 60).collect();
    assert_eq!(minutes, [0, 5, 65].map(Duration::from_secs));
    assert_eq!(deliveries(&kit, organization).await[0].status, DeliveryStatus::Failed);
    assert_eq!(kit.clock.now(), start + 24 * 60 * MINUTE);
}

#[tokio::test]
async fn the_delay_counts_from_the_end_of_a_slow_attempt() {
    let kit = TestKit::new();
    kit.sender.reply([Reply::Timeout.taking(Duration::from_secs(10)), Reply::OK]);
    let organization = organization(&kit).await;
    register(&kit, organization, "https://a.io/").await;
    let start = kit.clock.now();
    book(&kit, organization, 1).await;
    kit.advance(10 * MINUTE).await;
    let second = &kit.sender.requests()[1];
    assert_eq!(second.at, start + Duration::from_secs(310));
}

#[tokio::test]
async fn what_hangs_lets_the_kit_settle_down_and_ends_when_released() {
    let kit = TestKit::new();
    kit.sender.reply([Reply::Hang]);
    let organization = organization(&kit).await;
    register(&kit, organization, "https://a.io/").await;
    for human in 0..20 {
        book(&kit, organization, human).await;
    }
    kit.settle_down().await;
    let per_webhook = DispatcherSettings::default().concurrency_per_webhook;
    assert_eq!(kit.sender.hanging().len(), per_webhook);
    kit.sender.reply([Reply::OK]);
    assert_eq!(kit.sender.release_hanging(&Reply::OK), per_webhook);
    kit.settle_down().await;
    assert!(deliveries(&kit, organization).await.iter().all(|it| it.status == DeliveryStatus::Delivered));
    assert_eq!(kit.sender.requests().len(), 20);
}

/// Eight hang, the others wait in memory for their turn.
async fn twenty_of_which_eight_hang(kit: &TestKit) -> (OrganizationId, WebhookId) {
    let organization = organization(kit).await;
    let webhook = register(kit, organization, "https://a.io/").await.id;
    kit.sender.reply([Reply::OK]);
    book(kit, organization, 100).await;
    kit.settle_down().await;
    kit.sender.reply([Reply::Hang]);
    for human in 0..20 {
        book(kit, organization, human).await;
    }
    kit.settle_down().await;
    assert_eq!(kit.sender.hanging().len(), DispatcherSettings::default().concurrency_per_webhook);
    let delivering = deliveries(kit, organization).await;
    let delivering = delivering.iter().filter(|it| it.status == DeliveryStatus::Delivering).count();
    assert_eq!(delivering, 20, "born leased, and waiting for a slot");
    kit.sender.reply([Reply::OK]);
    (organization, webhook)
}

#[tokio::test]
async fn first_attempts_that_wait_for_a_slot_are_made_in_their_turn() {
    let kit = TestKit::new();
    let (organization, _) = twenty_of_which_eight_hang(&kit).await;
    kit.sender.release_hanging(&Reply::OK);
    kit.settle_down().await;
    assert!(deliveries(&kit, organization).await.iter().all(|it| it.status == DeliveryStatus::Delivered));
    assert_eq!(kit.sender.requests().len(), 21);
}

#[tokio::test]
async fn a_first_attempt_that_waits_is_not_made_once_its_webhook_is_deleted_or_disabled() {
    for deletes in [true, false] {
        let kit = TestKit::new();
        let (organization, webhook) = twenty_of_which_eight_hang(&kit).await;
        if deletes {
            kit.webhooks().delete(organization, webhook).await.unwrap();
        } else {
            let off = UpdateWebhook { active: Some(false), ..UpdateWebhook::default() };
            kit.webhooks().update(organization, webhook, off).await.unwrap();
        }
        kit.sender.release_hanging(&Reply::OK);
        kit.settle_down().await;
        assert_eq!(kit.sender.requests().len(), 9, "what was on the wire, and the first");
        let came_to = if deletes { DeliveryStatus::Cancelled } else { DeliveryStatus::Held };
        let deliveries = deliveries(&kit, organization).await;
        assert_eq!(deliveries.iter().filter(|it| it.status == came_to).count(), 12);
    }
}

#[tokio::test]
async fn a_request_that_outlives_its_lease_is_repeated_as_the_same_attempt() {
    let kit = TestKit::new();
    kit.sender.reply([Reply::Hang, Reply::OK]);
    let organization = organization(&kit).await;
    register(&kit, organization, "https://a.io/").await;
    book(&kit, organization, 1).await;
    kit.advance(MINUTE).await;
    let sent = kit.sender.requests();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[1].header("x-slotflow-attempt"), Some("1"));
    assert_eq!(sent[1].at.since(sent[0].at), kit.settings.lease.as_duration());
    kit.sender.release_hanging(&Reply::Status(500));
    kit.settle_down().await;
    assert_eq!(deliveries(&kit, organization).await[0].status, DeliveryStatus::Delivered);
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_not_sent_to_until_it_is_enabled() {
    let kit = TestKit::new();
    kit.sender.reply([Reply::Status(410), Reply::OK]);
    let organization = organization(&kit).await;
    let webhook = register(&kit, organization, "https://a.io/").await;
    book(&kit, organization, 1).await;
    kit.settle_down().await;
    book(&kit, organization, 2).await;
    kit.advance(60 * MINUTE).await;
    assert_eq!(kit.sender.requests().len(), 1);
    let stored = kit.webhooks().get(organization, webhook.id).await.unwrap().unwrap();
    assert_eq!(stored.activity, WebhookActivity::Disabled(DisabledReason::Gone));
    let enable = UpdateWebhook { active: Some(true), ..UpdateWebhook::default() };
    kit.webhooks().update(organization, webhook.id, enable).await.unwrap();
    kit.settle_down().await;
    assert_eq!(kit.sender.requests().len(), 2);
}

#[tokio::test]
async fn two_kits_of_one_seed_do_the_same() {
    async fn run(seed: u64) -> Vec<String> {
        let kit = TestKit::with(seed, DispatcherSettings::default());
        kit.sender.fail_times(1);
        let organization = organization(&kit).await;
        for host in 0..5 {
            register(&kit, organization, &format!("https://host{host}.io/")).await;
        }
        for human in 0..10 {
            book(&kit, organization, human).await;
        }
        kit.advance(10 * MINUTE).await;
        kit.sender.requests().iter().map(|sent| format!("{sent:?}")).collect()
    }
    let (one, other) = (run(1).await, run(2).await);
    assert_eq!(one.len(), 55, "50 deliveries, and each of 5 receivers fails once");
    assert_eq!(run(1).await, one);
    assert_ne!(one, other);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_settles_down_on_several_threads_too() {
    let kit = TestKit::new();
    kit.sender.fail_times(1);
    let organization = organization(&kit).await;
    for host in 0..5 {
        register(&kit, organization, &format!("https://host{host}.io/")).await;
    }
    for human in 0..20 {
        book(&kit, organization, human).await;
    }
    kit.advance(10 * MINUTE).await;
    let all = deliveries(&kit, organization).await;
    assert_eq!(all.len(), 100);
    assert!(all.iter().all(|it| it.status == DeliveryStatus::Delivered), "{all:?}");
}

#[tokio::test]
async fn what_failed_is_replayed_as_soon_as_it_is_asked_for() {
    let settings = DispatcherSettings {
        retry_policy: slotflow_domain::delivery::RetryPolicy::new(vec![]).unwrap(),
        ..DispatcherSettings::default()
    };
    let kit = TestKit::with(1, settings);
    let organization = organization(&kit).await;
    let webhook = register(&kit, organization, "https://a.io/").await;
    let since = kit.clock.now();
    kit.sender.fail_times(3);
    for human in 1..=3 {
        book(&kit, organization, human).await;
    }
    kit.advance(MINUTE).await;
    let request = ReplayRequest { since, until: None, status: None };
    let queued = kit.repairs().replay(organization, webhook.id, request).await.unwrap();
    kit.settle_down().await;
    let mut statuses: Vec<_> = deliveries(&kit, organization).await.iter().map(|it| it.status).collect();
    statuses.sort();
    assert_eq!(queued, 3);
    assert_eq!(statuses[..3], [DeliveryStatus::Delivered; 3]);
    assert_eq!(statuses[3..], [DeliveryStatus::Failed; 3]);
}

#[tokio::test]
async fn a_replay_does_not_flood_an_endpoint_that_keeps_failing() {
    let kit = TestKit::new();
    let organization = organization(&kit).await;
    let webhook = register(&kit, organization, "https://a.io/").await;
    let since = kit.clock.now();
    for human in 0..500 {
        book(&kit, organization, human).await;
    }
    kit.advance(MINUTE).await;
    kit.sender.fail_times(3_000);
    let request = ReplayRequest { since, until: None, status: None };
    assert_eq!(kit.repairs().replay(organization, webhook.id, request).await.unwrap(), 500);
    kit.advance(MINUTE).await;
    // Three batches wait for their second attempts; the rest waits for them.
    let all = DeliveryFilter { limit: 2_000, ..DeliveryFilter::default() };
    let made = kit.deliveries().list(organization, all.clone()).await.unwrap().deliveries.len() - 500;
    assert_eq!(made, 300);
    kit.advance(200 * MINUTE).await;
    assert_eq!(kit.deliveries().list(organization, all).await.unwrap().deliveries.len(), 1_000);
}

#[tokio::test]
async fn a_test_that_fails_is_not_tried_again() {
    let kit = TestKit::new();
    let organization = organization(&kit).await;
    let webhook = register(&kit, organization, "https://a.io/").await;
    kit.sender.fail_times(1);
    kit.repairs().send_test(organization, webhook.id).await.unwrap();
    kit.advance(200 * MINUTE).await;
    assert_eq!(kit.sender.requests().len(), 1);
    assert_eq!(deliveries(&kit, organization).await[0].status, DeliveryStatus::Failed);
}

#[tokio::test]
async fn an_overview_tells_how_an_organization_fares() {
    let kit = TestKit::new();
    let organization = organization(&kit).await;
    let bad = register(&kit, organization, "https://bad.io/").await;
    register(&kit, organization, "https://good.io/").await;
    kit.sender.reply_to("https://bad.io/", [Reply::Status(500)]);
    kit.sender.reply_to("https://good.io/", [Reply::OK.taking(Duration::from_millis(80))]);
    book(&kit, organization, 1).await;
    book(&kit, organization, 2).await;
    kit.advance(6 * MINUTE).await;

    let overview = kit.overview().get(organization, Span::Day).await.unwrap().unwrap();
    let totals = overview.series.totals();
    assert_eq!((totals.accepted_attempts, totals.failed_attempts), (2, 4));
    assert_eq!((totals.delivered, totals.failed), (2, 0));
    assert_eq!((totals.timed_attempts, totals.slowest_ms), (6, 80));
    assert_eq!((overview.waiting.count, overview.held.count, overview.webhooks), (2, 0, 2));
    let [in_need] = overview.attention.as_slice() else { panic!("{:?}", overview.attention) };
    assert_eq!(in_need.webhook.id, bad.id);
    assert!(matches!(in_need.reason, Attention::Failing { attempts: 4, .. }), "{:?}", in_need.reason);
    assert!(kit.overview().get(OrganizationId::new(Uuid::from_u128(7)), Span::Day).await.unwrap().is_none());
}
