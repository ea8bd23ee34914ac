//! All or nothing.

use super::{StoreUnderTest, World};
use slotflow_application::ports::Entropy as _;
use slotflow_application::ports::{BookingFilter, StoreError};
use slotflow_application::{FirstAttempts, publish};
use slotflow_domain::booking::Booking;
use slotflow_domain::{BookingId, Event, EventId};

pub async fn what_is_dropped_never_happened(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://receiver.io/").await;

    let mut work = world.begin().await;
    work.insert_webhook(&world.new_webhook(organization_id, "https://other.io/")).await.unwrap();
    let id = BookingId::new(world.entropy.id(world.now()));
    let request = world.request(world.human(), 0);
    let booking = Booking::confirm(id, organization_id, request, &[], world.now()).unwrap();
    work.insert_bookings(std::slice::from_ref(&booking)).await.unwrap();
    let event = Event::of_booking(EventId::new(world.entropy.id(world.now())), &booking, world.now());
    assert_eq!(
        publish(work.as_mut(), &world.entropy, &FirstAttempts::none(), &event)
            .await
            .unwrap()
            .deliveries()
            .len(),
        2
    );
    drop(work);

    assert_eq!(world.store.directory.webhooks(organization_id).await.unwrap().len(), 1);
    assert_eq!(world.store.directory.booking(organization_id, id).await.unwrap(), None);
    assert_eq!(world.deliveries(organization_id).await, vec![]);
    assert!(world.claim(10).await.is_empty());
}

pub async fn what_is_committed_is_there_for_everybody(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let webhook = world.new_webhook(organization_id, "https://receiver.io/");
    let mut work = world.begin().await;
    work.insert_webhook(&webhook).await.unwrap();
    assert!(world.store.directory.webhooks(organization_id).await.unwrap().is_empty(), "not before");
    work.commit().await.unwrap();
    assert_eq!(world.store.directory.webhooks(organization_id).await.unwrap().len(), 1);
}

pub async fn a_unit_of_work_sees_its_own_changes(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let webhook = world.new_webhook(organization_id, "https://receiver.io/");
    let mut work = world.begin().await;
    work.insert_webhook(&webhook).await.unwrap();
    assert!(work.lock_webhook(organization_id, webhook.id).await.unwrap().is_some());
    let facts = work.registration_facts(organization_id, webhook.url.canonical(), None).await.unwrap();
    assert_eq!((facts.registered, facts.url_taken), (1, true));
}

pub async fn the_store_works_on_after_a_dropped_unit_of_work(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    for _ in 0..50 {
        let mut work = world.begin().await;
        work.lock_organization(organization_id).await.unwrap();
        drop(work);
    }
    world.book(organization_id).await;
    let bookings = world
        .store
        .directory
        .bookings(organization_id, BookingFilter { limit: 10, ..BookingFilter::default() });
    assert_eq!(bookings.await.unwrap().total, 1);
}

pub async fn a_second_row_with_the_same_id_is_refused(store: StoreUnderTest) {
    let world = World::new(store);
    let organization = world.organization().await;
    let mut work = world.begin().await;
    let error = work.insert_organization(&organization).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)), "{error:?}");
}
