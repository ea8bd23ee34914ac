//! Events and who gets them.

use super::{StoreUnderTest, World, answered};
use slotflow_application::bookings::Confirmation;
use slotflow_application::ports::Entropy as _;
use slotflow_application::{FirstAttempts, publish};
use slotflow_domain::booking::{BookingRequest, Metadata};
use slotflow_domain::delivery::{Delivery, DeliveryStatus};
use slotflow_domain::event::{EventCatalog, EventSet, EventType, Payload, Sequence, TraceContext};
use slotflow_domain::webhook::WebhookStanding;
use slotflow_domain::{DeliveryId, Event, EventId, OrganizationId};
use std::time::Duration;
use uuid::Uuid;

/// An event that is about no booking.
pub(super) fn plain_event(
    world: &World,
    organization_id: OrganizationId,
    event_type: &str,
    payload: &[u8],
) -> Event {
    Event {
        id: EventId::new(world.entropy.id(world.now())),
        organization_id,
        event_type: EventType::parse(event_type).unwrap(),
        booking_id: None,
        sequence: Sequence(1),
        payload: Payload::from_stored(payload),
        created_at: world.now(),
        trace_context: None,
    }
}

pub async fn an_event_reaches_active_and_disabled_webhooks_and_no_deleted_other_or_foreign_ones(
    store: StoreUnderTest,
) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let stranger = world.organization().await.id;
    let active = world.webhook(organization_id, "https://active.io/").await.id;
    let disabled = world.webhook(organization_id, "https://disabled.io/").await.id;
    let deleted = world.webhook(organization_id, "https://deleted.io/").await.id;
    world.webhook(stranger, "https://foreign.io/").await;
    let mut other = world.new_webhook(organization_id, "https://other.io/");
    other.events = EventSet::parse(&["booking.cancelled"], &EventCatalog::bookings()).unwrap();
    world.insert_webhook(&other).await;
    world.set_active(organization_id, disabled, false).await;
    world.webhooks().delete(organization_id, deleted).await.unwrap();

    world.book(organization_id).await;
    let mut reached: Vec<_> = world
        .deliveries(organization_id)
        .await
        .into_iter()
        .map(|delivery| (delivery.webhook_id, delivery.status))
        .collect();
    reached.sort();
    let mut expected = [(active, DeliveryStatus::Pending), (disabled, DeliveryStatus::Held)];
    expected.sort();
    assert_eq!(reached, expected);
    assert_eq!(world.deliveries(stranger).await, vec![]);
}

pub async fn an_event_that_nobody_wants_makes_no_delivery(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.book(organization_id).await;
    // Whoever registers later gets nothing of what was before.
    world.webhook(organization_id, "https://late.io/").await;
    assert_eq!(world.deliveries(organization_id).await, vec![]);
}

pub async fn an_event_of_an_organization_that_is_not_there_is_refused_in_words(store: StoreUnderTest) {
    let world = World::new(store);
    let nobody = OrganizationId::new(Uuid::from_u128(7));
    let event = plain_event(&world, nobody, "order.paid", b"{}");
    let mut work = world.begin().await;
    let error = work.insert_events(&[event], &[]).await.unwrap_err();
    assert_eq!(error.to_string(), "the store refused the change: there is no such organization");
}

pub async fn a_new_delivery_is_due_at_once(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let log = world.logged(one.organization_id, one.id).await;
    assert_eq!(log.delivery.status, DeliveryStatus::Pending);
    assert_eq!(log.delivery.next_attempt_at, Some(world.now()));
    assert_eq!((log.delivery.attempt_count, log.delivery.completed_at), (0, None));
    assert_eq!(log.attempts, vec![]);
}

pub async fn the_bytes_of_an_event_come_back_identical_at_every_attempt(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://receiver.io/").await;
    let metadata =
        "{\"z\":1.0,\"a\":12345678901234567890123,\"e\": 1e400 ,\"ü\":\"🦀\\u0041\\\\\",\"n\":[null,-0.0]}";
    let request = BookingRequest {
        metadata: Metadata::from_stored(metadata.to_owned()).unwrap(),
        ..world.request(world.human(), 0)
    };
    let booking = world.bookings().confirm(organization_id, request).await.unwrap();
    let expected = Payload::of_booking(&EventType::BOOKING_CONFIRMED, &booking, world.now());

    let first = world.claim_one().await;
    assert_eq!(first.payload.as_bytes(), expected.as_bytes());
    world.settle(&first, answered(500)).await;
    world.clock.advance(Duration::from_secs(300));
    let second = world.claim_one().await;
    assert_eq!(second.payload.as_bytes(), expected.as_bytes());
}

pub async fn any_bytes_can_be_a_payload(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let mut webhook = world.new_webhook(organization_id, "https://receiver.io/");
    let event_type = EventType::parse("order.paid").unwrap();
    webhook.events = EventSet::from_stored(vec![event_type.clone()]).unwrap();
    world.insert_webhook(&webhook).await;

    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let event = plain_event(&world, organization_id, "order.paid", &bytes);
    let mut work = world.begin().await;
    let _ = publish(work.as_mut(), &world.entropy, &FirstAttempts::none(), &event).await.unwrap();
    work.commit().await.unwrap();

    let claimed = world.claim_one().await;
    assert!(claimed.payload.as_bytes() == bytes, "the payload changed on its way");
    assert_eq!(claimed.event_type, event_type);
    let log = world.logged(organization_id, claimed.id).await;
    assert_eq!((log.delivery.event_type, log.delivery.booking_id), (event_type, None));
}

pub async fn what_caused_an_event_comes_back_with_every_claim(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://receiver.io/").await;
    let cause: TraceContext = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap();
    let request = world.request(world.human(), 0);
    let prepared = world
        .bookings()
        .prepare_booking(Confirmation { organization_id, request, trace_context: Some(cause) })
        .await
        .unwrap();
    let booking = prepared.commit().await.unwrap();

    let first = world.claim_one().await;
    assert_eq!(first.trace_context, Some(cause));
    world.settle(&first, answered(500)).await;
    world.clock.advance(Duration::from_secs(300));
    let second = world.claim_one().await;
    assert_eq!(second.trace_context, Some(cause));
    world.settle(&second, answered(200)).await;

    // Its repetition is a delivery of the same event.
    world.repairs().retry(organization_id, first.id).await.unwrap();
    let repeated = world.claim_one().await;
    assert_eq!(repeated.trace_context, Some(cause));
    world.settle(&repeated, answered(200)).await;

    world.bookings().cancel(organization_id, booking.id, None).await.unwrap();
    assert_eq!(world.claim_one().await.trace_context, None, "an event of its own, which nobody traces");
}

pub async fn a_delivery_may_repeat_another(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let webhook_id = world.webhook(organization_id, "https://receiver.io/").await.id;
    let event = plain_event(&world, organization_id, "booking.confirmed", b"{}");
    let id = || DeliveryId::new(world.entropy.id(world.now()));
    let first = Delivery::of_event(id(), &event, webhook_id, WebhookStanding::Active);
    let repeated = Delivery {
        retry_of: Some(first.id),
        ..Delivery::of_event(id(), &event, webhook_id, WebhookStanding::Active)
    };
    let mut work = world.begin().await;
    work.insert_events(std::slice::from_ref(&event), &[first.clone(), repeated.clone()]).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(world.logged(organization_id, first.id).await.delivery.retry_of, None);
    assert_eq!(world.logged(organization_id, repeated.id).await.delivery.retry_of, Some(first.id));
}

pub async fn an_event_for_very_many_webhooks_is_one_unit_of_work(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let mut work = world.begin().await;
    for number in 0..1_500 {
        let webhook = world.new_webhook(organization_id, &format!("https://host{number}.io/"));
        work.insert_webhook(&webhook).await.unwrap();
    }
    work.commit().await.unwrap();
    world.book(organization_id).await;
    assert_eq!(world.list(organization_id, super::log::everything()).await.len(), 1_500);
    assert_eq!(world.claim(2_000).await.len(), 1_500);
}
