//! Counting what waits.

use super::{StoreUnderTest, World, answered};
use slotflow_application::ports::Backlog;
use std::time::Duration;

async fn backlog(world: &World) -> Backlog {
    world.store.backlog.backlog(world.now()).await.unwrap()
}

pub async fn an_empty_store_has_no_backlog(store: StoreUnderTest) {
    let world = World::new(store);
    assert_eq!(backlog(&world).await, Backlog::default());
}

pub async fn the_backlog_counts_what_is_not_at_its_end(store: StoreUnderTest) {
    let world = World::new(store);
    let first = world.organization().await.id;
    let webhook_id = world.webhook(first, "https://a.io/").await.id;
    for status in [200, 500] {
        world.book(first).await;
        world.settle(&world.claim_one().await, answered(status)).await;
    }
    world.set_active(first, webhook_id, false).await;
    world.book(first).await;
    // One has arrived; a retry and an event are held. Another organization's are counted with them.
    assert_eq!(backlog(&world).await, Backlog { held: 2, ..Backlog::default() });
    let second = world.organization().await.id;
    world.webhook(second, "https://b.io/").await;
    world.book(second).await;
    let due = Some(world.now());
    assert_eq!(backlog(&world).await, Backlog { pending: 1, delivering: 0, held: 2, oldest_due: due });
    let claimed = world.claim_one().await;
    assert_eq!(backlog(&world).await, Backlog { pending: 0, delivering: 1, held: 2, oldest_due: None });
    world.book(second).await;
    assert_eq!(backlog(&world).await, Backlog { pending: 1, delivering: 1, held: 2, oldest_due: due });
    world.settle(&claimed, answered(500)).await;
    assert_eq!(backlog(&world).await, Backlog { pending: 2, delivering: 0, held: 2, oldest_due: due });
    world.settle(&world.claim_one().await, answered(204)).await;
    assert_eq!(backlog(&world).await, Backlog { pending: 1, delivering: 0, held: 2, oldest_due: None });
}

pub async fn the_oldest_due_delivery_is_due_since_its_moment_came(store: StoreUnderTest) {
    let world = World::new(store);
    world.one_delivery().await;
    let first_due = world.now();
    world.clock.advance(Duration::from_secs(90));
    assert_eq!(backlog(&world).await.oldest_due, Some(first_due));

    world.settle(&world.claim_one().await, answered(500)).await;
    let due = world.now() + Duration::from_secs(300);
    world.clock.advance(Duration::from_millis(299_999));
    assert_eq!(backlog(&world).await.oldest_due, None, "it is not due yet");
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(backlog(&world).await.oldest_due, Some(due));
}

pub async fn a_claim_whose_lease_has_ended_is_due_again_since_then(store: StoreUnderTest) {
    let world = World::new(store);
    world.one_delivery().await;
    world.claim_one().await;
    let end = world.now() + World::LEASE;
    assert_eq!(backlog(&world).await.oldest_due, None);
    world.clock.set(end + Duration::from_secs(5));
    assert_eq!(backlog(&world).await, Backlog { pending: 0, delivering: 1, held: 0, oldest_due: Some(end) });
}
