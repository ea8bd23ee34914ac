//! Taking what is due.

use super::{StoreUnderTest, World, answered};
use slotflow_application::ports::Room;
use slotflow_domain::delivery::{AttemptNumber, DeliveryStatus};
use slotflow_domain::event::{EventType, Sequence};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub async fn a_claim_brings_all_that_an_attempt_needs(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let webhook = world.webhook(organization_id, "HTTPS://Receiver.io/Path?q=1").await;
    world.book(organization_id).await;
    let terms = world.terms(World::room(10));
    let claimed = world.store.queue.claim_due(terms.clone()).await.unwrap().deliveries;
    let [claimed] = &claimed[..] else { panic!("one delivery is due, not {}", claimed.len()) };
    let delivery = &world.deliveries(organization_id).await[0];
    assert_eq!((claimed.id, claimed.organization_id), (delivery.id, organization_id));
    assert_eq!((claimed.webhook_id, &claimed.url), (webhook.id, &webhook.url));
    let secrets = webhook.secrets.signing_at(world.now());
    assert!(Some(&claimed.secrets) == secrets.as_ref(), "it is signed with the webhook's secret");
    assert_eq!((claimed.lease, claimed.attempt), (terms.lease, AttemptNumber::FIRST));
    assert_eq!(claimed.event_id, delivery.event_id);
    assert_eq!((&claimed.event_type, claimed.sequence), (&EventType::BOOKING_CONFIRMED, Sequence(1)));
    assert_eq!(delivery.status, DeliveryStatus::Delivering);
    assert_eq!(delivery.next_attempt_at, None);
}

pub async fn nothing_is_claimed_twice_before_its_lease_ends(store: StoreUnderTest) {
    let world = World::new(store);
    world.one_delivery().await;
    assert_eq!(world.claim(10).await.len(), 1);
    assert_eq!(world.claim(10).await.len(), 0);
    world.clock.advance(World::LEASE - Duration::from_millis(1));
    assert_eq!(world.claim(10).await.len(), 0);
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(world.claim(10).await.len(), 1);
}

pub async fn nothing_is_claimed_before_it_is_due(store: StoreUnderTest) {
    let world = World::new(store);
    world.one_delivery().await;
    world.settle(&world.claim_one().await, answered(500)).await;
    world.clock.advance(Duration::from_millis(299_999));
    assert_eq!(world.claim(10).await.len(), 0);
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(world.claim(10).await.len(), 1);
}

pub async fn a_clock_that_went_back_claims_nothing(store: StoreUnderTest) {
    let world = World::new(store);
    world.one_delivery().await;
    world.clock.set(world.now().saturating_sub(Duration::from_millis(1)));
    assert_eq!(world.claim(10).await.len(), 0);
}

pub async fn a_claim_takes_no_more_than_there_is_room_for(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://a.io/").await;
    for _ in 0..5 {
        world.book(organization_id).await;
    }
    assert_eq!(world.claim(0).await.len(), 0);
    assert_eq!(world.claim(2).await.len(), 2);
    assert_eq!(world.claim(2).await.len(), 2);
    assert_eq!(world.claim(2).await.len(), 1);
}

pub async fn the_oldest_due_comes_first(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://a.io/").await;
    let mut booked = Vec::new();
    for _ in 0..4 {
        booked.push(world.book(organization_id).await.id);
        world.clock.advance(Duration::from_millis(1));
    }
    let mut taken = Vec::new();
    for _ in 0..4 {
        let claimed = world.claim(1).await;
        taken.push(world.logged(organization_id, claimed[0].id).await.delivery.booking_id.unwrap());
    }
    assert_eq!(taken, booked);
}

pub async fn no_webhook_gets_more_than_its_share(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let busy = world.webhook(organization_id, "https://busy.io/").await.id;
    for _ in 0..6 {
        world.book(organization_id).await;
    }
    let calm = world.webhook(organization_id, "https://calm.io/").await.id;
    world.book(organization_id).await;

    let room = Room { total: 100, per_webhook: 3, in_flight: BTreeMap::from([(busy, 1)]) };
    let claimed = world.claim_into(room).await;
    let of = |id| claimed.iter().filter(|claimed| claimed.webhook_id == id).count();
    assert_eq!((of(busy), of(calm)), (2, 1));
}

pub async fn a_full_webhook_does_not_stand_in_the_way_of_others(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    let full = world.webhook(organization_id, "https://full.io/").await.id;
    for _ in 0..300 {
        world.book(organization_id).await;
    }
    world.clock.advance(Duration::from_secs(1));
    let other = world.organization().await.id;
    world.webhook(other, "https://calm.io/").await;
    world.book(other).await;

    let room = Room { total: 4, per_webhook: 2, in_flight: BTreeMap::from([(full, 2)]) };
    let claimed = world.claim_into(room).await;
    let organizations: Vec<_> = claimed.iter().map(|claimed| claimed.organization_id).collect();
    assert_eq!(organizations, [other], "however long the queue of the full one is");
}

pub async fn two_claimers_never_share(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://a.io/").await;
    world.webhook(organization_id, "https://b.io/").await;
    for _ in 0..50 {
        world.book(organization_id).await;
    }
    let claimers: Vec<_> = (0..4)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move {
                let mut claimed = Vec::new();
                loop {
                    let batch = world.claim(7).await;
                    if batch.is_empty() {
                        return claimed;
                    }
                    claimed.extend(batch.into_iter().map(|claimed| claimed.id));
                }
            })
        })
        .collect();
    let mut claimed = Vec::new();
    for claimer in claimers {
        claimed.extend(claimer.await.unwrap());
    }
    // A claimer may find nothing while another holds the rest; what remains is there for the next.
    claimed.extend(world.claim(100).await.into_iter().map(|claimed| claimed.id));
    let once: BTreeSet<_> = claimed.iter().copied().collect();
    assert_eq!((claimed.len(), once.len()), (100, 100), "each once, none left");
}

pub async fn a_released_claim_is_due_again_as_if_never_taken(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let taken_at = world.now();
    for _ in 0..5 {
        let claimed = world.claim_one().await;
        assert_eq!(claimed.attempt, AttemptNumber::FIRST);
        world.release(&claimed, taken_at).await;
    }
    let delivery = world.logged(one.organization_id, one.id).await.delivery;
    assert_eq!((delivery.status, delivery.attempt_count), (DeliveryStatus::Pending, 0));
    assert_eq!(delivery.next_attempt_at, Some(taken_at));
}

pub async fn a_stale_release_is_passed_over(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let first = world.claim_one().await;
    world.clock.advance(World::LEASE);
    let second = world.claim_one().await;
    world.release(&first, world.now()).await;
    assert_eq!(world.claim(10).await.len(), 0, "the second claim still holds it");
    world.settle(&second, answered(200)).await;
    world.release(&second, world.now()).await;
    let status = world.logged(one.organization_id, one.id).await.delivery.status;
    assert_eq!(status, DeliveryStatus::Delivered);
}

pub async fn a_release_is_held_or_cancelled_if_its_webhook_changed_meanwhile(store: StoreUnderTest) {
    let world = World::new(store);
    let disabled = world.one_delivery().await;
    let claimed = world.claim_one().await;
    world.set_active(disabled.organization_id, disabled.webhook_id, false).await;
    world.release(&claimed, world.now()).await;
    let status = world.logged(disabled.organization_id, disabled.id).await.delivery.status;
    assert_eq!(status, DeliveryStatus::Held);

    let deleted = world.one_delivery().await;
    let claimed = world.claim_one().await;
    world.webhooks().delete(deleted.organization_id, deleted.webhook_id).await.unwrap();
    world.release(&claimed, world.now()).await;
    let status = world.logged(deleted.organization_id, deleted.id).await.delivery.status;
    assert_eq!(status, DeliveryStatus::Cancelled);
}

pub async fn the_next_due_moment_is_the_first_later_one(store: StoreUnderTest) {
    let world = World::new(store);
    let queue = world.store.queue.clone();
    let start = world.now();
    assert_eq!(queue.next_due_after(start).await.unwrap(), None);

    world.one_delivery().await;
    let just_before = start.saturating_sub(Duration::from_millis(1));
    assert_eq!(queue.next_due_after(just_before).await.unwrap(), Some(start));
    assert_eq!(queue.next_due_after(start).await.unwrap(), None, "later, not at");

    let claimed = world.claim_one().await;
    assert_eq!(queue.next_due_after(start).await.unwrap(), Some(claimed.lease.until), "a lease ends too");

    world.settle(&claimed, answered(500)).await;
    let retry = start + Duration::from_secs(300);
    assert_eq!(queue.next_due_after(start).await.unwrap(), Some(retry));
    assert_eq!(queue.next_due_after(retry).await.unwrap(), None);
}

pub async fn what_is_held_or_final_is_never_due(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    world.set_active(one.organization_id, one.webhook_id, false).await;
    assert_eq!(world.store.queue.next_due_after(slotflow_domain::Timestamp::MIN).await.unwrap(), None);
    world.webhooks().delete(one.organization_id, one.webhook_id).await.unwrap();
    world.one_delivery().await;
    world.settle(&world.claim_one().await, answered(200)).await;
    assert_eq!(world.store.queue.next_due_after(slotflow_domain::Timestamp::MIN).await.unwrap(), None);
}

pub async fn a_commit_wakes_whoever_waits(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://a.io/").await;
    let queue = world.store.queue.clone();
    // Wake-ups from before, if there were any.
    while tokio::time::timeout(Duration::from_millis(50), queue.woken()).await.is_ok() {}
    let woken = tokio::spawn(async move { queue.woken().await });
    tokio::task::yield_now().await;
    world.book(organization_id).await;
    tokio::time::timeout(Duration::from_secs(10), woken).await.expect("a wake-up").unwrap();
}
