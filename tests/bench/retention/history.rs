//! Filling a store with deliveries that have come to their end.

use crate::claims::backlog;
use anyhow::Context;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DbBackend};
use slotflow_adapters::store::SqlStore;
use slotflow_adapters::system::{SystemClock, SystemEntropy};
use slotflow_application::ports::Clock;
use slotflow_domain::OrganizationId;
use std::time::Duration;

/// Since when there are deliveries, evenly spread: half of them are older than the default period.
const AGE: Duration = Duration::from_secs(60 * 24 * 60 * 60);

/// Bytes of a payload and of a response, as usual ones have.
const PAYLOAD: usize = 400;
const RESPONSE: usize = 200;

/// How many webhooks they went to.
const WEBHOOKS: usize = 100;

/// Fills an empty store with so many delivered deliveries, each with an event and an attempt of its own. Answers
/// another organization, which has one webhook and no history.
pub(crate) async fn fill(
    store: &SqlStore,
    database_url: &str,
    size: usize,
) -> anyhow::Result<OrganizationId> {
    let entropy = SystemEntropy::new()?;
    let busy = backlog::organization(store).await?;
    backlog::webhooks(store, &entropy, busy, WEBHOOKS).await?;
    let mut options = ConnectOptions::new(database_url);
    options.max_connections(1).sqlx_logging(false);
    let connection = Database::connect(options).await?;
    for statement in statements(connection.get_database_backend() == DbBackend::Postgres, size) {
        connection.execute_unprepared(&statement).await.with_context(|| statement.clone())?;
    }
    connection.close().await?;
    let other = backlog::organization(store).await?;
    backlog::webhooks(store, &entropy, other, 1).await?;
    Ok(other)
}

/// One statement per table. Identifiers are made as the product makes them: milliseconds first.
fn statements(is_postgres: bool, size: usize) -> Vec<String> {
    let age = i64::try_from(AGE.as_millis()).unwrap_or(i64::MAX);
    let step = age / i64::try_from(size.max(1)).unwrap_or(i64::MAX);
    let made = format!("({} + g * {step})", SystemClock.now().as_millis() - age);
    let last = size.saturating_sub(1);
    let (series, id, no, after) = if is_postgres {
        (
            format!("generate_series(0::bigint, {last}) AS s (g)"),
            format!("(lpad(to_hex({made}), 12, '0') || lpad(to_hex(g), 20, '0'))::uuid"),
            "false",
            "VACUUM ANALYZE",
        )
    } else {
        (
            format!(
                "(WITH RECURSIVE series (g) AS (SELECT 0 UNION ALL SELECT g + 1 FROM series WHERE g < {last}) \
                 SELECT g FROM series) AS s"
            ),
            format!("unhex(printf('%012x%020x', {made}, g))"),
            "0",
            // As it runs: SQLite is never told to count its rows.
            "PRAGMA wal_checkpoint(TRUNCATE)",
        )
    };
    let bytes = |count: usize| match is_postgres {
        true => format!("decode(repeat('20', {count}), 'hex')"),
        false => format!("zeroblob({count})"),
    };
    let (payload, response) = (bytes(PAYLOAD), bytes(RESPONSE));
    let mut statements = vec![
        "CREATE TEMPORARY TABLE numbered_webhooks AS \
         SELECT id, organization_id, row_number() OVER (ORDER BY id) - 1 AS n FROM webhooks"
            .to_owned(),
        "CREATE UNIQUE INDEX webhook_numbers ON numbered_webhooks (n)".to_owned(),
        format!(
            "INSERT INTO events (id, organization_id, event_type, booking_id, sequence, payload, created_at) \
             SELECT {id}, (SELECT id FROM organizations), 'booking.confirmed', NULL, 1, {payload}, {made} \
             FROM {series}"
        ),
        format!(
            "INSERT INTO deliveries (id, organization_id, webhook_id, event_id, status, listed_status, \
             finished_attempts, lost_claims, last_outcome, last_response_status, created_at, completed_at) \
             SELECT {id}, w.organization_id, w.id, {id}, 'delivered', 'delivered', 1, 0, 'success', 200, {made}, \
             {made} + 90 FROM {series} JOIN numbered_webhooks w ON w.n = g % (SELECT count(*) FROM numbered_webhooks)"
        ),
        format!(
            "INSERT INTO attempts (delivery_id, number, started_at, duration_ms, outcome, response_status, \
             response_headers, response_body, response_truncated) \
             SELECT {id}, 1, {made} + 10, 80, 'success', 200, {response}, {response}, {no} FROM {series}"
        ),
        after.to_owned(),
    ];
    if !is_postgres {
        statements.insert(0, "PRAGMA synchronous = OFF".to_owned());
        statements.push("PRAGMA wal_checkpoint(TRUNCATE)".to_owned());
    }
    statements
}
