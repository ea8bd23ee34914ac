//! Rules that hold although everybody comes at once.

use super::{StoreUnderTest, World, answered};
use futures_util::future::join_all;
use slotflow_application::bookings::ConfirmBookingError;
use slotflow_application::webhooks::{
    RegisterWebhook, RegisterWebhookError, UpdateWebhook, UpdateWebhookError,
};
use slotflow_domain::OrganizationId;
use slotflow_domain::booking::BookingRequest;
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::organization::Plan;
use slotflow_domain::webhook::{Refusal, Webhook};
use std::future::Future;

/// Runs all of them at once, each as a task of its own.
async fn at_once<F>(all: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let tasks: Vec<_> = all.into_iter().map(tokio::spawn).collect();
    join_all(tasks).await.into_iter().map(|ended| ended.unwrap()).collect()
}

async fn register(
    world: World,
    organization_id: OrganizationId,
    url: String,
) -> Result<Webhook, RegisterWebhookError> {
    let request = RegisterWebhook { url, events: vec!["booking.confirmed".to_owned()] };
    world.webhooks().register(organization_id, request).await
}

pub async fn the_plans_limit_holds_under_ten_parallel_registrations(store: StoreUnderTest) {
    let world = World::new(store);
    for (plan, before, allowed) in
        [(Plan::Free, 0, 2), (Plan::Free, 1, 1), (Plan::Starter, 6, 4), (Plan::Growth, 0, 10)]
    {
        let organization_id = world.organization_on(plan).await.id;
        for number in 0..before {
            world.webhook(organization_id, &format!("https://before{number}.io/")).await;
        }
        let results = at_once(
            (0..10)
                .map(|number| register(world.clone(), organization_id, format!("https://host{number}.io/"))),
        )
        .await;
        let registered = results.iter().filter(|result| result.is_ok()).count();
        assert_eq!(registered, allowed, "{plan} with {before}");
        for error in results.into_iter().filter_map(Result::err) {
            let limit = matches!(error, RegisterWebhookError::Refused(Refusal::LimitReached { .. }));
            assert!(limit, "{error:?}");
        }
        let stored = world.store.directory.webhooks(organization_id).await.unwrap().len();
        assert_eq!(stored, before + allowed);
    }
}

pub async fn of_ten_parallel_registrations_of_one_url_exactly_one_succeeds(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let spellings = ["https://a.io/x", "HTTPS://A.io:443/x", "https://a.io/y/../x", "https://A.IO/./x"];
    let results = at_once((0..10).map(|number| {
        register(world.clone(), organization_id, spellings[number % spellings.len()].to_owned())
    }))
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for error in results.into_iter().filter_map(Result::err) {
        assert!(matches!(error, RegisterWebhookError::Refused(Refusal::Duplicate)), "{error:?}");
    }
}

pub async fn of_parallel_changes_to_one_url_exactly_one_succeeds(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let mut ids = Vec::new();
    for number in 0..8 {
        ids.push(world.webhook(organization_id, &format!("https://host{number}.io/")).await.id);
    }
    let results = at_once(ids.into_iter().map(|id| {
        let world = world.clone();
        let request = UpdateWebhook { url: Some("https://one.io/".to_owned()), ..UpdateWebhook::default() };
        async move { world.webhooks().update(organization_id, id, request).await }
    }))
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for error in results.into_iter().filter_map(Result::err) {
        assert!(matches!(error, UpdateWebhookError::Duplicate), "{error:?}");
    }
}

pub async fn of_fifty_parallel_bookings_of_one_slot_exactly_one_succeeds(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://a.io/").await;
    let human = world.human();
    let results = at_once((0..50).map(|number| {
        let world = world.clone();
        // Each overlaps every other.
        let request: BookingRequest = world.request(human, number % 30);
        async move { world.bookings().confirm(organization_id, request).await }
    }))
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for error in results.into_iter().filter_map(Result::err) {
        assert!(matches!(error, ConfirmBookingError::SlotUnavailable(_)), "{error:?}");
    }
    assert_eq!(world.deliveries(organization_id).await.len(), 1, "and there is one event");
}

pub async fn parallel_bookings_of_different_slots_all_succeed(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://a.io/").await;
    let human = world.human();
    let results = at_once((0..40).map(|number| {
        let world = world.clone();
        let request = world.request(human, number * 30);
        async move { world.bookings().confirm(organization_id, request).await }
    }))
    .await;
    let failed: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(world.claim(100).await.len(), 40);
}

pub async fn ten_parallel_cancellations_are_one_event(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let booking = world.book(organization_id).await;
    world.webhook(organization_id, "https://a.io/").await;
    let results = at_once((0..10).map(|_| {
        let world = world.clone();
        async move { world.bookings().cancel(organization_id, booking.id, None).await }
    }))
    .await;
    assert!(results.into_iter().all(|result| result.unwrap().is_some()));
    assert_eq!(world.deliveries(organization_id).await.len(), 1);
}

pub async fn nothing_waits_for_a_webhook_deleted_while_events_are_published(store: StoreUnderTest) {
    let world = World::new(store);
    for _ in 0..10 {
        let organization_id = world.organization().await.id;
        let webhook_id = world.webhook(organization_id, "https://a.io/").await.id;
        let booked = {
            let world = world.clone();
            tokio::spawn(async move {
                for _ in 0..4 {
                    world.book(organization_id).await;
                }
            })
        };
        let deleted = {
            let world = world.clone();
            tokio::spawn(async move { world.webhooks().delete(organization_id, webhook_id).await.unwrap() })
        };
        booked.await.unwrap();
        assert!(deleted.await.unwrap());
        for delivery in world.deliveries(organization_id).await {
            assert_eq!(delivery.status, DeliveryStatus::Cancelled);
        }
    }
}

pub async fn every_event_is_held_or_claimed_while_a_webhook_is_disabled(store: StoreUnderTest) {
    let world = World::new(store);
    for _ in 0..10 {
        let organization_id = world.organization().await.id;
        let webhook_id = world.webhook(organization_id, "https://a.io/").await.id;
        for _ in 0..4 {
            world.book(organization_id).await;
        }
        let claimed = {
            let world = world.clone();
            tokio::spawn(async move { world.claim(2).await })
        };
        let booked = {
            let world = world.clone();
            tokio::spawn(async move { world.book(organization_id).await })
        };
        world.set_active(organization_id, webhook_id, false).await;
        booked.await.unwrap();
        let claimed = claimed.await.unwrap().len();
        let all = world.deliveries(organization_id).await;
        let of = |status| all.iter().filter(|delivery| delivery.status == status).count();
        assert_eq!(of(DeliveryStatus::Delivering), claimed);
        assert_eq!(of(DeliveryStatus::Held), 5 - claimed, "none is left pending: {all:?}");
        assert!(world.claim(10).await.is_empty());
    }
}

pub async fn a_claim_is_settled_once_although_two_settle_it_at_once(store: StoreUnderTest) {
    let world = World::new(store);
    for _ in 0..10 {
        let one = world.one_delivery().await;
        let claimed = world.claim_one().await;
        let reports = at_once([200, 500].map(|status| {
            let world = world.clone();
            let claimed = claimed.clone();
            async move { world.settle(&claimed, answered(status)).await }
        }))
        .await;
        let stale: usize = reports.iter().map(|report| report.stale.len()).sum();
        assert_eq!(stale, 1, "one of the two came too late");
        let log = world.logged(one.organization_id, one.id).await;
        assert_eq!((log.delivery.attempt_count, log.attempts.len()), (1, 1));
        world.webhooks().delete(one.organization_id, one.webhook_id).await.unwrap();
    }
}

pub async fn bookings_claims_and_settlements_run_side_by_side(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    for host in ["a", "b", "c"] {
        world.webhook(organization_id, &format!("https://{host}.io/")).await;
    }
    let bookers = (0..4).map(|_| {
        let world = world.clone();
        tokio::spawn(async move {
            for _ in 0..10 {
                world.book(organization_id).await;
            }
        })
    });
    let dispatchers = (0..2).map(|_| {
        let world = world.clone();
        tokio::spawn(async move {
            for _ in 0..20 {
                let claimed = world.claim(5).await;
                let settled = claimed.iter().map(|claimed| world.settled(claimed, answered(200))).collect();
                let report = world.settle_batch(settled).await;
                assert_eq!(report.stale, []);
            }
        })
    });
    for task in bookers.chain(dispatchers).collect::<Vec<_>>() {
        task.await.unwrap();
    }
    for rest in world.claim(1_000).await {
        world.settle(&rest, answered(200)).await;
    }
    let all = world.deliveries(organization_id).await;
    assert_eq!(all.len(), 120);
    assert!(all.iter().all(|it| it.status == DeliveryStatus::Delivered && it.attempt_count == 1));
}
