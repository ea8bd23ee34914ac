//! Moving what waits does to each row what the domain says.

use super::world::{World, at, new_id};
use crate::store::progress_writer;
use crate::store::rows::delivery_row;
use crate::store::statement::one;
use crate::store::stored_row::StoredRow;
use slotflow_application::ports::Store;
use slotflow_domain::delivery::{ClaimToken, DeliveryState, Lease, Progress};
use slotflow_domain::webhook::WaitingDeliveries;
use slotflow_domain::{DeliveryId, Timestamp};

fn after(progress: &Progress, how: WaitingDeliveries, now: Timestamp) -> Progress {
    match how {
        WaitingDeliveries::Hold => progress.hold(),
        WaitingDeliveries::Resume => progress.resume(now),
        WaitingDeliveries::Discard => progress.discard(now),
        WaitingDeliveries::Cancel => progress.cancel(now),
    }
}

async fn stored(world: &World, id: DeliveryId) -> Progress {
    let sql = "SELECT * FROM deliveries WHERE id = $1";
    let row = one(world.store.writer(), sql, vec![id.as_uuid().into()]).await.unwrap().unwrap();
    delivery_row::read_progress(&StoredRow(&row)).unwrap()
}

#[tokio::test]
async fn every_state_moves_as_the_domain_moves_it() {
    let lease = Lease { token: ClaimToken::new(new_id()), until: at(40) };
    let states = [
        DeliveryState::Pending { due: at(10) },
        DeliveryState::Delivering { lease },
        DeliveryState::Held,
        DeliveryState::Delivered { at: at(11) },
        DeliveryState::Failed { at: at(12) },
        DeliveryState::Cancelled { at: at(13) },
    ];
    for world in World::all().await {
        for how in [
            WaitingDeliveries::Hold,
            WaitingDeliveries::Resume,
            WaitingDeliveries::Discard,
            WaitingDeliveries::Cancel,
        ] {
            let (webhook_id, other) = (world.webhook().await, world.webhook().await);
            let to = |webhook_id| vec![webhook_id; 6];
            let ids = world.publish_to(&to(webhook_id), at(1)).await;
            let others = world.publish_to(&to(other), at(1)).await;
            let before: Vec<_> = states.iter().map(|state| Progress::from_stored(*state, 2, 1)).collect();
            for ids in [&ids, &others] {
                let rows: Vec<_> = ids.iter().copied().zip(before.iter().copied()).collect();
                progress_writer::write(world.store.writer(), &rows).await.unwrap();
            }

            let mut work = world.store.begin().await.unwrap();
            work.lock_webhook(world.organization_id, webhook_id).await.unwrap();
            let moved = work.move_waiting(webhook_id, how, at(20)).await.unwrap();
            work.commit().await.unwrap();

            let mut expected = 0;
            for (id, before) in ids.iter().zip(&before) {
                let after = after(before, how, at(20));
                assert_eq!(stored(&world, *id).await, after, "{how:?} {before:?}");
                expected += u64::from(after != *before);
            }
            assert_eq!(moved, expected, "{how:?}");
            for (id, before) in others.iter().zip(&before) {
                assert_eq!(stored(&world, *id).await, *before, "of another webhook");
            }
        }
    }
}
