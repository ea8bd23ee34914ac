use super::*;
use crate::ports::{
    MockClock, MockDirectory, MockEntropy, MockStore, MockUnitOfWork, StoreError, UnitOfWork,
};
use slotflow_domain::booking::{
    AttendeeName, Booking, BookingRequest, BookingStatus, DurationMinutes, Metadata, TimeSlot,
};
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::event::EventType;
use slotflow_domain::event::{EventCatalog, EventSet};
use slotflow_domain::signing::SigningSecret;
use slotflow_domain::webhook::{DisabledReason, UrlRules, Webhook, WebhookActivity, WebhookUrl};
use slotflow_domain::{BookingId, HumanId, OrganizationId, Timestamp, WebhookId};
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

const ORGANIZATION: OrganizationId = OrganizationId::new(Uuid::from_u128(1));

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-03-10T14:05:00Z").unwrap()
}

fn slot(text: &str) -> TimeSlot {
    TimeSlot::new(Timestamp::parse_rfc3339(text).unwrap(), DurationMinutes::new(30).unwrap()).unwrap()
}

fn request() -> BookingRequest {
    BookingRequest {
        human_id: HumanId::new(Uuid::from_u128(9)),
        slot: slot("2026-03-10T14:00:00Z"),
        attendee_name: AttendeeName::parse("Alex Rivera").unwrap(),
        attendee_email: None,
        metadata: Metadata::empty(),
    }
}

fn booking(status: BookingStatus) -> Booking {
    let mut booking =
        Booking::confirm(BookingId::new(Uuid::from_u128(5)), ORGANIZATION, request(), &[], now()).unwrap();
    booking.status = status;
    booking
}

fn bookings(work: MockUnitOfWork) -> Bookings {
    let mut store = MockStore::new();
    store.expect_begin().times(1).return_once(|| Ok(Box::new(work)));
    bookings_in(store)
}

fn bookings_in(store: MockStore) -> Bookings {
    let mut clock = MockClock::new();
    clock.expect_sleep_until().returning(|_| ());
    clock.expect_now().returning(now);
    let mut entropy = MockEntropy::new();
    let count = AtomicU64::new(100);
    entropy.expect_id().returning(move |_| Uuid::from_u128(count.fetch_add(1, Ordering::Relaxed).into()));
    Bookings {
        store: Arc::new(store),
        directory: Arc::new(MockDirectory::new()),
        clock: Arc::new(clock),
        entropy: Arc::new(entropy),
        first_attempts: FirstAttempts::none(),
    }
}

fn webhooks() -> Vec<Webhook> {
    let webhook = |id, activity| Webhook {
        id: WebhookId::new(Uuid::from_u128(id)),
        organization_id: ORGANIZATION,
        url: WebhookUrl::parse(&format!("https://receiver.dev/{id}"), &UrlRules::strict()).unwrap(),
        events: EventSet::parse(&["booking.confirmed", "booking.cancelled"], &EventCatalog::bookings())
            .unwrap(),
        secrets: SigningSecret::from_random([7; 32]).into(),
        activity,
        active_since: now(),
        created_at: now(),
    };
    vec![
        webhook(20, WebhookActivity::Active),
        webhook(21, WebhookActivity::Disabled(DisabledReason::Requested)),
    ]
}

#[tokio::test]
async fn a_booking_and_its_event_are_one_unit_of_work() {
    let mut work = MockUnitOfWork::new();
    work.expect_lock_calendars().return_once(|_| Ok(vec![vec![slot("2026-03-10T14:30:00Z")]]));
    work.expect_insert_bookings().times(1).returning(|_| Ok(()));
    work.expect_webhooks_wanting().times(1).returning(|_, _| Ok(webhooks()));
    work.expect_insert_events()
        .times(1)
        .withf(|events, deliveries| {
            let event = &events[0];
            let statuses: Vec<_> =
                deliveries.iter().map(|delivery| delivery.progress.state().status()).collect();
            event.event_type == EventType::BOOKING_CONFIRMED
                && event.sequence.0 == 1
                && statuses == [DeliveryStatus::Pending, DeliveryStatus::Held]
        })
        .returning(|_, _| Ok(()));
    work.expect_commit().times(1).return_once(|| Ok(()));
    let booking = bookings(work).confirm(ORGANIZATION, request()).await.unwrap();
    assert_eq!(booking.status, BookingStatus::Confirmed);
}

#[tokio::test]
async fn an_overlapping_booking_writes_nothing() {
    let mut work = MockUnitOfWork::new();
    work.expect_lock_calendars().return_once(|_| Ok(vec![vec![slot("2026-03-10T14:29:00Z")]]));
    work.expect_insert_bookings().never();
    work.expect_insert_events().never();
    work.expect_commit().never();
    let error = bookings(work).confirm(ORGANIZATION, request()).await.unwrap_err();
    assert!(matches!(error, ConfirmBookingError::SlotUnavailable(_)), "{error}");
}

#[tokio::test]
async fn a_failing_commit_is_no_booking() {
    let mut work = MockUnitOfWork::new();
    work.expect_lock_calendars().return_once(|_| Ok(vec![vec![]]));
    work.expect_insert_bookings().returning(|_| Ok(()));
    work.expect_webhooks_wanting().returning(|_, _| Ok(vec![]));
    work.expect_insert_events().returning(|_, _| Ok(()));
    work.expect_commit().return_once(|| Err(StoreError::Unavailable("gone".into())));
    let error = bookings(work).confirm(ORGANIZATION, request()).await.unwrap_err();
    assert!(matches!(error, ConfirmBookingError::Store(error) if error.is_transient()));
}

#[tokio::test]
async fn a_cancellation_is_published_once_however_often_it_is_asked_for() {
    let mut work = MockUnitOfWork::new();
    work.expect_lock_booking().return_once(|_, _| Ok(Some(booking(BookingStatus::Confirmed))));
    work.expect_update_booking().times(1).returning(|_| Ok(()));
    work.expect_webhooks_wanting().returning(|_, _| Ok(webhooks()));
    work.expect_insert_events()
        .times(1)
        .withf(|events, _| events[0].event_type == EventType::BOOKING_CANCELLED && events[0].sequence.0 == 2)
        .returning(|_, _| Ok(()));
    work.expect_commit().times(1).return_once(|| Ok(()));
    let id = booking(BookingStatus::Confirmed).id;
    let cancelled = bookings(work).cancel(ORGANIZATION, id, None).await.unwrap().unwrap();
    assert_eq!(cancelled.status, BookingStatus::Cancelled);

    let mut again = MockUnitOfWork::new();
    again.expect_lock_booking().return_once(|_, _| Ok(Some(booking(BookingStatus::Cancelled))));
    again.expect_insert_events().never();
    again.expect_update_booking().never();
    let cancelled = bookings(again).cancel(ORGANIZATION, id, None).await.unwrap().unwrap();
    assert_eq!(cancelled.status, BookingStatus::Cancelled);
}

fn asked() -> Confirmation {
    Confirmation { organization_id: ORGANIZATION, request: request(), trace_context: None }
}

/// An intake on a store whose units of work are these, in this order.
fn intake(works: Vec<MockUnitOfWork>) -> BookingIntake {
    let works = Arc::new(std::sync::Mutex::new(works.into_iter()));
    let next = move || {
        let work = works.lock().unwrap().next().unwrap();
        Ok(Box::new(work) as Box<dyn UnitOfWork>)
    };
    let mut store = MockStore::new();
    store.expect_begin().returning(next.clone());
    store.expect_begin_shared().returning(next);
    BookingIntake::new(bookings_in(store), 1)
}

/// A unit of work in which all humans are free and which ends like this.
fn free(commit: Result<(), StoreError>) -> MockUnitOfWork {
    let mut work = MockUnitOfWork::new();
    work.expect_lock_calendars().returning(|wanted| Ok(vec![vec![]; wanted.len()]));
    work.expect_insert_bookings().returning(|_| Ok(()));
    work.expect_webhooks_wanting().returning(|_, _| Ok(vec![]));
    work.expect_insert_events().returning(|_, _| Ok(()));
    work.expect_commit().times(1).return_once(|| commit);
    work
}

#[tokio::test]
async fn of_bookings_that_come_together_each_gets_its_own_answer() {
    let intake = intake(vec![free(Ok(()))]);
    let later = || {
        let request = BookingRequest { slot: slot("2026-03-10T15:00:00Z"), ..request() };
        Confirmation { request, ..asked() }
    };
    let (first, second, third) =
        tokio::join!(intake.confirm(asked()), intake.confirm(later()), intake.confirm(later()));
    assert_eq!(first.unwrap().slot, request().slot);
    assert_eq!(second.unwrap().slot, later().request.slot);
    assert!(matches!(third, Err(ConfirmBookingError::SlotUnavailable(_))));
}

#[tokio::test]
async fn a_booking_alone_may_be_refused_by_the_rule_or_by_the_store() {
    let mut taken = MockUnitOfWork::new();
    taken.expect_lock_calendars().return_once(|_| Ok(vec![vec![request().slot]]));
    taken.expect_webhooks_wanting().never();
    let intake = intake(vec![taken, free(Err(StoreError::Contended("locked".into())))]);
    let refused = intake.confirm(asked()).await;
    assert!(matches!(refused, Err(ConfirmBookingError::SlotUnavailable(_))), "{refused:?}");
    let failed = intake.confirm(asked()).await;
    assert!(matches!(failed, Err(ConfirmBookingError::Store(StoreError::Contended(_)))), "{failed:?}");
}
