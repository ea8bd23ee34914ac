//! What happened, and how many of its deliveries became what.

use super::{StoreUnderTest, World, answered};
use slotflow_application::ports::{EventFilter, EventPage, EventRecord};
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::event::{Event, EventType, Payload, Sequence};
use slotflow_domain::{BookingId, EventId, OrganizationId, Timestamp};
use std::time::Duration;
use uuid::Uuid;

fn everything() -> EventFilter {
    EventFilter { limit: 10_000, ..EventFilter::default() }
}

async fn page(world: &World, organization_id: OrganizationId, filter: EventFilter) -> EventPage {
    world.store.events.events(organization_id, filter).await.unwrap()
}

async fn all(world: &World, organization_id: OrganizationId) -> Vec<EventRecord> {
    page(world, organization_id, everything()).await.events
}

/// Stores an event with this identifier that nobody wants.
async fn insert(world: &World, organization_id: OrganizationId, id: u128, created_at: Timestamp) {
    let event = Event {
        id: EventId::new(Uuid::from_u128(id)),
        organization_id,
        event_type: EventType::parse("order.paid").unwrap(),
        booking_id: None,
        sequence: Sequence(1),
        payload: Payload::from_stored(b"{}".to_vec()),
        created_at,
        trace_context: None,
    };
    let mut work = world.begin().await;
    work.insert_events(std::slice::from_ref(&event), &[]).await.unwrap();
    work.commit().await.unwrap();
}

pub async fn events_are_listed_newest_first_wanted_or_not(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let first = world.book(organization_id).await.id;
    world.webhook(organization_id, "https://a.io/").await;
    world.clock.advance(Duration::from_millis(1));
    let second = world.book(organization_id).await.id;
    world.bookings().cancel(organization_id, second, None).await.unwrap();
    let events = all(&world, organization_id).await;
    let told: Vec<_> = events
        .iter()
        .map(|it| (it.booking_id.unwrap(), it.event_type.as_str(), it.sequence.0, it.delivery_counts.total()))
        .collect();
    let (confirmed, cancelled) = ("booking.confirmed", "booking.cancelled");
    assert_eq!(told, [(second, cancelled, 2, 1), (second, confirmed, 1, 1), (first, confirmed, 1, 0)]);
}

pub async fn an_event_is_shown_with_its_payload_and_its_deliveries(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://a.io/").await;
    world.webhook(organization_id, "https://b.io/").await;
    let booking = world.book(organization_id).await;
    let listed = all(&world, organization_id).await.remove(0);
    let detail = world.store.events.event(organization_id, listed.id).await.unwrap().unwrap();
    assert_eq!(detail.event, listed);
    let expected = Payload::of_booking(&EventType::BOOKING_CONFIRMED, &booking, listed.created_at);
    assert_eq!(detail.payload.as_bytes(), expected.as_bytes());
    assert_eq!(detail.deliveries, world.deliveries(organization_id).await);
    let logged = world.logged(organization_id, detail.deliveries[0].id).await;
    assert_eq!((logged.payload, logged.sequence), (expected, Sequence(1)));
}

pub async fn deliveries_are_counted_by_status(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let webhooks = ["https://a.io/", "https://b.io/", "https://c.io/", "https://d.io/", "https://e.io/"];
    for url in webhooks {
        world.webhook(organization_id, url).await;
    }
    let disabled = world.webhook(organization_id, "https://f.io/").await.id;
    world.set_active(organization_id, disabled, false).await;
    world.book(organization_id).await;
    let claimed = world.claim(4).await;
    world.settle(&claimed[0], answered(200)).await;
    world.settle(&claimed[1], answered(200)).await;
    // A receiver that is gone fails at once.
    world.settle(&claimed[2], answered(410)).await;
    let pending = world.deliveries(organization_id).await;
    let pending = pending.iter().find(|it| it.status == DeliveryStatus::Pending).unwrap();
    world.webhooks().delete(organization_id, pending.webhook_id).await.unwrap();
    world.book(organization_id).await;

    let events = all(&world, organization_id).await;
    let counts = |event: &EventRecord| DeliveryStatus::ALL.map(|status| event.delivery_counts.of(status));
    // pending, delivering, held, delivered, failed, cancelled
    assert_eq!(counts(&events[1]), [0, 1, 1, 2, 1, 1]);
    assert_eq!(counts(&events[0]), [3, 0, 2, 0, 0, 0]);
}

pub async fn events_are_filtered_by_type_booking_and_time(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let webhook = world.webhook(organization_id, "https://a.io/").await.id;
    let early = world.now();
    let first = world.book(organization_id).await.id;
    world.clock.advance(Duration::from_secs(60));
    let late = world.now();
    let second = world.book(organization_id).await.id;
    world.bookings().cancel(organization_id, second, None).await.unwrap();
    world.repairs().send_test(organization_id, webhook).await.unwrap();
    let just_before = late.saturating_sub(Duration::from_millis(1));
    let confirmed = Some(EventType::BOOKING_CONFIRMED);
    for (filter, expected) in [
        (everything(), 4),
        (EventFilter { event_type: confirmed.clone(), ..everything() }, 2),
        (EventFilter { event_type: Some(EventType::WEBHOOK_TEST), ..everything() }, 1),
        (EventFilter { event_type: Some(EventType::parse("a.b").unwrap()), ..everything() }, 0),
        (EventFilter { booking_id: Some(first), ..everything() }, 1),
        (EventFilter { booking_id: Some(second), ..everything() }, 2),
        (EventFilter { booking_id: Some(second), event_type: confirmed.clone(), ..everything() }, 1),
        (EventFilter { booking_id: Some(second), created_until: Some(early), ..everything() }, 0),
        (EventFilter { booking_id: Some(BookingId::new(Uuid::from_u128(7))), ..everything() }, 0),
        (EventFilter { created_from: Some(late), ..everything() }, 3),
        (EventFilter { created_from: Some(late), event_type: confirmed.clone(), ..everything() }, 1),
        (EventFilter { created_until: Some(just_before), ..everything() }, 1),
        (EventFilter { created_from: Some(late), created_until: Some(late), ..everything() }, 3),
        (EventFilter { created_from: Some(late), created_until: Some(early), ..everything() }, 0),
    ] {
        let found = page(&world, organization_id, filter.clone()).await;
        assert_eq!((found.events.len(), found.more), (expected, false), "{filter:?}");
    }
}

pub async fn pages_of_events_join_without_gap_or_repetition_while_rows_arrive(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    for _ in 0..7 {
        world.book(organization_id).await;
    }
    let whole: Vec<_> = all(&world, organization_id).await.iter().map(|event| event.id).collect();
    for event_type in [None, Some(EventType::BOOKING_CONFIRMED)] {
        let (mut joined, mut after) = (Vec::new(), None);
        loop {
            let filter = EventFilter { after, limit: 3, event_type: event_type.clone(), ..everything() };
            let found = page(&world, organization_id, filter).await;
            after = found.events.last().map(EventRecord::position);
            joined.extend(found.events.iter().map(|event| event.id));
            world.clock.advance(Duration::from_millis(1));
            insert(&world, organization_id, world.entropy_id(), world.now()).await;
            if !found.more {
                break;
            }
        }
        // What was added by the first listing is newer than all of `whole`.
        assert_eq!(joined[joined.len() - whole.len()..], whole);
    }
}

pub async fn rows_of_one_moment_are_told_apart_by_their_ids(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    for id in [5, 3, 9, 1, 7] {
        insert(&world, organization_id, id, world.now()).await;
    }
    let (mut joined, mut after) = (Vec::new(), None);
    for _ in 0..5 {
        let filter = EventFilter { after, limit: 1, ..everything() };
        let found = page(&world, organization_id, filter).await;
        after = found.events.last().map(EventRecord::position);
        joined.extend(found.events.iter().map(|event| event.id.as_uuid().as_u128()));
    }
    assert_eq!(joined, [9, 7, 5, 3, 1]);
}

pub async fn a_clock_that_went_back_changes_no_page(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let now = world.now();
    // Greater ids with earlier times: filters by time must not rely on what the ids say.
    for (id, earlier) in [(1, 0), (2, 10), (3, 5), (4, 20)] {
        insert(&world, organization_id, id, now.saturating_sub(Duration::from_secs(earlier))).await;
    }
    let ids = |events: &[EventRecord]| -> Vec<_> {
        events.iter().map(|event| event.id.as_uuid().as_u128()).collect()
    };
    assert_eq!(ids(&all(&world, organization_id).await), [1, 3, 2, 4]);
    let filter =
        EventFilter { created_until: Some(now.saturating_sub(Duration::from_secs(10))), ..everything() };
    assert_eq!(ids(&page(&world, organization_id, filter).await.events), [2, 4]);
    let filter =
        EventFilter { created_from: Some(now.saturating_sub(Duration::from_secs(10))), ..everything() };
    assert_eq!(ids(&page(&world, organization_id, filter).await.events), [1, 3, 2]);
}

pub async fn another_organizations_events_are_not_there(store: StoreUnderTest) {
    let world = World::new(store);
    let ours = world.organization().await.id;
    let theirs = world.organization().await.id;
    let booking = world.book(theirs).await.id;
    let event = all(&world, theirs).await.remove(0);
    assert_eq!(all(&world, ours).await, vec![]);
    let filter = EventFilter { booking_id: Some(booking), ..everything() };
    assert_eq!(page(&world, ours, filter).await.events, vec![]);
    assert_eq!(world.store.events.event(ours, event.id).await.unwrap(), None);
    assert_eq!(world.store.events.event(theirs, EventId::new(Uuid::from_u128(7))).await.unwrap(), None);
}
