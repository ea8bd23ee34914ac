//! Rows that make no sense.

use super::world::{World, at, room};
use slotflow_application::ports::Directory;
use slotflow_domain::delivery::DeliveryStatus;

#[tokio::test]
async fn a_delivery_that_cannot_be_read_is_given_up_and_blocks_no_other() {
    for world in World::all().await {
        let broken = world.webhook().await;
        let whole = world.webhook().await;
        let ids = world.publish(at(1)).await;
        let id = broken.as_uuid().simple();
        let literal = if world.is_postgres() { format!("'{id}'::uuid") } else { format!("x'{id}'") };
        world.execute(&format!("UPDATE webhooks SET secret = 'whsec_?' WHERE id = {literal}")).await;

        let claimed = world.claim(at(1), room(9, 9)).await;
        assert_eq!(claimed.iter().map(|one| one.webhook_id).collect::<Vec<_>>(), [whole]);
        let log = world.log(ids[0]).await;
        assert_eq!(log.delivery.status, DeliveryStatus::Failed);
        let error = log.delivery.last_error.unwrap();
        assert!(error.contains("secret") && !error.contains("whsec_?"), "{error}");
        assert!(world.store.webhook(world.organization_id, broken).await.is_err());
    }
}

#[tokio::test]
async fn the_tables_refuse_states_that_cannot_be() {
    for world in World::all().await {
        world.webhook().await;
        world.publish(at(1)).await;
        for change in [
            "status = 'lost'",
            "status = 'held'",
            "wake_at = NULL",
            "status = 'delivering'",
            "status = 'delivered', wake_at = NULL",
            "finished_attempts = -1",
            "finished_attempts = 52",
        ] {
            let sql = format!("UPDATE deliveries SET {change}");
            let refused = sea_orm::ConnectionTrait::execute_unprepared(world.store.writer(), &sql).await;
            assert!(refused.is_err(), "{change}");
        }
    }
}
