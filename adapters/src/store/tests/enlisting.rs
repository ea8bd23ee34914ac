//! The registries within a transaction that somebody else began.

use super::world::World;
use crate::store::unit_of_work::SqlUnitOfWork;
use sea_orm::DatabaseExecutor;
use slotflow_application::ports::{Directory, WebhookRegistry};

#[tokio::test]
async fn changes_come_and_go_with_the_callers_transaction() {
    for world in World::all().await {
        for (commits, count) in [(false, 0), (true, 1)] {
            let callers = world.store.begin_writing().await.unwrap();
            let mut work = SqlUnitOfWork::over(DatabaseExecutor::from(&callers), &world.store);
            work.insert_webhook(&world.webhook_of("enlisted")).await.unwrap();
            drop(work);
            if commits {
                callers.commit().await.unwrap()
            } else {
                callers.rollback().await.unwrap()
            }
            assert_eq!(world.store.webhooks(world.organization_id).await.unwrap().len(), count);
        }
    }
}
