//! What one organization owns does not exist for another.

use super::{StoreUnderTest, World, answered};
use slotflow_application::ports::{BookingFilter, DeliveryFilter};
use slotflow_domain::Timestamp;
use std::collections::BTreeSet;

pub async fn another_organization_reads_nothing_of_it(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let booking_id = world.deliveries(one.organization_id).await[0].booking_id.unwrap();
    let stranger = world.organization().await.id;
    let (directory, log) = (&world.store.directory, &world.store.log);

    assert!(directory.webhooks(stranger).await.unwrap().is_empty());
    assert!(directory.webhook(stranger, one.webhook_id).await.unwrap().is_none());
    let bookings = directory.bookings(stranger, BookingFilter { limit: 10, ..BookingFilter::default() });
    assert_eq!(bookings.await.unwrap().total, 0);
    assert_eq!(directory.booking(stranger, booking_id).await.unwrap(), None);
    assert_eq!(world.deliveries(stranger).await, vec![]);
    for filter in [
        DeliveryFilter { webhook_id: Some(one.webhook_id), limit: 10, ..DeliveryFilter::default() },
        DeliveryFilter { booking_id: Some(booking_id), limit: 10, ..DeliveryFilter::default() },
    ] {
        assert_eq!(world.list(stranger, filter.clone()).await, vec![]);
        assert_eq!(log.count(stranger, filter.clone()).await.unwrap(), 0);
        assert_eq!(log.count(one.organization_id, filter).await.unwrap(), 1);
    }
    assert_eq!(world.store.log.count(stranger, super::log::everything()).await.unwrap(), 0);
    assert_eq!(log.delivery(stranger, one.id).await.unwrap(), None);
}

pub async fn another_organization_learns_nothing_of_how_its_webhooks_fare(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    world.settle(&world.claim_one().await, answered(500)).await;
    let stranger = world.organization().await.id;
    let (directory, from) = (&world.store.directory, Timestamp::MIN);
    for (organization_id, seen) in [(one.organization_id, 1), (stranger, 0)] {
        let hours = directory.organization_hours(organization_id, from).await.unwrap();
        let failing = directory.failing_webhooks(organization_id, from, 9).await.unwrap();
        let asked = vec![one.webhook_id];
        let histories = directory.webhook_histories(organization_id, asked, from).await.unwrap();
        assert_eq!((hours.len(), failing.len(), histories.len()), (seen, seen, seen));
    }
}

pub async fn another_organization_locks_and_changes_nothing_of_it(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let booking_id = world.deliveries(one.organization_id).await[0].booking_id.unwrap();
    let stranger = world.organization().await.id;

    assert!(!world.webhooks().delete(stranger, one.webhook_id).await.unwrap());
    assert_eq!(world.bookings().cancel(stranger, booking_id, None).await.unwrap(), None);
    let mut work = world.begin().await;
    assert!(work.lock_webhook(stranger, one.webhook_id).await.unwrap().is_none());
    assert_eq!(work.lock_booking(stranger, booking_id).await.unwrap(), None);
    let confirmed = slotflow_domain::event::EventType::BOOKING_CONFIRMED;
    assert!(work.webhooks_wanting(&BTreeSet::from([stranger]), &confirmed).await.unwrap().is_empty());
    drop(work);
    assert!(world.store.directory.webhook(one.organization_id, one.webhook_id).await.unwrap().is_some());
    assert_eq!(world.claim(10).await.len(), 1);
}

pub async fn a_cursor_from_another_organization_shows_nothing_of_it(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let stranger = world.one_delivery().await;
    let theirs = world.deliveries(stranger.organization_id).await.remove(0);
    let filter = DeliveryFilter { after: Some(theirs.position()), limit: 10, ..DeliveryFilter::default() };
    for delivery in world.list(one.organization_id, filter).await {
        assert_eq!(delivery.id, one.id);
    }
}
