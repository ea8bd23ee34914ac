//! On PostgreSQL with partitioned tables, as `docs/operations/partitioning.sql` makes them, each test with a database of
//! its own.

use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use slotflow_adapters::store::{Explained, SqlStore};
use slotflow_application::ports::{DeliveryFilter, Room};
use slotflow_tests::postgres::{TestDatabase, fresh_database};
use slotflow_tests::store_contract::{StoreUnderTest, World, answered};

use crate::encrypting;

const PARTITIONING: &str = include_str!("../../docs/operations/partitioning.sql");

/// Cases begin at 14:00 by their clock and mostly end within some hours, so that their rows lie in several partitions;
/// identifiers that are numbers of a case's own lie in the default one.
const HOURS: &str = "SELECT slotflow_add_partitions('2026-03-10 14:00:00Z', '1 hour', 3)";

/// A migrated database with these partitions, in place of those that an operator is given.
async fn partitioned(partitions: Option<&str>) -> Option<(SqlStore, TestDatabase)> {
    let database = fresh_database().await?;
    let store = SqlStore::connect(database.url(), encrypting()).await.expect("a store");
    store.migrate().await.expect("tables");
    let (making, _) = PARTITIONING.rsplit_once("SELECT slotflow_add_partitions").expect("its last statement");
    let connection = superuser(&database).await;
    match partitions {
        Some(partitions) => connection.execute_unprepared(&format!("{making}{partitions}")).await,
        None => connection.execute_unprepared(PARTITIONING).await,
    }
    .expect("partitions");
    connection.close().await.expect("closed");
    store.migrate().await.expect("nothing more to migrate");
    Some((store, database))
}

async fn superuser(database: &TestDatabase) -> DatabaseConnection {
    Database::connect(database.url()).await.expect("a connection")
}

async fn store() -> Option<StoreUnderTest> {
    let (store, database) = partitioned(Some(HOURS)).await?;
    Some(StoreUnderTest::sql(store, database))
}

slotflow_tests::store_contract!(crate::partitioned::store);

/// How many partitions of `deliveries` a plan has read.
fn read(explained: &Explained) -> usize {
    let scans = explained.plan.iter().filter(|line| line.contains(" on deliveries_"));
    scans.filter(|line| !line.contains("never executed")).count()
}

#[tokio::test]
async fn what_is_found_by_its_identifier_is_looked_for_in_its_partition_alone() {
    let Some((store, database)) = partitioned(None).await else { return };
    let world = World::new(StoreUnderTest::new(store.clone(), ()));
    let one = world.one_delivery().await;
    let room = Room { total: 10, per_webhook: 10, ..Room::default() };
    let connection = superuser(&database).await;
    connection.execute_unprepared("ANALYZE").await.expect("statistics");

    let claim = store.explain_claim(world.now(), &room).await.expect("plans");
    let plan = |purpose| claim.iter().find(|explained| explained.purpose == purpose).expect(purpose);
    let lock = plan("locking what was found");
    assert_eq!(read(lock), 1, "{lock:#?}");
    // What is due may lie in any of them: three months and the rest.
    let window = plan("a window of what is due");
    assert_eq!(read(window), 4, "{window:#?}");
    let list =
        store.explain_deliveries(one.organization_id, &DeliveryFilter::default()).await.expect("a plan");
    assert!(read(&list) >= 4, "{list:#?}");
}

#[tokio::test]
async fn a_partition_can_be_dropped_once_all_that_is_in_it_is_over() {
    let Some((store, database)) = partitioned(Some(HOURS)).await else { return };
    let world = World::new(StoreUnderTest::new(store, ()));
    let one = world.one_delivery().await;
    let connection = superuser(&database).await;
    let drop = "SELECT slotflow_drop_partitions('2026-03-10 14:00:00Z')";
    let refused = connection.execute_unprepared(drop).await.expect_err("it is pending").to_string();
    assert!(refused.contains("not over"), "{refused}");

    let claimed = world.claim_one().await;
    world.settle(&claimed, answered(200)).await;
    connection.execute_unprepared(drop).await.expect("it is over");
    assert!(world.deliveries(one.organization_id).await.is_empty());
    // Nothing else is gone, and what comes now is kept in the default partition.
    world.book(one.organization_id).await;
    assert_eq!(world.claim(1).await.len(), 1);
}
