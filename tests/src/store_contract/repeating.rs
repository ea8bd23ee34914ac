//! One event to one webhook again, and events that only try a webhook out.

use super::{StoreUnderTest, World, answered};
use slotflow_application::repairs::{RetryError, SendTestError};
use slotflow_domain::delivery::{Delivery, DeliveryStatus, NotRepeatable, Progress};
use slotflow_domain::event::{EventCatalog, EventType, Payload};
use slotflow_domain::webhook::WebhookStanding;
use slotflow_domain::{DeliveryId, EventId, WebhookId};
use std::time::Duration;
use uuid::Uuid;

pub async fn a_retry_is_a_new_delivery_of_the_same_event_that_names_the_old_one(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let first = world.claim_one().await;
    world.settle(&first, answered(200)).await;
    let old = world.logged(one.organization_id, one.id).await.delivery;
    world.clock.advance(Duration::from_secs(5));

    let id = world.repairs().retry(one.organization_id, one.id).await.unwrap();
    let new = world.logged(one.organization_id, id).await.delivery;
    assert_eq!((new.retry_of, new.event_id, new.webhook_id), (Some(one.id), old.event_id, old.webhook_id));
    assert_eq!((new.status, new.attempt_count), (DeliveryStatus::Pending, 0));
    assert_eq!((new.created_at, new.next_attempt_at), (world.now(), Some(world.now())));
    assert_eq!(world.logged(one.organization_id, one.id).await.delivery, old, "the old one stays");

    let again = world.claim_one().await;
    assert_eq!((again.id, again.attempt.get(), again.event_id), (id, 1, first.event_id));
    assert_eq!(again.payload, first.payload);
    world.settle(&again, answered(200)).await;
    let kinds = [EventType::BOOKING_CONFIRMED, EventType::BOOKING_CANCELLED].map(Some);
    for (event_type, count) in kinds.into_iter().zip([2, 0]) {
        let filter = slotflow_application::ports::DeliveryFilter { event_type, ..super::log::everything() };
        assert_eq!(world.list(one.organization_id, filter).await.len(), count);
    }
}

pub async fn what_is_not_final_is_not_retried(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let refused = |expected| {
        let (world, one) = (&world, &one);
        async move {
            match world.repairs().retry(one.organization_id, one.id).await.unwrap_err() {
                RetryError::NotRepeatable(NotRepeatable::NotFinal(status)) => assert_eq!(status, expected),
                error => panic!("{error}"),
            }
        }
    };
    refused(DeliveryStatus::Pending).await;
    let claimed = world.claim_one().await;
    refused(DeliveryStatus::Delivering).await;
    world.settle(&claimed, answered(500)).await;
    refused(DeliveryStatus::Pending).await;
    world.set_active(one.organization_id, one.webhook_id, false).await;
    refused(DeliveryStatus::Held).await;
    assert_eq!(world.deliveries(one.organization_id).await.len(), 1);
}

pub async fn a_retry_is_held_for_a_disabled_webhook_and_refused_for_a_deleted_one(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    world.settle(&world.claim_one().await, answered(410)).await;
    let id = world.repairs().retry(one.organization_id, one.id).await.unwrap();
    assert_eq!(world.logged(one.organization_id, id).await.delivery.status, DeliveryStatus::Held);
    world.set_active(one.organization_id, one.webhook_id, true).await;
    assert_eq!(world.claim_one().await.id, id);

    world.webhooks().delete(one.organization_id, one.webhook_id).await.unwrap();
    let error = world.repairs().retry(one.organization_id, one.id).await.unwrap_err();
    assert!(matches!(error, RetryError::NotRepeatable(NotRepeatable::WebhookDeleted)), "{error}");
}

pub async fn an_unknown_or_foreign_delivery_is_not_retried(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    world.settle(&world.claim_one().await, answered(200)).await;
    let stranger = world.organization().await.id;
    for (organization_id, id) in
        [(stranger, one.id), (one.organization_id, DeliveryId::new(Uuid::from_u128(7)))]
    {
        let error = world.repairs().retry(organization_id, id).await.unwrap_err();
        assert!(matches!(error, RetryError::NotFound), "{error}");
    }
    assert_eq!(world.deliveries(one.organization_id).await.len(), 1);
}

pub async fn a_retry_can_be_retried(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let mut last = one.id;
    for _ in 0..3 {
        world.settle(&world.claim_one().await, answered(200)).await;
        let next = world.repairs().retry(one.organization_id, last).await.unwrap();
        assert_eq!(world.logged(one.organization_id, next).await.delivery.retry_of, Some(last));
        last = next;
    }
    assert_eq!(world.deliveries(one.organization_id).await.len(), 4);
}

pub async fn a_retry_wakes_whoever_waits(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    world.settle(&world.claim_one().await, answered(200)).await;
    // What was rung before is not what is waited for.
    while tokio::time::timeout(Duration::from_millis(50), world.store.queue.woken()).await.is_ok() {}
    world.repairs().retry(one.organization_id, one.id).await.unwrap();
    let woken = tokio::time::timeout(Duration::from_secs(20), world.store.queue.woken()).await;
    assert!(woken.is_ok(), "nobody was woken");
}

pub async fn a_delivery_of_no_event_is_refused(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let delivery = Delivery {
        id: DeliveryId::new(Uuid::from_u128(7)),
        organization_id: one.organization_id,
        webhook_id: one.webhook_id,
        event_id: EventId::new(Uuid::from_u128(8)),
        progress: Progress::first(WebhookStanding::Active, world.now()),
        retry_of: None,
        created_at: world.now(),
    };
    let mut work = world.begin().await;
    assert!(work.insert_deliveries(&[delivery]).await.is_err());
}

pub async fn a_test_reaches_one_webhook_whatever_it_subscribes_to(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://a.io/").await;
    let registered = world.webhook(organization_id, "https://b.io/").await;
    let b = registered.id;
    let id = world.repairs().send_test(organization_id, b).await.unwrap();
    assert_eq!(world.deliveries(organization_id).await.len(), 1);
    let claimed = world.claim_one().await;
    assert_eq!((claimed.id, claimed.webhook_id), (id, b));
    assert_eq!((claimed.event_type, claimed.sequence.0), (EventType::WEBHOOK_TEST, 1));
    let example = EventCatalog::standard().example_for(&registered.events);
    assert_eq!(claimed.payload, Payload::of_data(&EventType::WEBHOOK_TEST, world.now(), &example));
    let record = world.logged(organization_id, id).await.delivery;
    assert_eq!((record.booking_id, record.retry_of), (None, None));
}

pub async fn a_test_has_one_attempt_even_if_that_is_lost(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    world.settle(&world.claim_one().await, answered(200)).await;
    let id = world.repairs().send_test(one.organization_id, one.webhook_id).await.unwrap();
    for _ in 0..3 {
        assert_eq!(world.claim_one().await.id, id);
        world.clock.advance(World::LEASE);
    }
    assert!(world.claim(10).await.is_empty());
    let log = world.logged(one.organization_id, id).await;
    assert_eq!((log.delivery.status, log.attempts.len()), (DeliveryStatus::Failed, 1));
}

pub async fn a_test_is_held_for_a_disabled_webhook(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    world.set_active(one.organization_id, one.webhook_id, false).await;
    let id = world.repairs().send_test(one.organization_id, one.webhook_id).await.unwrap();
    assert_eq!(world.logged(one.organization_id, id).await.delivery.status, DeliveryStatus::Held);
}

pub async fn a_foreign_or_deleted_webhook_is_not_tested(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let stranger = world.organization().await.id;
    let unknown = WebhookId::new(Uuid::from_u128(7));
    for (organization_id, id) in [(stranger, one.webhook_id), (one.organization_id, unknown)] {
        assert!(matches!(world.repairs().send_test(organization_id, id).await, Err(SendTestError::NotFound)));
    }
    world.webhooks().delete(one.organization_id, one.webhook_id).await.unwrap();
    assert!(matches!(
        world.repairs().send_test(one.organization_id, one.webhook_id).await,
        Err(SendTestError::NotFound)
    ));
}
