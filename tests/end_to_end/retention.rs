//! The server removes what is old by itself.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use slotflow_tests::database::Fresh;
use tokio::time::{Instant, sleep};

use crate::api::{Api, PATIENCE};

on_both_databases! {
    an_event_of_long_ago_is_removed_unless_that_is_turned_off,
}

/// How many events there are.
async fn events(url: &str) -> i64 {
    let connection = Database::connect(url).await.expect("the database");
    let count = "SELECT COUNT(*) AS number FROM events".to_owned();
    let count = Statement::from_string(connection.get_database_backend(), count);
    let row = connection.query_one_raw(count).await.expect("an answer").expect("a count");
    connection.close().await.expect("the end");
    row.try_get("", "number").expect("a number")
}

/// Adds an event that nobody wanted, of the first second of 1970.
async fn add_old_event(url: &str) {
    let connection = Database::connect(url).await.expect("the database");
    let (id, payload) = match connection.get_database_backend() {
        DbBackend::Postgres => ("'00000000-0001-7000-8000-000000000001'::uuid", "'{}'::bytea"),
        _ => ("X'00000000000170008000000000000001'", "X'7B7D'"),
    };
    let insert = format!(
        "INSERT INTO events (id, organization_id, event_type, booking_id, sequence, payload, created_at) \
         SELECT {id}, organization_id, 'booking.confirmed', NULL, 1, {payload}, 1 FROM events"
    );
    connection.execute_unprepared(&insert).await.expect("an event");
    connection.close().await.expect("the end");
}

async fn an_event_of_long_ago_is_removed_unless_that_is_turned_off(database: Fresh) {
    let off = ["--dev", "--retention", "off"];
    let mut api = Api::start_with(database, &off, "growth").await;
    api.book().await;
    let url = api.database.url();
    add_old_event(&url).await;
    assert_eq!(events(&url).await, 2);
    api.server.process().terminate(PATIENCE).await.expect("an end in order");
    api.start_again(&off).await;
    sleep(Duration::from_millis(300)).await;
    assert_eq!(events(&url).await, 2, "it is turned off");

    api.server.process().terminate(PATIENCE).await.expect("an end in order");
    api.start_again(&["--dev", "--retention", "1h"]).await;
    let deadline = Instant::now() + PATIENCE;
    while events(&url).await != 1 {
        assert!(Instant::now() < deadline, "the old event is still there");
        sleep(Duration::from_millis(20)).await;
    }
    sleep(Duration::from_millis(100)).await;
    assert_eq!(events(&url).await, 1, "the new one stays");
}
