//! What became of deliveries, as lists.

use super::{StoreUnderTest, World, answered};
use slotflow_application::ports::{DeliveryFilter, DeliveryRecord};
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::event::EventType;
use slotflow_domain::{BookingId, DeliveryId, WebhookId};
use std::time::Duration;
use uuid::Uuid;

/// The filter that everything passes.
pub(super) fn everything() -> DeliveryFilter {
    DeliveryFilter { limit: 10_000, ..DeliveryFilter::default() }
}

pub async fn deliveries_are_listed_newest_first(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://a.io/").await;
    let mut booked = Vec::new();
    for _ in 0..4 {
        booked.push(Some(world.book(organization_id).await.id));
        world.clock.advance(Duration::from_millis(1));
    }
    booked.reverse();
    let listed: Vec<_> =
        world.deliveries(organization_id).await.into_iter().map(|delivery| delivery.booking_id).collect();
    assert_eq!(listed, booked);
}

pub async fn a_delivery_is_listed_as_it_is_shown_alone(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "HTTPS://A.io").await;
    for status in [200, 500, 301] {
        world.book(organization_id).await;
        world.settle(&world.claim_one().await, answered(status)).await;
        world.clock.advance(Duration::from_secs(1));
    }
    let listed = world.deliveries(organization_id).await;
    assert_eq!(listed.len(), 3);
    for delivery in listed {
        assert_eq!(delivery.url, "HTTPS://A.io");
        assert_eq!(world.logged(organization_id, delivery.id).await.delivery, delivery);
    }
}

pub async fn pages_join_without_gap_or_repetition_while_rows_arrive(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://a.io/").await;
    world.webhook(organization_id, "https://b.io/").await;
    for _ in 0..5 {
        world.book(organization_id).await;
    }
    let whole: Vec<_> = world.deliveries(organization_id).await.iter().map(|it| it.id).collect();
    assert_eq!(whole.len(), 10);

    let mut joined = Vec::new();
    let mut after = None;
    for _ in 0..10 {
        let filter = DeliveryFilter { after, limit: 3, ..DeliveryFilter::default() };
        let page = world.store.log.deliveries(organization_id, filter).await.unwrap();
        joined.extend(page.deliveries.iter().map(|delivery| delivery.id));
        after = page.deliveries.last().map(DeliveryRecord::position);
        // New rows and changed ones, between two pages.
        world.book(organization_id).await;
        world.claim(1).await;
        if !page.more {
            break;
        }
    }
    assert_eq!(joined, whole);
}

pub async fn a_page_says_whether_there_are_more(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://a.io/").await;
    for _ in 0..3 {
        world.book(organization_id).await;
    }
    for (limit, length, more) in [(1, 1, true), (2, 2, true), (3, 3, false), (4, 3, false)] {
        let filter = DeliveryFilter { limit, ..DeliveryFilter::default() };
        let page = world.store.log.deliveries(organization_id, filter).await.unwrap();
        assert_eq!((page.deliveries.len(), page.more), (length, more), "limit {limit}");
    }
    let last = world.deliveries(organization_id).await[2].position();
    let filter = DeliveryFilter { after: Some(last), ..everything() };
    let page = world.store.log.deliveries(organization_id, filter).await.unwrap();
    assert_eq!((page.deliveries.len(), page.more), (0, false));
}

pub async fn deliveries_are_filtered_by_webhook_status_event_booking_and_time(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let a = world.webhook(organization_id, "https://a.io/").await.id;
    let b = world.webhook(organization_id, "https://b.io/").await.id;
    let early = world.now();
    let first = world.book(organization_id).await.id;
    world.clock.advance(Duration::from_secs(60));
    let late = world.now();
    let second = world.book(organization_id).await.id;
    world.bookings().cancel(organization_id, second, None).await.unwrap();
    // 2 deliveries of `first`, 4 of `second`; one of the six has arrived.
    let claimed = world.claim(1).await;
    world.settle(&claimed[0], answered(200)).await;

    let just_before = late.saturating_sub(Duration::from_millis(1));
    for (filter, expected) in [
        (everything(), 6),
        (DeliveryFilter { webhook_id: Some(a), ..everything() }, 3),
        (DeliveryFilter { webhook_id: Some(b), booking_id: Some(second), ..everything() }, 2),
        (DeliveryFilter { status: Some(DeliveryStatus::Delivered), ..everything() }, 1),
        (DeliveryFilter { status: Some(DeliveryStatus::Pending), ..everything() }, 5),
        (DeliveryFilter { status: Some(DeliveryStatus::Held), ..everything() }, 0),
        (DeliveryFilter { event_type: Some(EventType::BOOKING_CONFIRMED), ..everything() }, 4),
        (DeliveryFilter { event_type: Some(EventType::BOOKING_CANCELLED), ..everything() }, 2),
        (DeliveryFilter { event_type: Some(EventType::parse("a.b").unwrap()), ..everything() }, 0),
        (DeliveryFilter { booking_id: Some(first), ..everything() }, 2),
        (DeliveryFilter { booking_id: Some(second), ..everything() }, 4),
        (DeliveryFilter { booking_id: Some(BookingId::new(Uuid::from_u128(7))), ..everything() }, 0),
        (DeliveryFilter { webhook_id: Some(WebhookId::new(Uuid::from_u128(7))), ..everything() }, 0),
        (DeliveryFilter { created_from: Some(early), ..everything() }, 6),
        (DeliveryFilter { created_from: Some(late), ..everything() }, 4),
        (DeliveryFilter { created_until: Some(early), ..everything() }, 2),
        (DeliveryFilter { created_until: Some(just_before), ..everything() }, 2),
        (DeliveryFilter { created_from: Some(late), created_until: Some(late), ..everything() }, 4),
    ] {
        let page = world.store.log.deliveries(organization_id, filter.clone()).await.unwrap();
        assert_eq!(page.deliveries.len(), expected, "{filter:?}");
        assert!(!page.more, "{filter:?}");
        let counted = world.store.log.count(organization_id, filter.clone()).await.unwrap();
        assert_eq!(usize::try_from(counted).unwrap(), expected, "{filter:?}");
    }
}

pub async fn filtered_pages_join_too(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let wanted = world.webhook(organization_id, "https://a.io/").await.id;
    world.webhook(organization_id, "https://b.io/").await;
    for _ in 0..6 {
        world.book(organization_id).await;
    }
    let filter =
        |after, limit| DeliveryFilter { webhook_id: Some(wanted), after, limit, ..DeliveryFilter::default() };
    let whole: Vec<_> =
        world.list(organization_id, filter(None, 100)).await.iter().map(|delivery| delivery.id).collect();
    let mut joined: Vec<DeliveryId> = Vec::new();
    let mut after = None;
    for _ in 0..3 {
        let page = world.list(organization_id, filter(after, 2)).await;
        after = page.last().map(DeliveryRecord::position);
        joined.extend(page.iter().map(|delivery| delivery.id));
    }
    assert_eq!(joined, whole);
    assert_eq!(whole.len(), 6);
}

pub async fn a_count_goes_no_further_than_its_limit(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let webhook_id = Some(world.webhook(organization_id, "https://a.io/").await.id);
    let mut booking_id = None;
    for number in 0..6 {
        booking_id = Some(world.book(organization_id).await.id);
        if number % 2 == 0 {
            world.settle(&world.claim(1).await[0], answered(200)).await;
        }
    }
    for (limit, expected) in [(0, 0), (1, 1), (5, 5), (6, 6), (7, 6), (10_001, 6)] {
        for filter in [everything(), DeliveryFilter { webhook_id, ..everything() }] {
            let filter = DeliveryFilter { limit, ..filter };
            assert_eq!(
                world.store.log.count(organization_id, filter.clone()).await.unwrap(),
                expected,
                "{filter:?}"
            );
        }
        let of_booking = DeliveryFilter { booking_id, limit, ..everything() };
        let counted = world.store.log.count(organization_id, of_booking).await.unwrap();
        assert_eq!(counted, expected.min(1));
    }
}

pub async fn the_log_outlives_the_webhook(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    world.settle(&world.claim_one().await, answered(500)).await;
    world.webhooks().delete(one.organization_id, one.webhook_id).await.unwrap();
    let log = world.logged(one.organization_id, one.id).await;
    assert_eq!((log.delivery.status, log.attempts.len()), (DeliveryStatus::Cancelled, 1));
    assert_eq!(log.delivery.url, "https://receiver.io/");
    assert_eq!(world.deliveries(one.organization_id).await, [log.delivery]);
}

pub async fn an_unknown_delivery_is_none(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let unknown = DeliveryId::new(Uuid::from_u128(7));
    assert_eq!(world.store.log.delivery(one.organization_id, unknown).await.unwrap(), None);
}
