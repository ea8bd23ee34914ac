//! Opening stores, and the settings that durability rests on.

use super::world::{World, at, room};
use crate::store::statement::one;
use crate::store::stored_row::StoredRow;
use crate::store::{ConnectError, SqlStore, StoreOptions};
use slotflow_application::ports::{DeliveryQueue, Store, StoreError};
use std::time::Duration;

async fn setting(connection: &impl sea_orm::ConnectionTrait, name: &str) -> String {
    let sql = format!("SELECT CAST((SELECT * FROM pragma_{name}) AS text) AS value");
    let row = one(connection, sql, vec![]).await.unwrap().unwrap();
    StoredRow(&row).text("value").unwrap()
}

#[tokio::test]
async fn sqlite_syncs_each_commit_checks_references_and_waits() {
    let world = World::all().await.remove(0);
    for (name, value) in
        [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1"), ("busy_timeout", "10000")]
    {
        // `pragma_synchronous` and some others have no table-valued form.
        if matches!(name, "journal_mode" | "foreign_keys") {
            assert_eq!(setting(world.store.writer(), name).await, value, "{name}");
        }
        let row = one(world.store.writer(), format!("PRAGMA {name}"), vec![]).await.unwrap().unwrap();
        let shown = row.try_get_by_index::<i64>(0).map(|number| number.to_string());
        let shown = shown.or_else(|_| row.try_get_by_index::<String>(0)).unwrap();
        assert_eq!(shown, value, "{name}");
    }
}

#[tokio::test]
async fn sqlite_readers_cannot_write() {
    let world = World::all().await.remove(0);
    let refused =
        sea_orm::ConnectionTrait::execute_unprepared(world.store.reader(), "DELETE FROM events").await;
    assert!(refused.unwrap_err().to_string().contains("readonly"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_sqlite_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::all().await.remove(0);
    let path = world.url.strip_prefix("sqlite://").unwrap();
    for file in [path.to_owned(), format!("{path}-wal")] {
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[tokio::test]
async fn what_is_no_url_is_an_error_and_shows_no_password() {
    for url in [
        "",
        "slotflow.db",
        "mysql://user:s3cret@host/db",
        "sqlite://",
        "postgres://user:s3cret@host:port/db",
        "http://[",
    ] {
        let error = SqlStore::connect(url, StoreOptions::default()).await.err().unwrap();
        assert!(matches!(error, ConnectError::BadUrl(_)), "{url}: {error}");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("s3cret") && !error.to_string().contains('\n'), "{shown}");
    }
}

#[tokio::test]
async fn an_unreachable_database_is_an_error_without_the_password() {
    let options = StoreOptions { acquire_timeout: Duration::from_millis(300), ..StoreOptions::default() };
    for url in ["postgres://user:s3cret@127.0.0.1:1/db", "sqlite:///no/such/folder/store.db"] {
        let error = SqlStore::connect(url, options.clone()).await.err().unwrap();
        assert!(matches!(error, ConnectError::Unreachable(_)), "{url}: {error}");
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }
}

#[tokio::test]
async fn two_processes_may_write_to_one_database() {
    for world in World::all().await {
        let other = SqlStore::connect(&world.url, StoreOptions::default()).await.unwrap();
        let webhook = world.webhook().await;
        let writers = (0..8).map(|place| {
            let store = if place % 2 == 0 { world.store.clone() } else { other.clone() };
            async move {
                for _ in 0..10 {
                    let mut work = store.begin().await.unwrap();
                    work.set_plan(world.organization_id, slotflow_domain::organization::Plan::Free.into())
                        .await
                        .unwrap();
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    work.commit().await.unwrap();
                }
            }
        });
        futures_util::future::join_all(writers).await;
        world.publish(at(1)).await;
        let claimed = other.claim_due(super::world::terms(at(1), room(9, 9))).await.unwrap().deliveries;
        assert_eq!(claimed.len(), 1);
        assert_eq!(claimed[0].webhook_id, webhook);
    }
}

#[tokio::test]
async fn a_dropped_unit_of_work_leaves_nothing_and_blocks_nobody() {
    for world in World::all().await {
        for _ in 0..20 {
            let mut work = world.store.begin().await.unwrap();
            work.lock_organization(world.organization_id).await.unwrap();
            work.insert_webhook(&world.webhook_of("dropped")).await.unwrap();
            drop(work);
        }
        // Dropped in the middle of a statement, too.
        let mut work = world.store.begin().await.unwrap();
        let insertion = async {
            work.insert_webhook(&world.webhook_of("cut")).await.unwrap();
            std::future::pending::<()>().await;
        };
        assert!(tokio::time::timeout(Duration::from_millis(50), insertion).await.is_err());
        drop(work);

        let mut work = world.store.begin().await.unwrap();
        work.lock_organization(world.organization_id).await.unwrap();
        let url = world.webhook_of("dropped").url;
        let facts = work.registration_facts(world.organization_id, url.canonical(), None).await.unwrap();
        work.commit().await.unwrap();
        assert_eq!((facts.registered, facts.url_taken), (0, false));
    }
}

#[tokio::test]
async fn a_second_webhook_of_one_url_is_refused_by_the_table() {
    for world in World::all().await {
        let mut work = world.store.begin().await.unwrap();
        work.insert_webhook(&world.webhook_of("same")).await.unwrap();
        let refused = work.insert_webhook(&world.webhook_of("same")).await.unwrap_err();
        assert!(matches!(refused, StoreError::Refused(_)), "{refused}");
    }
}

#[tokio::test]
async fn a_store_that_takes_writes_says_so_and_a_closed_one_is_unavailable() {
    for world in World::all().await {
        world.store.ping().await.unwrap();
        if world.is_postgres() {
            // For this database only: other tests make theirs meanwhile.
            let of_database = |change: &str| {
                let change = format!("ALTER ROLE CURRENT_USER IN DATABASE %I {change}");
                format!("DO $$ BEGIN EXECUTE format('{change}', current_database()); END $$")
            };
            world.execute(&of_database("SET default_transaction_read_only = on")).await;
            let read_only = SqlStore::connect(&world.url, StoreOptions::default()).await.unwrap();
            let answer = read_only.ping().await;
            world.execute(&of_database("RESET default_transaction_read_only")).await;
            assert!(answer.unwrap_err().is_transient());
        }
        world.store.clone().close().await.unwrap();
        let error = world.store.ping().await.unwrap_err();
        assert!(error.is_transient(), "{error}");
    }
}
