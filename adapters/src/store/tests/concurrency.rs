//! Rules that must hold however many try at once.

use super::world::{World, at, new_id, room};
use slotflow_application::ports::{Directory, Store, WantedSlot};
use slotflow_domain::booking::{AttendeeName, Booking, BookingRequest, DurationMinutes, Metadata, TimeSlot};
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::organization::{Plan, WebhookLimits};
use slotflow_domain::webhook::{DisabledReason, WaitingDeliveries, WebhookActivity, WebhookStanding, admit};
use slotflow_domain::{BookingId, HumanId};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_registrations_never_pass_the_limit() {
    for world in World::all().await {
        let registrations = (0..10).map(|place| {
            let (store, webhook) = (world.store.clone(), world.webhook_of(&place.to_string()));
            tokio::spawn(async move {
                let mut work = store.begin().await.unwrap();
                work.lock_organization(webhook.organization_id).await.unwrap().unwrap();
                let facts = work
                    .registration_facts(webhook.organization_id, webhook.url.canonical(), None)
                    .await
                    .unwrap();
                if admit(facts, &Plan::Free.into(), &WebhookLimits::default()).is_err() {
                    return false;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
                work.insert_webhook(&webhook).await.unwrap();
                work.commit().await.unwrap();
                true
            })
        });
        let done = futures_util::future::join_all(registrations).await;
        assert_eq!(done.into_iter().filter(|one| *one.as_ref().unwrap()).count(), 2);
        assert_eq!(world.store.webhooks(world.organization_id).await.unwrap().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_bookings_of_one_slot_are_one_booking() {
    for world in World::all().await {
        let human_id = HumanId::new(new_id());
        let organization_id = world.organization_id;
        let bookings = (0..16).map(|place| {
            let store = world.store.clone();
            tokio::spawn(async move {
                let request = BookingRequest {
                    human_id,
                    slot: TimeSlot::new(at(place), DurationMinutes::new(30).unwrap()).unwrap(),
                    attendee_name: AttendeeName::parse("Alex").unwrap(),
                    attendee_email: None,
                    metadata: Metadata::empty(),
                };
                let mut work = store.begin().await.unwrap();
                let taken = work
                    .lock_calendars(&[WantedSlot { organization_id, human_id, slot: request.slot }])
                    .await
                    .unwrap()
                    .remove(0);
                let id = BookingId::new(new_id());
                let Ok(booking) = Booking::confirm(id, organization_id, request, &taken, at(0)) else {
                    return false;
                };
                tokio::time::sleep(Duration::from_millis(5)).await;
                work.insert_bookings(std::slice::from_ref(&booking)).await.unwrap();
                work.commit().await.unwrap();
                true
            })
        });
        let done = futures_util::future::join_all(bookings).await;
        assert_eq!(done.into_iter().filter(|one| *one.as_ref().unwrap()).count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_booking_of_the_longest_length_is_seen_from_its_last_minute() {
    for world in World::all().await {
        let human_id = HumanId::new(new_id());
        let request = |start: i64, minutes| BookingRequest {
            human_id,
            slot: TimeSlot::new(at(start * 60), DurationMinutes::new(minutes).unwrap()).unwrap(),
            attendee_name: AttendeeName::parse("Alex").unwrap(),
            attendee_email: None,
            metadata: Metadata::empty(),
        };
        let id = BookingId::new(new_id());
        let day = Booking::confirm(id, world.organization_id, request(0, 1_440), &[], at(0)).unwrap();
        let mut work = world.store.begin().await.unwrap();
        work.insert_bookings(std::slice::from_ref(&day)).await.unwrap();
        for (start, minutes, seen) in
            [(1_439, 1, 1), (1_440, 30, 0), (-30, 30, 0), (-30, 31, 1), (700, 1, 1), (-10, 1_440, 1)]
        {
            let around = request(start, minutes).slot;
            let taken = work
                .lock_calendars(&[WantedSlot {
                    organization_id: world.organization_id,
                    human_id,
                    slot: around,
                }])
                .await
                .unwrap()
                .remove(0);
            assert_eq!(taken.len(), seen, "{start} {minutes}");
        }
    }
}

/// Publishing, claiming, disabling and enabling at once: in the end nothing is stuck or forgotten.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_published_while_webhooks_are_switched_is_never_stranded() {
    for world in World::all().await {
        let world = &world;
        let webhooks = [world.webhook().await, world.webhook().await];
        let publishing = async {
            for second in 0..40 {
                assert_eq!(world.publish(at(second)).await.len(), 2);
            }
        };
        let switching = async {
            for round in 0..40 {
                let id = webhooks[round % 2];
                let mut work = world.store.begin().await.unwrap();
                let mut webhook = work.lock_webhook(world.organization_id, id).await.unwrap().unwrap();
                let how = match webhook.activity.standing() {
                    WebhookStanding::Active => {
                        webhook.activity = WebhookActivity::Disabled(DisabledReason::Requested);
                        WaitingDeliveries::Hold
                    }
                    _ => {
                        webhook.activity = WebhookActivity::Active;
                        WaitingDeliveries::Resume
                    }
                };
                work.update_webhook(&webhook).await.unwrap();
                work.move_waiting(id, how, at(50)).await.unwrap();
                work.commit().await.unwrap();
            }
        };
        let claiming = async {
            let mut claimed = vec![];
            for _ in 0..40 {
                claimed.extend(world.claim(at(60), room(5, 5)).await);
                tokio::task::yield_now().await;
            }
            claimed
        };
        let (mut claimed, (), ()) = futures_util::future::join3(claiming, publishing, switching).await;

        // Both were switched an even number of times, so that both are active again.
        claimed.extend(world.claim(at(60), room(1_000, 1_000)).await);
        let ids: std::collections::BTreeSet<_> = claimed.iter().map(|one| one.id).collect();
        assert_eq!(ids.len(), claimed.len(), "no delivery was claimed twice");
        let filter = slotflow_application::ports::DeliveryFilter { limit: 1_000, ..Default::default() };
        let page =
            slotflow_application::ports::DeliveryLog::deliveries(&world.store, world.organization_id, filter)
                .await
                .unwrap();
        assert_eq!(page.deliveries.len(), 80);
        let stuck: Vec<_> =
            page.deliveries.iter().filter(|one| one.status != DeliveryStatus::Delivering).collect();
        assert!(stuck.is_empty(), "{stuck:?}");
        assert_eq!(ids.len(), 80);
    }
}
