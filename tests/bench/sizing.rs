//! How much of the disk do bookings and deliveries take, and of PostgreSQL's log?
//!
//! A real server and receivers that answer at once. The same number of deliveries is made twice, once with one
//! webhook and once with ten, so that what a booking takes and what a delivery takes can be told apart.

use crate::table::{Cell, Table};
use crate::{Engine, usage};
use anyhow::{Context, ensure};
use futures_util::future::try_join_all;
use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use serde_json::json;
use slotflow_tests::http::JsonClient;
use slotflow_tests::receiver::{Receiver, Reply};
use slotflow_tests::server::{Server, create_organization};
use std::time::{Duration, Instant};
use tokio::time::sleep;
use uuid::Uuid;

/// Requests at once.
const CLIENTS: usize = 16;
/// How long the last delivery is waited for.
const PATIENCE: Duration = Duration::from_secs(120);
/// Webhooks in the second round; the first has one.
const MANY: usize = 10;

/// What one round came to.
struct Round {
    bookings: usize,
    bytes: f64,
    /// Written to PostgreSQL's log.
    logged: f64,
    bookings_per_second: f64,
    resident_kib: usize,
}

/// Measures on every engine.
pub(crate) async fn measure(engines: &[Engine], quick: bool) -> anyhow::Result<Table> {
    let deliveries = if quick { 200 } else { 20_000 };
    let mut table = Table::new(&[
        "database",
        "deliveries",
        "bytes per booking and event",
        "bytes per delivery and attempt",
        "logged per booking and event",
        "logged per delivery and attempt",
        "bookings per second",
        "resident KiB",
    ]);
    for engine in engines {
        let single = fill(*engine, deliveries, 1).await.with_context(|| engine.name())?;
        let many = fill(*engine, deliveries, MANY).await.with_context(|| engine.name())?;
        let fewer_bookings = single.bookings - many.bookings;
        let apart = |single: f64, many: f64| {
            let booking = (single - many) / fewer_bookings as f64;
            (booking, single / deliveries as f64 - booking)
        };
        let (booking, delivery) = apart(single.bytes, many.bytes);
        let (logged_booking, logged_delivery) = apart(single.logged, many.logged);
        let logged = |bytes: f64| match engine {
            Engine::Sqlite => Cell::Nothing,
            Engine::Postgres => Cell::Count(bytes.max(0.0).round() as usize),
        };
        table.push(vec![
            Cell::Text(engine.name().to_owned()),
            Cell::Count(deliveries),
            Cell::Count(booking.max(0.0).round() as usize),
            Cell::Count(delivery.max(0.0).round() as usize),
            logged(logged_booking),
            logged(logged_delivery),
            Cell::Count(single.bookings_per_second as usize),
            Cell::Count(single.resident_kib),
        ]);
    }
    Ok(table)
}

/// Makes this many deliveries to this many webhooks on an empty database.
async fn fill(engine: Engine, deliveries: usize, webhooks: usize) -> anyhow::Result<Round> {
    let database = engine.fresh().await?;
    let url = database.url();
    let mut server = Server::start_with(&url, &["--dev"]).await?;
    let organization = create_organization(&url, "growth").await?;
    let (client, key) = (server.client(), organization.api_key.as_str());
    let receiver = Receiver::start().await?;
    for number in 0..webhooks {
        let path = format!("/{number}");
        receiver.answer(&path, [Reply::status(200).saying(r#"{"status":"ok"}"#)]);
        let body = json!({"url": receiver.url(&path), "events": ["booking.confirmed"]});
        client.post("/v1/webhooks", key, &body).await?.expect_status(201)?;
    }
    let (before, log_before) = (size(&url).await?, logged(&url).await?);

    let bookings = deliveries / webhooks;
    let began = Instant::now();
    try_join_all((0..CLIENTS).map(|place| {
        let share = bookings / CLIENTS + usize::from(place < bookings % CLIENTS);
        book(client.clone(), key, share)
    }))
    .await?;
    let bookings_per_second = bookings as f64 / began.elapsed().as_secs_f64();
    for number in 0..webhooks {
        receiver.wait_for(&format!("/{number}"), bookings, PATIENCE).await?;
    }
    wait_until_all_is_recorded(&client, key).await?;
    let resident_kib = server.process().id().map_or(0, usage::resident_kib);
    ensure!(server.process().terminate(PATIENCE).await?.success(), "the server did not end well");
    let bytes = size(&url).await? - before;
    let logged = logged(&url).await? - log_before;
    eprintln!("{}, {webhooks} webhooks: {bytes} bytes for {bookings} bookings", engine.name());
    Ok(Round { bookings, bytes, logged, bookings_per_second, resident_kib })
}

async fn book(client: JsonClient, key: &str, count: usize) -> anyhow::Result<()> {
    for _ in 0..count {
        let body = json!({
            "human_id": Uuid::new_v4().to_string(), "starts_at": "2031-03-10T14:00:00Z", "duration": 30,
            "attendee_name": "Alex Rivera", "attendee_email": "alex@startup.io",
            "metadata": {"lead_id": "lead_8294", "source": "website"},
        });
        client.post("/v1/bookings", key, &body).await?.expect_status(201)?;
    }
    Ok(())
}

async fn wait_until_all_is_recorded(client: &JsonClient, key: &str) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let path = "/v1/deliveries?limit=1&status=delivering";
        let open = client.get(path, key).await?.expect_status(200)?.json;
        if open.pointer("/deliveries/0").is_none() {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "still open: {open}");
        sleep(Duration::from_millis(100)).await;
    }
}

/// What PostgreSQL has written to its log since it was made, in bytes: all of the cluster's, so nobody else may be
/// using it.
async fn logged(url: &str) -> anyhow::Result<f64> {
    let connection = Database::connect(url).await?;
    let engine = connection.get_database_backend();
    let question = if engine == DbBackend::Postgres {
        "SELECT CAST(pg_current_wal_lsn() - '0/0' AS double precision)"
    } else {
        "SELECT 0.0"
    };
    let row = connection.query_one_raw(Statement::from_string(engine, question)).await?;
    let bytes = row.context("no position")?.try_get_by_index(0)?;
    connection.close().await?;
    Ok(bytes)
}

/// What the tables and their indexes take, in bytes.
async fn size(url: &str) -> anyhow::Result<f64> {
    let connection = Database::connect(url).await?;
    let engine = connection.get_database_backend();
    let question = if engine == DbBackend::Postgres {
        "SELECT CAST(SUM(pg_total_relation_size(oid)) AS double precision) FROM pg_class \
         WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    } else {
        "SELECT CAST(page_count * page_size AS real) FROM pragma_page_count, pragma_page_size"
    };
    let row = connection.query_one_raw(Statement::from_string(engine, question)).await?;
    let bytes = row.context("no answer")?.try_get_by_index(0)?;
    connection.close().await?;
    Ok(bytes)
}
