//! The hot statements find their rows by the indexes that were made for them.

use super::world::{World, at, new_id};
use crate::store::bulk::{Rows, in_list};
use crate::store::candidates::WINDOW_SQL;
use crate::store::dialect::Dialect;
use crate::store::failing::hours_sql;
use crate::store::news::listeners_sql;
use crate::store::statement::all;
use crate::store::webhook_hours::{OF_WEBHOOK, OLDEST_PENDING};
use sea_orm::{ConnectionTrait as _, Value};

/// SQLite's plan of a statement, a line per step.
async fn plan(world: &World, sql: &str, values: Vec<Value>) -> String {
    let rows = all(world.store.writer(), format!("EXPLAIN QUERY PLAN {sql}"), values).await.unwrap();
    rows.iter().map(|row| row.try_get_by::<String, _>("detail").unwrap() + "\n").collect()
}

#[tokio::test]
async fn sqlite_updates_deliveries_by_their_primary_key() {
    let world = World::all().await.remove(0);
    let mut rows = Rows::of(2, 4);
    for _ in 0..4 {
        rows.push([new_id().into(), "held".into()]);
    }
    let (list, values) = rows.into_sql();
    let sql = format!(
        "WITH changed (delivery_id, status) AS ({list}) UPDATE deliveries SET status = changed.status \
         FROM changed WHERE deliveries.id = changed.delivery_id"
    );
    let plan = plan(&world, &sql, values).await;
    assert!(plan.contains("SEARCH deliveries USING PRIMARY KEY (id=?)"), "{plan}");
    assert!(!plan.contains("SCAN deliveries"), "{plan}");
}

#[tokio::test]
async fn sqlite_finds_due_deliveries_in_the_index_alone() {
    let world = World::all().await.remove(0);
    let values = vec![at(1).as_millis().into(), 0_i64.into(), new_id().into(), 5_i64.into()];
    let window = plan(&world, WINDOW_SQL, values).await;
    assert!(window.contains("USING COVERING INDEX deliveries_due"), "{window}");
    assert!(!window.contains("TEMP B-TREE"), "{window}");

    let next = "SELECT MIN(wake_at) AS next FROM deliveries WHERE wake_at > $1";
    let next = plan(&world, next, vec![at(1).as_millis().into()]).await;
    assert!(next.contains("USING COVERING INDEX deliveries_due"), "{next}");
}

#[tokio::test]
async fn sqlite_steps_from_webhook_to_webhook() {
    let world = World::all().await.remove(0);
    let mut values: Vec<Value> = vec![at(1).as_millis().into(), 8_i64.into(), 100_i64.into()];
    let full = in_list([new_id()], &mut values, Value::Uuid(None));
    let sql =
        crate::store::candidates::first_of_each_webhook_sql(crate::store::dialect::Dialect::Sqlite, &full);
    let plan = plan(&world, &sql, values).await;
    assert!(plan.contains("deliveries_due_of_webhook (webhook_id=? AND wake_at<?)"), "{plan}");
    assert!(!plan.contains("SCAN d\n"), "{plan}");
}

#[tokio::test]
async fn sqlite_finds_what_a_webhooks_health_needs_by_index() {
    let world = World::all().await.remove(0);
    let oldest = plan(&world, OLDEST_PENDING, vec![new_id().into()]).await;
    assert!(oldest.contains("USING COVERING INDEX deliveries_pending (webhook_id=?)"), "{oldest}");
    assert!(!oldest.contains("TEMP B-TREE"), "{oldest}");

    let hours = format!("SELECT delivered {OF_WEBHOOK}");
    let hours = plan(&world, &hours, vec![new_id().into(), 0_i64.into()]).await;
    assert!(hours.contains("USING PRIMARY KEY (webhook_id=? AND hour_start>?)"), "{hours}");

    let mut values = vec![0_i64.into(), 1_i64.into()];
    let list = in_list((0..4).map(|_| new_id()), &mut values, Value::Uuid(None));
    let failing = plan(&world, &hours_sql(&list), values).await;
    assert!(failing.contains("SEARCH h USING PRIMARY KEY (webhook_id=? AND hour_start>?)"), "{failing}");
    assert!(failing.contains("SEARCH s USING PRIMARY KEY (webhook_id=? AND hour_start>?)"), "{failing}");
    assert!(!failing.contains("SCAN"), "{failing}");
}

#[tokio::test]
async fn whether_anybody_wants_news_is_found_by_index_on_either_engine() {
    for world in World::all().await {
        let mut values = vec![];
        let list = in_list((0..4).map(|_| new_id()), &mut values, Value::Uuid(None));
        let sql = listeners_sql(Dialect::of(world.store.writer()), &list);
        if world.is_postgres() {
            // A table of one row is read as a whole, unless that is forbidden.
            let sql = format!("EXPLAIN {sql}");
            let transaction = world.store.begin_writing().await.unwrap();
            transaction.execute_unprepared("SET LOCAL enable_seqscan = off").await.unwrap();
            let rows = all(&transaction, sql, values).await.unwrap();
            let plan: String =
                rows.iter().map(|row| row.try_get_by::<String, _>("QUERY PLAN").unwrap() + "\n").collect();
            assert!(plan.contains("webhooks_operational"), "{plan}");
        } else {
            let plan = plan(&world, &sql, values).await;
            assert!(plan.contains("USING INDEX webhooks_operational (organization_id=?)"), "{plan}");
        }
    }
}
