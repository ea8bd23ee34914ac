//! Claiming: who gets what, in which order, and at what cost.

use super::world::{World, at, room, terms};
use slotflow_application::ports::{DeliveryQueue, Room};
use slotflow_domain::WebhookId;
use std::collections::BTreeMap;

fn to(webhook_id: WebhookId, count: usize) -> Vec<WebhookId> {
    vec![webhook_id; count]
}

#[tokio::test]
async fn the_oldest_due_come_first() {
    for world in World::all().await {
        world.webhook().await;
        let mut ids = vec![];
        for second in [3, 1, 2] {
            ids.extend(world.publish(at(second)).await);
        }
        let claimed = world.claim(at(2), room(9, 9)).await;
        assert_eq!(claimed.iter().map(|one| one.id).collect::<Vec<_>>(), [ids[1], ids[2]]);
        assert_eq!(world.store.next_due_after(at(2)).await.unwrap(), Some(at(3)));
    }
}

#[tokio::test]
async fn a_webhook_with_a_long_backlog_does_not_keep_others_from_being_claimed() {
    for world in World::all().await {
        let (busy, quiet, other) = (world.webhook().await, world.webhook().await, world.webhook().await);
        world.publish_to(&to(busy, 4_000), at(1)).await;
        world.publish_to(&to(quiet, 3), at(2)).await;
        world.publish_to(&to(other, 20), at(3)).await;
        let claimed = world.claim(at(5), room(100, 8)).await;
        let count = |id| claimed.iter().filter(|one| one.webhook_id == id).count();
        assert_eq!((count(busy), count(quiet), count(other)), (8, 3, 8));

        let in_flight = BTreeMap::from([(busy, 8), (other, 6)]);
        let claimed = world.claim(at(5), Room { total: 100, per_webhook: 8, in_flight }).await;
        assert_eq!(claimed.len(), 2);
        assert!(claimed.iter().all(|one| one.webhook_id == other));
    }
}

#[tokio::test]
async fn more_room_than_one_statement_holds_is_filled() {
    for world in World::all().await {
        let webhook = world.webhook().await;
        world.publish_to(&to(webhook, 1_300), at(1)).await;
        assert_eq!(world.claim(at(1), room(1_200, usize::MAX)).await.len(), 1_200);
        assert_eq!(world.claim(at(1), room(usize::MAX, usize::MAX)).await.len(), 100);
        assert!(world.claim(at(1), room(5, 5)).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_claims_never_share_a_delivery_and_leave_none_behind() {
    for world in World::all().await {
        for _ in 0..5 {
            world.webhook().await;
        }
        for second in 0..60 {
            world.publish(at(second)).await;
        }
        let claims = (0..32).map(|_| {
            let store = world.store.clone();
            tokio::spawn(async move {
                let mut mine = vec![];
                // What others hold for a moment is passed over, so an empty claim is not yet the end.
                for _ in 0..20 {
                    let claimed = store.claim_due(terms(at(100), room(7, 3))).await.unwrap();
                    mine.extend(claimed.deliveries.into_iter().map(|one| one.id));
                }
                mine
            })
        });
        let mut all = vec![];
        for claim in futures_util::future::join_all(claims).await {
            all.extend(claim.unwrap());
        }
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!((count, all.len()), (300, 300));
    }
}

#[tokio::test]
async fn a_publish_wakes_whoever_waits() {
    for world in World::all().await {
        world.webhook().await;
        world.publish(at(1)).await;
        world.store.woken().await;
    }
}

#[tokio::test]
async fn what_was_lost_before_a_claim_came_to_an_error_is_told_all_the_same() {
    for world in World::all().await {
        world.webhook().await;
        let lost = world.publish(at(0)).await[0];
        for round in 0..3 {
            assert_eq!(world.claim(at(round * 30), room(1, 1)).await.len(), 1);
        }
        world.publish(at(91)).await;
        if world.is_postgres() {
            world.execute("ALTER TABLE deliveries ADD CHECK (status <> 'delivering') NOT VALID").await;
        } else {
            world
                .execute(
                    "CREATE TRIGGER no_claims BEFORE UPDATE ON deliveries WHEN NEW.status = 'delivering' \
                     BEGIN SELECT RAISE(ABORT, 'no claims'); END",
                )
                .await;
        }
        let claimed = world.store.claim_due(terms(at(91), room(1, 1))).await.unwrap();
        assert!(claimed.deliveries.is_empty(), "the other cannot be claimed");
        assert_eq!(claimed.lost.iter().map(|one| one.delivery_id).collect::<Vec<_>>(), [lost]);
        assert!(world.store.claim_due(terms(at(91), room(1, 1))).await.is_err(), "nothing was before that");
    }
}
