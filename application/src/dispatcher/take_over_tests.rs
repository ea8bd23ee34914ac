use super::take_over::TakeOver;
use super::tests::now;
use crate::ports::{Abandoned, MockDeliveryQueue, MockInstances, StoreError};
use mockall::Sequence;
use slotflow_domain::delivery::LeaseDuration;
use slotflow_domain::instance::InstanceNumber;
use std::sync::Arc;
use std::time::Duration;

const PAUSE: Duration = Duration::from_secs(1);

fn number(number: u32) -> InstanceNumber {
    InstanceNumber::new(number).unwrap()
}

fn longest() -> LeaseDuration {
    LeaseDuration::for_timeout(Duration::from_secs(10))
}

fn take_over(queue: MockDeliveryQueue, instances: MockInstances) -> TakeOver {
    let (queue, instances) = (Arc::new(queue), Arc::new(instances));
    TakeOver { queue, instances, longest: longest(), pause: PAUSE, failed_at: None }
}

fn down<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable("down".into()))
}

#[tokio::test]
async fn while_nobody_is_dead_the_store_is_not_asked() {
    let mut instances = MockInstances::new();
    instances.expect_dead().times(3).returning(Vec::new);
    let mut take_over = take_over(MockDeliveryQueue::new(), instances);
    for _ in 0..3 {
        take_over.look(now()).await;
    }
}

#[tokio::test]
async fn the_dead_are_forgotten_once_nothing_is_left_under_their_claims() {
    let (mut queue, mut instances) = (MockDeliveryQueue::new(), MockInstances::new());
    instances.expect_dead().times(2).returning(|| vec![number(7), number(8)]);
    let mut order = Sequence::new();
    for found in [3, 0] {
        let asked = Abandoned { by: vec![number(7), number(8)], now: now(), longest: longest() };
        queue
            .expect_end_leases()
            .withf(move |abandoned| *abandoned == asked)
            .once()
            .in_sequence(&mut order)
            .returning(move |_| Ok(found));
    }
    let dead = |dead: &Vec<InstanceNumber>| *dead == [number(7), number(8)];
    instances.expect_forget().withf(dead).once().in_sequence(&mut order).returning(|_| Ok(()));
    let mut take_over = take_over(queue, instances);
    take_over.look(now()).await;
    take_over.look(now()).await;
}

#[tokio::test]
async fn after_a_failure_the_store_rests_whichever_way_the_clock_is_set() {
    let (mut queue, mut instances) = (MockDeliveryQueue::new(), MockInstances::new());
    instances.expect_dead().returning(|| vec![number(7)]);
    let mut order = Sequence::new();
    for answer in [None, Some(1), None, Some(0)] {
        queue
            .expect_end_leases()
            .once()
            .in_sequence(&mut order)
            .returning(move |_| answer.map_or_else(down, Ok));
    }
    instances.expect_forget().once().returning(|_| down());
    let mut take_over = take_over(queue, instances);
    take_over.look(now()).await;
    take_over.look(now() + PAUSE / 2).await;
    take_over.look(now() + PAUSE).await;
    // The clock goes back by an hour.
    take_over.look(now() + PAUSE).await;
    take_over.look(now().saturating_sub(Duration::from_secs(3_600))).await;
    // Forgetting failed as well.
    take_over.look(now().saturating_sub(Duration::from_secs(3_600))).await;
}
