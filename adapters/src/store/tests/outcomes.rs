//! Recording outcomes, whatever receivers answered.

use super::world::{World, answered, at, room, status};
use crate::store::progress_writer;
use crate::store::rows::attempt_row::Detail;
use crate::store::statement::all;
use slotflow_application::ports::{DeliveryQueue, Directory, SettleReport};
use slotflow_domain::delivery::{AttemptOutcome, AttemptResponse, DeliveryStatus};
use slotflow_domain::webhook::{DisabledReason, WebhookActivity};

#[tokio::test]
async fn any_bytes_of_a_receiver_are_recorded_as_they_came() {
    for world in World::all().await {
        world.webhook().await;
        let ids = world.publish(at(1)).await;
        let claimed = world.claim(at(1), room(1, 1)).await;
        let response = AttemptResponse {
            status: 500,
            headers: vec![("x-odd".to_owned(), vec![0, 255, b'\n'])],
            body: vec![0, 159, 146, 150, 0, 255],
            truncated: true,
        };
        let mut settled = answered(&claimed[0], at(2), response);
        settled.attempt.report.error = Some("nul \0 and replacement \u{fffd}".to_owned());
        assert_eq!(world.settle(vec![settled.clone()]).await.unwrap(), SettleReport::default());

        let log = world.log(ids[0]).await;
        settled.attempt.report.error = Some("nul  and replacement \u{fffd}".to_owned());
        assert_eq!(log.attempts, [settled.attempt]);
        assert_eq!(log.delivery.status, DeliveryStatus::Pending);
        assert_eq!(log.delivery.next_attempt_at, Some(at(302)));
        assert_eq!(log.delivery.last_response_status, Some(500));
        assert_eq!(log.delivery.last_outcome, Some(AttemptOutcome::HttpStatus));
        assert_eq!(log.delivery.attempt_count, 1);
    }
}

#[tokio::test]
async fn without_its_content_an_outcome_is_still_an_outcome() {
    for world in World::all().await {
        world.webhook().await;
        let ids = world.publish(at(1)).await;
        let claimed = world.claim(at(1), room(1, 1)).await;
        if world.is_postgres() {
            world.execute("ALTER TABLE attempts ADD CHECK (response_body IS NULL)").await;
        } else {
            world
                .execute(
                    "CREATE TRIGGER no_bodies BEFORE INSERT ON attempts WHEN NEW.response_body IS NOT NULL \
                     BEGIN SELECT RAISE(ABORT, 'no bodies'); END",
                )
                .await;
        }
        let settled = answered(&claimed[0], at(2), status(200));
        assert_eq!(world.settle(vec![settled]).await.unwrap(), SettleReport::default());
        let log = world.log(ids[0]).await;
        assert_eq!(log.delivery.status, DeliveryStatus::Delivered);
        assert_eq!(log.attempts[0].report.response.as_ref().unwrap().status, 200);
        assert!(log.attempts[0].report.response.as_ref().unwrap().truncated);
    }
}

#[tokio::test]
async fn a_stale_outcome_changes_nothing_and_is_named() {
    for world in World::all().await {
        world.webhook().await;
        let ids = world.publish(at(1)).await;
        let slow = world.claim(at(1), room(1, 1)).await;
        let quick = world.claim(at(31), room(1, 1)).await;
        assert_eq!(quick.len(), 1, "the lease has ended");

        let late = answered(&slow[0], at(32), status(410));
        let report = world.settle(vec![late]).await.unwrap();
        assert_eq!(report, SettleReport { stale: ids.clone(), ..SettleReport::default() });
        assert!(world.log(ids[0]).await.attempts.is_empty());

        let settled = answered(&quick[0], at(33), status(200));
        assert_eq!(world.settle(vec![settled.clone()]).await.unwrap(), SettleReport::default());
        let before = world.log(ids[0]).await;
        let again = world.settle(vec![settled]).await.unwrap();
        assert_eq!(again.stale, ids);
        assert_eq!(world.log(ids[0]).await, before);
    }
}

#[tokio::test]
async fn a_receiver_that_is_gone_disables_its_webhook_and_holds_what_waits() {
    for world in World::all().await {
        let webhook = world.webhook().await;
        let gone = world.publish(at(1)).await[0];
        let retried = world.publish(at(2)).await[0];
        let waiting = world.publish(at(3)).await[0];
        let claimed = world.claim(at(2), room(9, 9)).await;
        let settled =
            vec![answered(&claimed[1], at(4), status(500)), answered(&claimed[0], at(4), status(410))];
        let report = world.settle(settled).await.unwrap();
        assert_eq!(
            report,
            SettleReport { disabled: vec![(webhook, DisabledReason::Gone)], ..SettleReport::default() }
        );
        for (id, status) in
            [(gone, DeliveryStatus::Failed), (retried, DeliveryStatus::Held), (waiting, DeliveryStatus::Held)]
        {
            assert_eq!(world.log(id).await.delivery.status, status);
        }
        let webhook = world.store.webhook(world.organization_id, webhook).await.unwrap().unwrap();
        assert_eq!(webhook.activity, WebhookActivity::Disabled(DisabledReason::Gone));
    }
}

#[tokio::test]
async fn a_full_batch_of_large_answers_is_recorded_in_one_go() {
    for world in World::all().await {
        let webhook = world.webhook().await;
        let ids = world.publish_to(&vec![webhook; 700], at(1)).await;
        let claimed = world.claim(at(1), room(700, 700)).await;
        let response =
            AttemptResponse { status: 503, body: vec![b'x'; 16_384], ..AttemptResponse::default() };
        let settled = claimed.iter().map(|one| answered(one, at(2), response.clone())).collect();
        assert_eq!(world.settle(settled).await.unwrap(), SettleReport::default());
        for id in [ids[0], ids[511], ids[512], ids[699]] {
            assert_eq!(world.log(id).await.attempts.len(), 1);
        }
    }
}

/// The statements are counted on PostgreSQL, which has triggers that run once for each.
#[tokio::test]
async fn all_news_of_a_batch_takes_one_statement_for_events_and_one_for_deliveries() {
    for world in World::all().await {
        let webhook = world.webhook().await;
        let listener = world.listener().await;
        world.publish_to(&vec![webhook; 300], at(1)).await;
        let claimed = world.claim(at(1), room(300, 300)).await;
        if world.is_postgres() {
            for sql in [
                "CREATE TABLE seen (inserted_into TEXT)",
                "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN INSERT INTO seen VALUES (TG_TABLE_NAME); RETURN NULL; END $$",
                "CREATE TRIGGER see AFTER INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION see()",
                "CREATE TRIGGER see AFTER INSERT ON deliveries FOR EACH STATEMENT EXECUTE FUNCTION see()",
            ] {
                world.execute(sql).await;
            }
        }
        let settled = claimed.iter().map(|one| answered(one, at(2), status(410))).collect();
        world.settle(settled).await.unwrap();
        if world.is_postgres() {
            let rows = all(world.store.writer(), "SELECT inserted_into FROM seen", vec![]).await.unwrap();
            let tables: Vec<String> =
                rows.iter().map(|row| row.try_get_by("inserted_into").unwrap()).collect();
            assert_eq!(tables, ["events", "deliveries"]);
        }
        let told = world.claim(at(3), room(999, 999)).await;
        assert!(told.iter().all(|it| it.webhook_id == listener));
        assert_eq!(told.len(), 301, "each failure and the disabling");
    }
}

#[tokio::test]
async fn the_third_lost_claim_ends_the_attempt() {
    for world in World::all().await {
        world.webhook().await;
        let id = world.publish(at(0)).await[0];
        for round in 0..3 {
            let claimed = world.claim(at(round * 30), room(1, 1)).await;
            assert_eq!(claimed[0].attempt.get(), 1);
        }
        assert!(world.claim(at(90), room(1, 1)).await.is_empty());
        let log = world.log(id).await;
        assert_eq!(log.attempts.len(), 1);
        assert_eq!(log.attempts[0].report.outcome, AttemptOutcome::Lost);
        assert_eq!(log.delivery.last_outcome, Some(AttemptOutcome::Lost));
        assert_eq!(log.delivery.next_attempt_at, Some(at(390)));
    }
}

#[tokio::test]
async fn nothing_is_written_for_nothing() {
    for world in World::all().await {
        let none = progress_writer::write_ended(world.store.writer(), &[], Detail::Whole).await.unwrap();
        assert!(none.is_empty());
        assert_eq!(world.settle(vec![]).await.unwrap(), SettleReport::default());
        world.store.release(vec![]).await.unwrap();
    }
}
