//! Telling organizations of deliveries that failed and webhooks that were disabled.

use super::{OneDelivery, StoreUnderTest, World, answered};
use slotflow_application::ports::{DeliveryFilter, DeliveryRecord};
use slotflow_domain::delivery::{ClaimedDelivery, DeliveryStatus};
use slotflow_domain::event::{EventCatalog, EventSet, EventType};
use slotflow_domain::health::AutoDisable;
use slotflow_domain::webhook::{DisabledReason, Webhook, WebhookActivity};
use slotflow_domain::{OrganizationId, WebhookId};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);
const OPERATIONAL: &[&str] = &["delivery.failed", "webhook.disabled"];

/// A webhook for these events.
async fn listening(world: &World, organization_id: OrganizationId, url: &str, events: &[&str]) -> Webhook {
    let mut webhook = world.new_webhook(organization_id, url);
    webhook.events = EventSet::parse(events, &EventCatalog::standard()).unwrap();
    world.insert_webhook(&webhook).await;
    webhook
}

/// The deliveries of events of this type, newest first.
async fn deliveries_of(
    world: &World,
    organization_id: OrganizationId,
    event_type: EventType,
) -> Vec<DeliveryRecord> {
    let filter = DeliveryFilter { event_type: Some(event_type), limit: 1_000, ..DeliveryFilter::default() };
    world.list(organization_id, filter).await
}

/// Every operational delivery of the organization's.
async fn told(world: &World, organization_id: OrganizationId) -> Vec<DeliveryRecord> {
    let mut all = deliveries_of(world, organization_id, EventType::DELIVERY_FAILED).await;
    all.extend(deliveries_of(world, organization_id, EventType::WEBHOOK_DISABLED).await);
    all
}

/// What is claimed for this webhook, which is all there is to be claimed.
async fn claim_for(world: &World, id: WebhookId) -> ClaimedDelivery {
    let claimed = world.claim_one().await;
    assert_eq!(claimed.webhook_id, id);
    claimed
}

fn json(claimed: &ClaimedDelivery) -> serde_json::Value {
    serde_json::from_slice(claimed.payload.as_bytes()).unwrap()
}

pub async fn a_third_failure_is_told_in_the_same_step(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let listener = listening(&world, one.organization_id, "https://listener.io/", OPERATIONAL).await;
    for wait in [300, 3_600] {
        world.settle(&claim_for(&world, one.webhook_id).await, answered(503)).await;
        assert_eq!(told(&world, one.organization_id).await, []);
        world.clock.advance(Duration::from_secs(wait));
    }
    world.settle(&claim_for(&world, one.webhook_id).await, answered(503)).await;
    let failed = world.logged(one.organization_id, one.id).await.delivery;

    let deliveries = told(&world, one.organization_id).await;
    assert_eq!(deliveries.len(), 1);
    assert_eq!((deliveries[0].webhook_id, deliveries[0].status), (listener.id, DeliveryStatus::Pending));
    assert_eq!(deliveries[0].booking_id, failed.booking_id, "found by its booking");
    let claimed = claim_for(&world, listener.id).await;
    assert_eq!((claimed.event_type.as_str(), claimed.sequence.0), ("delivery.failed", 1));
    let expected = serde_json::json!({
        "event": "delivery.failed", "created_at": failed.completed_at.unwrap().to_string(),
        "data": {
            "delivery_id": one.id, "webhook_id": one.webhook_id, "url": "https://receiver.io/",
            "event_id": failed.event_id, "event": "booking.confirmed", "booking_id": failed.booking_id,
            "attempt_count": 3, "last_response_status": 503, "last_error": "answered 503",
        },
    });
    assert_eq!(json(&claimed), expected);
}

pub async fn nobody_is_told_who_did_not_ask(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let stranger = world.organization().await.id;
    listening(&world, stranger, "https://stranger.io/", OPERATIONAL).await;
    let deleted = listening(&world, one.organization_id, "https://deleted.io/", OPERATIONAL).await;
    world.webhooks().delete(one.organization_id, deleted.id).await.unwrap();
    world.settle(&claim_for(&world, one.webhook_id).await, answered(410)).await;
    assert_eq!(told(&world, one.organization_id).await, []);
    assert_eq!(told(&world, stranger).await, []);
    assert!(world.claim(10).await.is_empty());
}

pub async fn a_receiver_that_is_gone_is_told_as_a_failure_and_a_disabling(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let failures = listening(&world, one.organization_id, "https://failures.io/", &["delivery.failed"]).await;
    let both = listening(&world, one.organization_id, "https://both.io/", OPERATIONAL).await;
    let report = world.settle(&claim_for(&world, one.webhook_id).await, answered(410)).await;
    assert_eq!(report.disabled, [(one.webhook_id, DisabledReason::Gone)]);
    let failed = deliveries_of(&world, one.organization_id, EventType::DELIVERY_FAILED).await;
    let mut to: Vec<_> = failed.iter().map(|delivery| delivery.webhook_id).collect();
    to.sort();
    assert_eq!(to, [failures.id, both.id], "one event, a delivery for each that wants it");
    assert_eq!(failed[0].event_id, failed[1].event_id);
    let disabled = deliveries_of(&world, one.organization_id, EventType::WEBHOOK_DISABLED).await;
    assert_eq!(
        disabled.iter().map(|it| (it.webhook_id, it.booking_id)).collect::<Vec<_>>(),
        [(both.id, None)]
    );
    let claimed = world.claim(10).await;
    let told = claimed.iter().find(|it| it.event_type == EventType::WEBHOOK_DISABLED).unwrap();
    let expected = serde_json::json!({
        "webhook_id": one.webhook_id, "url": "https://receiver.io/", "reason": "the receiver answered 410 Gone",
    });
    assert_eq!(json(told)["data"], expected);
}

pub async fn a_webhook_that_failed_for_too_long_is_told(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let listener = listening(&world, one.organization_id, "https://listener.io/", OPERATIONAL).await;
    let rule = Some(AutoDisable::new(4 * HOUR, 1).unwrap());
    let first = claim_for(&world, one.webhook_id).await;
    world.settle_under(vec![world.settled(&first, answered(500))], rule).await;
    world.clock.advance(5 * HOUR);
    let second = claim_for(&world, one.webhook_id).await;
    let report = world.settle_under(vec![world.settled(&second, answered(500))], rule).await;
    assert_eq!(report.disabled, [(one.webhook_id, DisabledReason::Failing)]);
    let claimed = claim_for(&world, listener.id).await;
    assert_eq!(claimed.event_type, EventType::WEBHOOK_DISABLED);
    assert_eq!(json(&claimed)["data"]["reason"], "every attempt failed for too long");
}

pub async fn disabling_on_request_is_not_told(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    listening(&world, one.organization_id, "https://listener.io/", OPERATIONAL).await;
    world.set_active(one.organization_id, one.webhook_id, false).await;
    assert_eq!(told(&world, one.organization_id).await, []);
}

/// An organization whose only webhook listens and has been told of something.
async fn told_once(world: &World) -> OneDelivery {
    let one = world.one_delivery().await;
    let listener = listening(world, one.organization_id, "https://listener.io/", OPERATIONAL).await;
    world.settle(&claim_for(world, one.webhook_id).await, answered(410)).await;
    let told = told(world, one.organization_id).await;
    assert_eq!(told.len(), 2);
    OneDelivery { organization_id: one.organization_id, webhook_id: listener.id, id: told[0].id }
}

pub async fn news_that_cannot_be_delivered_is_no_news(store: StoreUnderTest) {
    let world = World::new(store);
    let listener = told_once(&world).await;
    for wait in [300, 3_600, 0] {
        for claimed in world.claim(10).await {
            world.settle(&claimed, answered(500)).await;
        }
        world.clock.advance(Duration::from_secs(wait));
    }
    let deliveries = told(&world, listener.organization_id).await;
    assert_eq!(deliveries.len(), 2, "both failed, and neither causes more");
    assert!(deliveries.iter().all(|delivery| delivery.status == DeliveryStatus::Failed));
}

pub async fn a_listener_that_is_gone_is_told_to_the_others_as_a_disabling_alone(store: StoreUnderTest) {
    let world = World::new(store);
    let listener = told_once(&world).await;
    let other = listening(&world, listener.organization_id, "https://other.io/", OPERATIONAL).await;
    let claimed = world.claim(1).await;
    let report = world.settle(&claimed[0], answered(410)).await;
    assert_eq!(report.disabled, [(listener.webhook_id, DisabledReason::Gone)]);
    let deliveries = told(&world, listener.organization_id).await;
    let theirs: Vec<_> = deliveries.iter().filter(|it| it.webhook_id == other.id).collect();
    assert_eq!(theirs.iter().map(|it| &it.event_type).collect::<Vec<_>>(), [&EventType::WEBHOOK_DISABLED]);
    assert_eq!(deliveries.len(), 3, "and nothing to whoever is gone");
}

pub async fn a_listener_that_fails_in_news_alone_for_too_long_is_told_to_the_others(store: StoreUnderTest) {
    let world = World::new(store);
    let listener = told_once(&world).await;
    let other = listening(&world, listener.organization_id, "https://other.io/", OPERATIONAL).await;
    let rule = Some(AutoDisable::new(4 * HOUR, 1).unwrap());
    let mut disabled = Vec::new();
    for _ in 0..2 {
        let claimed = world.claim(10).await;
        let batch = claimed.iter().map(|it| world.settled(it, answered(500))).collect();
        disabled.extend(world.settle_under(batch, rule).await.disabled);
        world.clock.advance(5 * HOUR);
    }
    assert_eq!(disabled, [(listener.webhook_id, DisabledReason::Failing)]);
    let claimed = claim_for(&world, other.id).await;
    assert_eq!(claimed.event_type, EventType::WEBHOOK_DISABLED);
    assert_eq!(json(&claimed)["data"]["webhook_id"], serde_json::json!(listener.webhook_id));
}

pub async fn listeners_that_are_all_gone_come_to_rest(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    for host in 0..4 {
        listening(&world, one.organization_id, &format!("https://host{host}.io/"), OPERATIONAL).await;
    }
    let mut disabled = 0;
    for _ in 0..10 {
        for claimed in world.claim(1).await {
            disabled += world.settle(&claimed, answered(410)).await.disabled.len();
        }
    }
    assert_eq!(disabled, 5);
    let told = deliveries_of(&world, one.organization_id, EventType::WEBHOOK_DISABLED).await;
    assert_eq!(told.len(), 4 + 4 * 3, "of the first all, of each other the rest");
    assert!(world.claim(10).await.is_empty());
}

pub async fn a_test_that_fails_is_not_told_but_a_disabling_for_it_is(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let mut tested = world.new_webhook(organization_id, "https://tested.io/");
    tested.events = EventSet::from_stored(vec![EventType::WEBHOOK_TEST]).unwrap();
    world.insert_webhook(&tested).await;
    let listener = listening(&world, organization_id, "https://listener.io/", OPERATIONAL).await;
    let event = super::outbox::plain_event(&world, organization_id, "webhook.test", b"{}");
    let mut work = world.begin().await;
    let none = slotflow_application::FirstAttempts::none();
    let _ = slotflow_application::publish(work.as_mut(), &world.entropy, &none, &event).await.unwrap();
    work.commit().await.unwrap();
    world.settle(&claim_for(&world, tested.id).await, answered(410)).await;
    assert_eq!(deliveries_of(&world, organization_id, EventType::DELIVERY_FAILED).await, []);
    let disabled = deliveries_of(&world, organization_id, EventType::WEBHOOK_DISABLED).await;
    assert_eq!(disabled.iter().map(|it| it.webhook_id).collect::<Vec<_>>(), [listener.id]);
}

pub async fn a_delivery_that_is_lost_for_the_last_time_is_told_by_the_claim(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let listener = listening(&world, one.organization_id, "https://listener.io/", &["delivery.failed"]).await;
    let mut found = Vec::new();
    for _ in 0..20 {
        let claimed = world.claim(10).await;
        found.extend(claimed.into_iter().filter(|it| it.webhook_id == listener.id));
        if !found.is_empty() {
            break;
        }
        world.clock.advance(Duration::from_secs(4_000));
    }
    // The claim that ended it may have come before what it told could be claimed.
    let told = told(&world, one.organization_id).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].webhook_id, listener.id);
    assert_eq!(json(&found[0])["data"]["attempt_count"], 3);
    assert_eq!(json(&found[0])["data"]["last_response_status"], serde_json::Value::Null);
}

pub async fn a_listener_that_is_disabled_finds_its_news_when_it_is_enabled(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let listener = listening(&world, one.organization_id, "https://listener.io/", OPERATIONAL).await;
    world.set_active(one.organization_id, listener.id, false).await;
    world.settle(&claim_for(&world, one.webhook_id).await, answered(410)).await;
    let held = told(&world, one.organization_id).await;
    assert!(held.len() == 2 && held.iter().all(|it| it.status == DeliveryStatus::Held), "{held:?}");
    world.set_active(one.organization_id, listener.id, true).await;
    assert_eq!(world.claim(10).await.len(), 2);
}

pub async fn a_webhook_is_told_of_its_own_failure_but_not_of_its_own_end(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let all = &["booking.confirmed", "delivery.failed", "webhook.disabled"];
    let own = listening(&world, organization_id, "https://own.io/", all).await;
    world.book(organization_id).await;
    world.settle(&claim_for(&world, own.id).await, answered(410)).await;
    let read = world.store.directory.webhook(organization_id, own.id).await.unwrap().unwrap();
    assert_ne!(read.activity, WebhookActivity::Active);
    let held = told(&world, organization_id).await;
    let held: Vec<_> = held.iter().map(|it| (it.event_type.clone(), it.status)).collect();
    assert_eq!(held, [(EventType::DELIVERY_FAILED, DeliveryStatus::Held)]);
}

pub async fn a_stale_failure_is_not_told(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    listening(&world, one.organization_id, "https://listener.io/", OPERATIONAL).await;
    let slow = world.claim_one().await;
    world.clock.advance(World::LEASE);
    world.claim_one().await;
    world.settle(&slow, answered(410)).await;
    assert_eq!(told(&world, one.organization_id).await, []);
}

pub async fn news_wakes_whoever_waits(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    listening(&world, one.organization_id, "https://listener.io/", OPERATIONAL).await;
    let claimed = claim_for(&world, one.webhook_id).await;
    // What rang so far.
    let _ = tokio::time::timeout(Duration::from_millis(50), world.store.queue.woken()).await;
    world.settle(&claimed, answered(410)).await;
    tokio::time::timeout(Duration::from_secs(5), world.store.queue.woken()).await.expect("a wake-up");
}
