//! Removing what has been kept long enough.

use super::{OneDelivery, StoreUnderTest, World, answered};
use futures_util::future::join_all;
use slotflow_application::ports::{BookingFilter, Entropy as _, RetentionBatch, StoreError};
use slotflow_application::repairs::ReplayRequest;
use slotflow_domain::booking::Booking;
use slotflow_domain::delivery::{Delivery, DeliveryStatus};
use slotflow_domain::event::Event;
use slotflow_domain::idempotency::{Answer, AnswerBody, IdempotencyKey, KeptAnswer, RequestDigest};
use slotflow_domain::webhook::WebhookStanding;
use slotflow_domain::{BookingId, DeliveryId, EventId, OrganizationId, Timestamp};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Removes the deliveries of one whole walk, in batches of so many. Answers how many went.
async fn remove_deliveries(world: &World, cutoff: Timestamp, limit: u32) -> u64 {
    let mut batch = RetentionBatch { after: None, cutoff, limit };
    let mut removed = 0;
    loop {
        let progress = world.store.retention.remove_deliveries(batch).await.unwrap();
        removed += progress.removed;
        batch.after = progress.next;
        if batch.after.is_none() {
            return removed;
        }
    }
}

/// The same for events.
async fn remove_events(world: &World, cutoff: Timestamp, limit: u32) -> u64 {
    let mut batch = RetentionBatch { after: None, cutoff, limit };
    let mut removed = 0;
    loop {
        let progress = world.store.retention.remove_events(batch).await.unwrap();
        removed += progress.removed;
        batch.after = progress.next;
        if batch.after.is_none() {
            return removed;
        }
    }
}

async fn exists(world: &World, one: &OneDelivery) -> bool {
    world.store.log.delivery(one.organization_id, one.id).await.unwrap().is_some()
}

async fn delivered(world: &World) -> OneDelivery {
    let one = world.one_delivery().await;
    world.settle(&world.claim_one().await, answered(200)).await;
    one
}

fn new_event(world: &World, organization_id: OrganizationId) -> Event {
    let id = BookingId::new(world.entropy.id(world.now()));
    let request = world.request(world.human(), 0);
    let booking = Booking::confirm(id, organization_id, request, &[], world.now()).unwrap();
    Event::of_booking(EventId::new(world.entropy.id(world.now())), &booking, world.now())
}

/// Adds an event with these deliveries.
async fn add(world: &World, event: &Event, deliveries: &[Delivery]) {
    let mut work = world.begin().await;
    work.insert_events(std::slice::from_ref(event), deliveries).await.unwrap();
    work.commit().await.unwrap();
}

/// Whether the event is there: a second one with its id would be refused.
async fn has_event(world: &World, event: &Event) -> bool {
    let mut work = world.begin().await;
    let again = work.insert_events(std::slice::from_ref(event), &[]).await;
    assert!(matches!(again, Ok(()) | Err(StoreError::Refused(_))), "{again:?}");
    again.is_err()
}

pub async fn what_was_final_before_the_cutoff_goes_with_its_attempts(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://receiver.io/").await;
    world.book(organization_id).await;
    for status in [500, 200] {
        world.settle(&world.claim_one().await, answered(status)).await;
        world.clock.advance(Duration::from_secs(5 * 60));
    }
    let id = world.deliveries(organization_id).await[0].id;
    let one = OneDelivery {
        organization_id,
        webhook_id: world.deliveries(organization_id).await[0].webhook_id,
        id,
    };
    assert_eq!(world.logged(organization_id, id).await.attempts.len(), 2);
    world.clock.advance(DAY);
    assert_eq!(remove_deliveries(&world, world.now(), 10).await, 1);
    assert!(!exists(&world, &one).await);
    assert_eq!(world.deliveries(organization_id).await, vec![]);
    assert_eq!(remove_deliveries(&world, world.now(), 10).await, 0, "nothing is left of it");
}

pub async fn what_is_not_final_stays_however_old(store: StoreUnderTest) {
    let world = World::new(store);
    let pending = world.one_delivery().await;
    let delivering = {
        let one = world.one_delivery().await;
        world.claim(1).await;
        one
    };
    let held = world.one_delivery().await;
    world.set_active(held.organization_id, held.webhook_id, false).await;
    world.clock.advance(3_650 * DAY);
    assert_eq!(remove_deliveries(&world, world.now(), 10).await, 0);
    assert_eq!(remove_events(&world, world.now(), 10).await, 0);
    let mut statuses = Vec::new();
    for one in [&pending, &delivering, &held] {
        statuses.push(world.logged(one.organization_id, one.id).await.delivery.status);
    }
    statuses.sort_by_key(|status| status.as_str());
    assert_eq!(statuses, [DeliveryStatus::Delivering, DeliveryStatus::Held, DeliveryStatus::Pending]);
}

pub async fn what_became_final_at_the_cutoff_or_later_stays(store: StoreUnderTest) {
    let world = World::new(store);
    let late = world.one_delivery().await;
    let claimed = world.claim_one().await;
    world.clock.advance(Duration::from_secs(10));
    world.settle(&claimed, answered(200)).await;
    let ended = world.now();
    world.clock.advance(DAY);
    assert_eq!(remove_deliveries(&world, ended, 10).await, 0, "made before, and final at the cutoff");
    assert!(exists(&world, &late).await);
    assert_eq!(remove_deliveries(&world, ended + Duration::from_millis(1), 10).await, 1);
    assert!(!exists(&world, &late).await);
}

pub async fn an_event_stays_for_whoever_is_about_to_repeat_a_delivery_of_it(store: StoreUnderTest) {
    let world = World::new(store);
    let one = delivered(&world).await;
    world.clock.advance(DAY);
    let mut work = world.begin().await;
    let (old, event) = work.delivery_and_event(one.organization_id, one.id).await.unwrap().unwrap();
    let removing = {
        let world = world.clone();
        tokio::spawn(async move {
            remove_deliveries(&world, world.now(), 10).await;
            remove_events(&world, world.now(), 10).await
        })
    };
    // It is over soon, or waits until the unit of work has ended.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let id = DeliveryId::new(world.entropy.id(world.now()));
    let repetition = old.repeat(id, WebhookStanding::Active, world.now()).unwrap();
    work.insert_deliveries(&[repetition]).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(removing.await.unwrap(), 0);
    assert_eq!(world.logged(one.organization_id, id).await.delivery.event_id, event.id);
    assert!(has_event(&world, &event).await);
}

pub async fn a_delivery_that_is_being_repeated_stays_until_its_repetition_is_final(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let webhook = world.webhook(organization_id, "https://receiver.io/").await;
    let event = new_event(&world, organization_id);
    let delivery = || {
        let id = DeliveryId::new(world.entropy.id(world.now()));
        Delivery::of_event(id, &event, webhook.id, WebhookStanding::Active)
    };
    let original = delivery();
    let repetition = Delivery { retry_of: Some(original.id), ..delivery() };
    add(&world, &event, &[original.clone(), repetition.clone()]).await;
    for claimed in world.claim(2).await.into_iter().filter(|claimed| claimed.id == original.id) {
        world.settle(&claimed, answered(200)).await;
    }
    world.clock.advance(DAY);

    let one = OneDelivery { organization_id, webhook_id: webhook.id, id: original.id };
    assert_eq!(remove_deliveries(&world, world.now(), 10).await, 0);
    assert!(exists(&world, &one).await);
    world.settle(&world.claim_one().await, answered(200)).await;
    assert_eq!(remove_deliveries(&world, world.now(), 10).await, 1, "the repetition has just ended");
    assert!(!exists(&world, &one).await);
    let logged = world.logged(organization_id, repetition.id).await.delivery;
    assert_eq!(logged.retry_of, Some(original.id), "it still says what it repeated");
}

pub async fn an_event_goes_when_no_delivery_is_left_and_it_is_old(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let unwanted = new_event(&world, organization_id);
    add(&world, &unwanted, &[]).await;
    let webhook = world.webhook(organization_id, "https://receiver.io/").await;
    let wanted = new_event(&world, organization_id);
    let id = DeliveryId::new(world.entropy.id(world.now()));
    let delivery = Delivery::of_event(id, &wanted, webhook.id, WebhookStanding::Active);
    add(&world, &wanted, &[delivery]).await;
    world.settle(&world.claim_one().await, answered(200)).await;
    let made = world.now();
    world.clock.advance(DAY);

    assert_eq!(remove_events(&world, made, 10).await, 0, "made at the cutoff");
    assert_eq!(remove_events(&world, world.now(), 10).await, 1, "the one that nobody wanted");
    assert_eq!((has_event(&world, &unwanted).await, has_event(&world, &wanted).await), (false, true));
    assert_eq!(remove_deliveries(&world, world.now(), 10).await, 1);
    assert_eq!(remove_events(&world, world.now(), 10).await, 1);
    assert!(!has_event(&world, &wanted).await);
}

pub async fn bookings_webhooks_and_organizations_stay(store: StoreUnderTest) {
    let world = World::new(store);
    let one = delivered(&world).await;
    world.clock.advance(3_650 * DAY);
    assert_eq!(remove_deliveries(&world, world.now(), 10).await, 1);
    assert_eq!(remove_events(&world, world.now(), 10).await, 1);
    let directory = &world.store.directory;
    let bookings = BookingFilter { limit: 10, ..BookingFilter::default() };
    assert_eq!(directory.bookings(one.organization_id, bookings).await.unwrap().total, 1);
    assert_eq!(directory.webhooks(one.organization_id).await.unwrap().len(), 1);
    assert!(directory.organization(one.organization_id).await.unwrap().is_some());
}

pub async fn a_walk_in_batches_meets_everything_once(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let webhook = world.webhook(organization_id, "https://receiver.io/").await;
    for _ in 0..20 {
        world.book(organization_id).await;
    }
    // Every third stays.
    for (number, claimed) in world.claim(20).await.into_iter().enumerate() {
        match number % 3 {
            0 => world.release(&claimed, world.now()).await,
            _ => drop(world.settle(&claimed, answered(200)).await),
        }
    }
    world.clock.advance(DAY);
    let old = world.now();
    world.clock.advance(Duration::from_secs(1));
    world.book(organization_id).await;

    let batch = RetentionBatch { after: None, cutoff: old, limit: 3 };
    let progress = world.store.retention.remove_deliveries(batch).await.unwrap();
    assert!(progress.removed <= 3, "a batch looks at no more than it may");
    assert!(progress.next.is_some(), "there is more");
    assert_eq!(progress.removed + remove_deliveries(&world, old, 3).await, 13);
    let left = world.deliveries(organization_id).await;
    assert_eq!(left.len(), 8);
    assert!(left.iter().all(|it| it.status == DeliveryStatus::Pending && it.webhook_id == webhook.id));
    assert_eq!(remove_events(&world, old, 4).await, 13, "each with its event");
}

pub async fn expired_answers_go_oldest_first_and_others_stay(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let key = |number: u32| IdempotencyKey::parse(number.to_string().as_bytes()).unwrap();
    for number in 0..5 {
        let kept = KeptAnswer {
            organization_id,
            key: key(number),
            request: RequestDigest::of("POST", "/", None, b""),
            answer: Answer { status: 201, body: AnswerBody::Bytes(vec![]) },
            answered_at: world.now(),
        };
        let mut work = world.begin().await;
        work.keep_answer(&kept).await.unwrap();
        work.commit().await.unwrap();
        world.clock.advance(Duration::from_secs(1));
    }
    let fourth = world.now().saturating_sub(Duration::from_secs(2));
    let retention = &world.store.retention;
    let mut left = Vec::new();
    for (limit, removed) in [(2, 2), (3, 2), (3, 0)] {
        assert_eq!(retention.remove_answers(fourth, limit).await.unwrap(), removed);
        let mut there = Vec::new();
        for number in 0..5 {
            if world.store.directory.kept_answer(organization_id, key(number)).await.unwrap().is_some() {
                there.push(number);
            }
        }
        left.push(there);
    }
    assert_eq!(left, [vec![2, 3, 4], vec![4], vec![4]]);
}

pub async fn old_hours_go_oldest_first_and_later_ones_stay(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let began = world.now();
    for _ in 0..3 {
        world.settle(&world.claim_one().await, answered(500)).await;
        world.book(one.organization_id).await;
        world.settle(&world.claim_one().await, answered(200)).await;
        world.clock.advance(Duration::from_secs(60 * 60));
    }
    let hours = || async {
        let (id, since) = (one.webhook_id, began.saturating_sub(Duration::from_secs(60 * 60)));
        let history = world.store.directory.webhook_history(one.organization_id, id, since).await.unwrap();
        let mut starts: Vec<_> = history.hours.iter().map(|hour| hour.start).collect();
        starts.sort();
        starts
    };
    let all = hours().await;
    assert_eq!(all.len(), 3);
    let retention = &world.store.retention;
    assert_eq!(retention.remove_hours(all[0], 10).await.unwrap(), 0, "it begins then, not before");
    assert_eq!(retention.remove_hours(all[2], 1).await.unwrap(), 1);
    assert_eq!(hours().await, all[1..]);
    assert_eq!(retention.remove_hours(all[2], 10).await.unwrap(), 1);
    assert_eq!(hours().await, all[2..]);
}

pub async fn finished_replays_go_and_unfinished_ones_stay(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    world.settle(&world.claim_one().await, answered(410)).await;
    let since = world.now().saturating_sub(Duration::from_secs(60));
    world.clock.advance(Duration::from_secs(1));
    let request = ReplayRequest { since, until: None, status: None };
    world.repairs().replay(one.organization_id, one.webhook_id, request).await.unwrap();
    let retention = &world.store.retention;
    let later = world.now() + Duration::from_secs(60 * 60);
    assert_eq!(retention.remove_replays(later, 10).await.unwrap(), 0, "it is not finished");
    world.webhooks().delete(one.organization_id, one.webhook_id).await.unwrap();
    world.clock.advance(Duration::from_secs(1));
    world.replayer().round().await.unwrap();
    assert_eq!(retention.remove_replays(world.now(), 10).await.unwrap(), 0, "it has only just finished");
    assert_eq!(retention.remove_replays(later, 10).await.unwrap(), 1);
    assert_eq!(retention.remove_replays(later, 10).await.unwrap(), 0);
}

pub async fn several_may_remove_at_once_while_others_publish_and_deliver(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://receiver.io/").await;
    for _ in 0..60 {
        world.book(organization_id).await;
    }
    let claimed = world.claim(60).await;
    let settled = claimed.iter().map(|claimed| world.settled(claimed, answered(200))).collect();
    world.store.queue.settle(settled, world.settle_terms()).await.unwrap();
    world.clock.advance(DAY);
    let old = world.now();
    world.clock.advance(Duration::from_secs(1));

    let sweeps = (0..3).map(|_| {
        let world = world.clone();
        tokio::spawn(async move {
            let deliveries = remove_deliveries(&world, old, 7).await;
            (deliveries, remove_events(&world, old, 7).await)
        })
    });
    let sweeps: Vec<_> = sweeps.collect();
    for _ in 0..20 {
        world.book(organization_id).await;
        for claimed in world.claim(10).await {
            world.settle(&claimed, answered(200)).await;
        }
    }
    let removed: Vec<_> = join_all(sweeps).await.into_iter().map(Result::unwrap).collect();
    let deliveries: u64 = removed.iter().map(|(deliveries, _)| deliveries).sum();
    assert_eq!(deliveries, 60, "each was removed once: {removed:?}");
    remove_events(&world, old, 100).await;
    let left = world.deliveries(organization_id).await;
    assert_eq!(left.len(), 20);
    assert!(left.iter().all(|delivery| delivery.status == DeliveryStatus::Delivered));
    assert_eq!(remove_deliveries(&world, old, 100).await + remove_events(&world, old, 100).await, 0);
}
