//! Rows that make no sense.

use super::world::{World, answered, at, room, status, terms};
use crate::store::claim::GIVEN_UP;
use slotflow_application::ports::{ClaimTerms, DeliveryQueue as _};
use slotflow_domain::delivery::{DeliveryStatus, RetryPolicy};
use slotflow_domain::event::EventType;

#[tokio::test]
async fn a_delivery_that_cannot_be_read_is_given_up_and_blocks_no_other() {
    for world in World::all().await {
        let broken = world.webhook().await;
        let whole = world.webhook().await;
        let ids = world.publish(at(1)).await;
        world.set_in_webhook("secret = 'whsec_?'", broken).await;

        let claimed = world.claim(at(1), room(9, 9)).await;
        assert_eq!(claimed.iter().map(|one| one.webhook_id).collect::<Vec<_>>(), [whole]);
        let log = world.log(ids[0]).await;
        assert_eq!(log.delivery.status, DeliveryStatus::Failed);
        // Its organization is not told what the store says of its own rows.
        assert_eq!(log.delivery.last_error.as_deref(), Some(GIVEN_UP));
        assert!(!GIVEN_UP.contains("column"));
    }
}

#[tokio::test]
async fn a_listener_that_cannot_be_read_goes_without_news_and_stops_no_claim_and_no_record() {
    for world in World::all().await {
        let webhook = world.webhook().await;
        let lost = world.publish(at(1)).await[0];
        let (broken, whole) = (world.listener().await, world.listener().await);
        world.set_in_webhook("url = ''", broken).await;
        let once = |now| ClaimTerms { policy: RetryPolicy::new(vec![]).unwrap(), ..terms(now, room(9, 9)) };
        for round in 0..3 {
            assert_eq!(world.store.claim_due(once(at(1 + round * 30))).await.unwrap().deliveries.len(), 1);
        }
        let other = world.publish(at(90)).await[0];
        let claimed = world.store.claim_due(once(at(91))).await.unwrap();
        assert_eq!(world.log(lost).await.delivery.status, DeliveryStatus::Failed);
        let other = claimed.deliveries.iter().find(|it| it.id == other).expect("what else is due is claimed");
        let report = world.settle(vec![answered(other, at(92), status(410))]).await.unwrap();
        assert_eq!(report.disabled.len(), 1, "{webhook} is gone, which is recorded");

        let told = world.claim(at(93), room(9, 9)).await;
        let mut told: Vec<_> = told.iter().map(|it| (it.webhook_id, it.event_type.as_str())).collect();
        told.sort_unstable();
        let failed = (whole, EventType::DELIVERY_FAILED.as_str());
        assert_eq!(told, [failed, failed, (whole, EventType::WEBHOOK_DISABLED.as_str())]);
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
