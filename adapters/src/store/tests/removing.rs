//! Removing what is old while somebody else removes it too.

use super::world::{World, answered, at, room, status};
use crate::store::bulk::in_list;
use crate::store::statement::{execute, values};
use sea_orm::Value;
use slotflow_application::ports::RetentionStore as _;
use std::time::Duration;

/// Removes with another sweep in the middle of removing one row with `theirs`. On SQLite nobody else can be.
async fn removed_beside(world: &World, theirs: &str, ours: impl Future<Output = u64>) -> u64 {
    let other = world.store.begin_writing().await.unwrap();
    assert_eq!(execute(&other, theirs, vec![]).await.unwrap(), 1);
    let removed = tokio::time::timeout(Duration::from_secs(5), ours).await.expect("nobody is waited for");
    other.rollback().await.unwrap();
    removed
}

#[tokio::test]
async fn hours_that_another_sweep_is_removing_are_passed_over() {
    for world in World::all().await.into_iter().filter(World::is_postgres) {
        world.webhook().await;
        for hour in 0..3 {
            let now = at(hour * 3_600);
            world.publish(now).await;
            let claimed = world.claim(now, room(9, 9)).await;
            world.settle(claimed.iter().map(|one| answered(one, now, status(500))).collect()).await.unwrap();
        }
        let theirs =
            "DELETE FROM webhook_hours WHERE hour_start = (SELECT min(hour_start) FROM webhook_hours)";
        let ours = async || world.store.remove_hours(at(99_999), 9).await.unwrap();
        assert_eq!(removed_beside(&world, theirs, ours()).await, 2);
        assert_eq!(ours().await, 1, "the other has not removed it after all");
    }
}

#[tokio::test]
async fn replays_that_another_sweep_is_removing_are_passed_over() {
    for world in World::all().await.into_iter().filter(World::is_postgres) {
        let webhook = world.webhook().await.as_uuid();
        for number in 1..=3_u128 {
            let id = uuid::Uuid::from_u128(number);
            let mut values = values![world.organization_id.as_uuid(), webhook];
            let id = in_list([id], &mut values, Value::Uuid(None));
            let sql = format!(
                "INSERT INTO replays (id, organization_id, webhook_id, since_at, until_at, position_at, \
                 position_id, queued, made, created_at, finished_at) \
                 VALUES ({id}, $1, $2, 1, 2, 1, {id}, 0, 0, 1, 2)"
            );
            execute(world.store.writer(), sql, values).await.unwrap();
        }
        let theirs = "DELETE FROM replays WHERE id = '00000000-0000-0000-0000-000000000001'";
        let ours = async || world.store.remove_replays(at(0), 9).await.unwrap();
        assert_eq!(removed_beside(&world, theirs, ours()).await, 2);
        assert_eq!(ours().await, 1, "the other has not removed it after all");
    }
}
