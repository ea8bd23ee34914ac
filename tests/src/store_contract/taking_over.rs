//! Claims of instances that are dead.

use super::{StoreUnderTest, World, answered};
use slotflow_domain::delivery::{AttemptNumber, DeliveryStatus};
use slotflow_domain::instance::InstanceNumber;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn number(number: u32) -> InstanceNumber {
    InstanceNumber::new(number).expect("a number")
}

pub async fn what_a_dead_instance_held_is_due_at_once_as_the_same_attempt(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let lost = world.claim_one_as(Some(number(7))).await;
    world.clock.advance(SECOND);
    assert!(world.claim(10).await.is_empty(), "it is held");
    assert_eq!(world.end_leases_of(&[number(7)]).await, 1);
    assert_eq!(world.end_leases_of(&[number(7)]).await, 0, "that has been done");
    let log = world.logged(one.organization_id, one.id).await;
    assert_eq!(
        (log.delivery.status, log.attempts.len()),
        (DeliveryStatus::Delivering, 0),
        "nothing else changes"
    );

    let again = world.claim_one_as(Some(number(8))).await;
    assert_eq!((again.id, again.attempt), (lost.id, lost.attempt));
    assert_eq!(world.settle(&lost, answered(500)).await.stale, [one.id], "the dead change nothing");
    assert_eq!(world.settle(&again, answered(200)).await.stale, []);
    assert_eq!(world.end_leases_of(&[number(7), number(8)]).await, 0);
    let status = world.logged(one.organization_id, one.id).await.delivery.status;
    assert_eq!(status, DeliveryStatus::Delivered);
}

pub async fn only_the_dead_lose_what_they_hold(store: StoreUnderTest) {
    let world = World::new(store);
    let organization_id = world.organization().await.id;
    world.webhook(organization_id, "https://receiver.io/").await;
    let claimants =
        [None, Some(number(1)), Some(number(6)), Some(number(7)), Some(number(8)), Some(number(0x0700_0000))];
    let mut held = Vec::new();
    for claimant in claimants {
        world.book(organization_id).await;
        held.push((claimant, world.claim_one_as(claimant).await));
    }
    // One that waits for its time is nobody's.
    world.book(organization_id).await;
    let waiting = world.claim_one_as(Some(number(7))).await;
    world.settle(&waiting, answered(500)).await;
    world.clock.advance(SECOND);
    assert_eq!(world.end_leases_of(&[]).await, 0);
    assert_eq!(world.end_leases_of(&[number(9)]).await, 0);
    assert_eq!(world.end_leases_of(&[number(9), number(7), number(1)]).await, 2);
    let mut due: Vec<_> = world.claim(10).await.iter().map(|delivery| delivery.id).collect();
    due.sort();
    let dead = |claimant: &Option<InstanceNumber>| matches!(claimant.map(InstanceNumber::get), Some(1 | 7));
    let mut expected: Vec<_> =
        held.iter().filter(|(claimant, _)| dead(claimant)).map(|(_, delivery)| delivery.id).collect();
    expected.sort();
    assert_eq!(due, expected);
    for (_, delivery) in held.iter().filter(|(claimant, _)| !dead(claimant)) {
        assert_eq!(world.settle(delivery, answered(200)).await.stale, [], "its claim holds");
    }
}

pub async fn an_outcome_that_comes_before_anybody_takes_over_counts(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    let claimed = world.claim_one_as(Some(number(7))).await;
    world.clock.advance(SECOND);
    assert_eq!(world.end_leases_of(&[number(7)]).await, 1);
    assert_eq!(world.settle(&claimed, answered(200)).await.stale, []);
    let status = world.logged(one.organization_id, one.id).await.delivery.status;
    assert_eq!(status, DeliveryStatus::Delivered);
}

pub async fn what_is_lost_with_three_instances_in_a_row_is_a_failed_attempt(store: StoreUnderTest) {
    let world = World::new(store);
    let one = world.one_delivery().await;
    for instance in 1..=3 {
        assert_eq!(world.claim_one_as(Some(number(instance))).await.attempt, AttemptNumber::FIRST);
        world.clock.advance(SECOND);
        assert_eq!(world.end_leases_of(&[number(instance)]).await, 1);
    }
    let claimed = world.claim_and_lose(World::room(10)).await;
    assert_eq!((claimed.deliveries.len(), claimed.lost.len()), (0, 1));
    let delivery = world.logged(one.organization_id, one.id).await.delivery;
    assert_eq!((delivery.status, delivery.attempt_count), (DeliveryStatus::Pending, 1));
    assert_eq!(delivery.next_attempt_at, Some(world.now() + Duration::from_secs(300)));
}

/// The clock went back, or is behind that of whoever made the claim: at this moment the delivery was not due yet.
pub async fn a_lease_that_has_not_begun_yet_is_left_to_its_end(store: StoreUnderTest) {
    let world = World::new(store);
    world.clock.advance(SECOND);
    world.one_delivery().await;
    world.claim_one_as(Some(number(7))).await;
    let held = world.now();
    world.clock.set(held.saturating_sub(SECOND));
    assert_eq!(world.end_leases_of(&[number(7)]).await, 0);
    world.clock.set(held);
    assert_eq!(world.end_leases_of(&[number(7)]).await, 1);
    world.claim_one().await;
}
