//! Bookings: never overlapping, each change with its event.

use super::{StoreUnderTest, World};
use slotflow_application::BookingIntake;
use slotflow_application::bookings::{ConfirmBookingError, Confirmation};
use slotflow_application::ports::BookingFilter;
use slotflow_domain::booking::{BookingRequest, BookingStatus, DurationMinutes, Metadata, TimeSlot};
use slotflow_domain::event::EventType;
use slotflow_domain::{BookingId, OrganizationId};
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

async fn listed(
    world: &World,
    organization_id: OrganizationId,
    filter: BookingFilter,
) -> (Vec<BookingId>, u64) {
    let page = world.store.directory.bookings(organization_id, filter).await.unwrap();
    (page.bookings.into_iter().map(|booking| booking.id).collect(), page.total)
}

fn all() -> BookingFilter {
    BookingFilter { limit: 100, ..BookingFilter::default() }
}

pub async fn a_booking_is_read_back_as_it_was_written(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let metadata = "{\"z\":1.0,\"a\":12345678901234567890123, \"e\":1e400,\"ü\":\"🦀\\u0041\"}";
    let request = BookingRequest {
        metadata: Metadata::from_stored(metadata.to_owned()).unwrap(),
        ..world.request(world.human(), 0)
    };
    let written = world.bookings().confirm(organization_id, request).await.unwrap();
    let read = world.store.directory.booking(organization_id, written.id).await.unwrap().unwrap();
    assert_eq!(read, written);
    assert_eq!(read.metadata.as_str(), metadata);

    let request = BookingRequest { attendee_email: None, ..world.request(world.human(), 0) };
    let written = world.bookings().confirm(organization_id, request).await.unwrap();
    let read = world.begin().await.lock_booking(organization_id, written.id).await.unwrap();
    assert_eq!(read, Some(written));
}

pub async fn overlapping_bookings_of_one_human_are_refused_and_back_to_back_ones_are_not(
    store: StoreUnderTest,
) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let human = world.human();
    let bookings = world.bookings();
    let book = |minutes| bookings.confirm(organization_id, world.request(human, minutes));
    book(60).await.unwrap();
    for minutes in [31, 60, 89] {
        let refused = book(minutes).await;
        assert!(matches!(refused, Err(ConfirmBookingError::SlotUnavailable(_))), "{minutes}: {refused:?}");
    }
    book(30).await.unwrap();
    book(90).await.unwrap();
    assert_eq!(listed(&world, organization_id, all()).await.1, 3, "a refused one leaves nothing behind");
}

pub async fn bookings_made_together_are_each_made_or_refused(store: StoreUnderTest) {
    let world = World::new(store);
    let (organization_id, stranger) = (world.organization().await.id, world.organization().await.id);
    for id in [organization_id, stranger] {
        world.webhook(id, "https://receiver.io/").await;
    }
    let (human, other) = (world.human(), world.human());
    world.bookings().confirm(organization_id, world.request(human, 60)).await.unwrap();

    let asked = |organization_id, human, minutes| Confirmation {
        organization_id,
        request: world.request(human, minutes),
        trace_context: None,
    };
    let together = vec![
        asked(organization_id, human, 61),
        asked(organization_id, human, 90),
        asked(organization_id, other, 61),
        asked(organization_id, human, 119),
        asked(stranger, human, 60),
        asked(organization_id, human, 120),
        asked(stranger, human, 31),
    ];
    let results = world.bookings().confirm_all(together).await.unwrap();
    let made: Vec<_> = results.iter().map(Result::is_ok).collect();
    assert_eq!(made, [false, true, true, false, true, true, false]);

    // Each has its event, delivered to its organization's webhook only.
    let booked: BTreeSet<_> =
        results.into_iter().flatten().map(|booking| (booking.organization_id, booking.id)).collect();
    for (organization_id, count) in [(organization_id, 4), (stranger, 1)] {
        assert_eq!(listed(&world, organization_id, all()).await.1, count);
        let deliveries = world.deliveries(organization_id).await;
        assert_eq!(deliveries.len() as u64, count);
        let of_these = deliveries.iter().filter_map(|one| one.booking_id);
        let of_these: BTreeSet<_> = of_these.map(|id| (organization_id, id)).collect();
        assert_eq!(of_these.intersection(&booked).count() as u64, if count == 4 { 3 } else { 1 });
    }
    assert!(world.bookings().confirm_all(vec![]).await.unwrap().is_empty());
}

pub async fn bookings_that_come_together_are_each_made_once(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://receiver.io/").await;
    let intake = BookingIntake::new(world.bookings(), 2);
    let human = world.human();
    // Each time is asked for twice.
    let asked = (0..40).map(|number| {
        let request = world.request(human, 30 * (number / 2));
        let (intake, asked) =
            (intake.clone(), Confirmation { organization_id, request, trace_context: None });
        tokio::spawn(async move { intake.confirm(asked).await })
    });
    let mut made = 0;
    for answer in futures_util::future::join_all(asked).await {
        match answer.unwrap() {
            Ok(_) => made += 1,
            Err(error) => assert!(matches!(error, ConfirmBookingError::SlotUnavailable(_)), "{error}"),
        }
    }
    assert_eq!(made, 20);
    assert_eq!(listed(&world, organization_id, all()).await.1, 20);
    assert_eq!(world.deliveries(organization_id).await.len(), 20);
}

pub async fn a_long_booking_is_found_by_a_short_one_within_it(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let human = world.human();
    let day = TimeSlot::new(world.now(), DurationMinutes::new(1_440).unwrap()).unwrap();
    let request = BookingRequest { slot: day, ..world.request(human, 0) };
    world.bookings().confirm(organization_id, request).await.unwrap();
    for (minutes, free) in [(0, false), (700, false), (1_410, false), (1_439, false), (1_440, true)] {
        let result = world.bookings().confirm(organization_id, world.request(human, minutes)).await;
        assert_eq!(result.is_ok(), free, "after {minutes} minutes");
    }
}

pub async fn other_humans_and_other_organizations_do_not_stand_in_the_way(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let stranger = world.organization().await.id;
    let human = world.human();
    world.bookings().confirm(organization_id, world.request(human, 0)).await.unwrap();
    world.bookings().confirm(organization_id, world.request(world.human(), 0)).await.unwrap();
    world.bookings().confirm(stranger, world.request(human, 0)).await.unwrap();
}

pub async fn a_cancelled_booking_frees_its_slot(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let human = world.human();
    let first = world.bookings().confirm(organization_id, world.request(human, 0)).await.unwrap();
    world.bookings().cancel(organization_id, first.id, None).await.unwrap().unwrap();
    let read = world.store.directory.booking(organization_id, first.id).await.unwrap().unwrap();
    assert_eq!(read.status, BookingStatus::Cancelled);
    world.bookings().confirm(organization_id, world.request(human, 0)).await.unwrap();
}

pub async fn cancelling_twice_is_one_event(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://a.io/").await;
    let booking = world.book(organization_id).await;
    for _ in 0..2 {
        let cancelled = world.bookings().cancel(organization_id, booking.id, None).await.unwrap().unwrap();
        assert_eq!(cancelled.status, BookingStatus::Cancelled);
    }
    let types: Vec<_> =
        world.deliveries(organization_id).await.into_iter().map(|delivery| delivery.event_type).collect();
    assert_eq!(types, [EventType::BOOKING_CANCELLED, EventType::BOOKING_CONFIRMED]);
}

pub async fn cancelling_what_is_not_there_is_none(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let stranger = world.organization().await.id;
    let unknown = BookingId::new(Uuid::from_u128(7));
    assert_eq!(world.bookings().cancel(organization_id, unknown, None).await.unwrap(), None);
    let booking = world.book(organization_id).await;
    assert_eq!(world.bookings().cancel(stranger, booking.id, None).await.unwrap(), None);
}

pub async fn bookings_are_listed_latest_start_first(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let mut by_start = Vec::new();
    for minutes in [120, 0, 60] {
        let request = world.request(world.human(), minutes);
        let booking = world.bookings().confirm(organization_id, request).await.unwrap();
        by_start.push((booking.slot.starts_at(), booking.id));
    }
    by_start.sort();
    let expected: Vec<_> = by_start.into_iter().rev().map(|(_, id)| id).collect();
    assert_eq!(listed(&world, organization_id, all()).await, (expected, 3));
}

pub async fn pages_of_bookings_join_without_gap_or_repetition(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    for _ in 0..7 {
        // All start together, so that their order rests on something else.
        world.book(organization_id).await;
    }
    let (whole, _) = listed(&world, organization_id, all()).await;
    let mut joined = Vec::new();
    for offset in [0, 3, 6, 9] {
        let page = BookingFilter { limit: 3, offset, ..BookingFilter::default() };
        let (ids, total) = listed(&world, organization_id, page).await;
        assert_eq!(total, 7, "the total is that of all pages");
        joined.extend(ids);
    }
    assert_eq!(joined, whole);
    assert_eq!(whole.len(), 7);
}

pub async fn bookings_are_filtered_by_human_status_and_start(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let human = world.human();
    let mut ids = Vec::new();
    for minutes in [0, 60, 120] {
        let request = world.request(human, minutes);
        ids.push(world.bookings().confirm(organization_id, request).await.unwrap().id);
    }
    let other = world.bookings().confirm(organization_id, world.request(world.human(), 60)).await.unwrap().id;
    world.bookings().cancel(organization_id, ids[0], None).await.unwrap();
    let hour = world.now() + Duration::from_secs(3_600);
    let before = hour.saturating_sub(Duration::from_millis(1));
    let after = hour + Duration::from_millis(1);

    for (filter, expected) in [
        (BookingFilter { human_id: Some(human), ..all() }, vec![ids[2], ids[1], ids[0]]),
        (BookingFilter { status: Some(BookingStatus::Cancelled), ..all() }, vec![ids[0]]),
        (BookingFilter { status: Some(BookingStatus::Confirmed), ..all() }, vec![ids[2], other, ids[1]]),
        (BookingFilter { starts_from: Some(hour), ..all() }, vec![ids[2], other, ids[1]]),
        (BookingFilter { starts_from: Some(after), ..all() }, vec![ids[2]]),
        (BookingFilter { starts_until: Some(hour), ..all() }, vec![other, ids[1], ids[0]]),
        (BookingFilter { starts_until: Some(before), ..all() }, vec![ids[0]]),
        (
            BookingFilter {
                human_id: Some(human),
                status: Some(BookingStatus::Confirmed),
                starts_from: Some(hour),
                starts_until: Some(hour),
                ..all()
            },
            vec![ids[1]],
        ),
    ] {
        let total = expected.len() as u64;
        let (mut found, found_total) = listed(&world, organization_id, filter.clone()).await;
        // Those that start together may come in either order.
        let mut expected = expected;
        found.sort();
        expected.sort();
        assert_eq!((found, found_total), (expected, total), "{filter:?}");
    }
}
