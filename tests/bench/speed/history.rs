//! Filling a store with deliveries that wait and deliveries that are finished, to the webhooks of the one
//! organization it has.
//!
//! Written with a few statements. Five deliveries share an event of a usual size, and each finished one has its
//! attempt. They lie evenly in the days that the product keeps; those that wait are due in a day.

use super::databases::connect;
use anyhow::Context;
use sea_orm::{ConnectionTrait, DbBackend};
use slotflow_adapters::system::SystemClock;
use slotflow_application::ports::Clock;
use std::time::Duration;

/// Deliveries of an event.
const PER_EVENT: usize = 5;
/// A payload of a usual size, in bytes.
const PAYLOAD: usize = 800;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Less than what is kept.
const DAYS: u32 = 20;
/// Identifiers of deliveries go on behind those of events, and those of what waits behind those.
const FIRST_FINISHED: u64 = 1 << 32;
const FIRST_WAITING: u64 = 1 << 33;

/// Fills the store at this URL, to which no server is connected.
pub(crate) async fn fill(url: &str, waiting: usize, finished: usize) -> anyhow::Result<()> {
    let connection = connect(url).await?;
    let sql = Sql { is_postgres: connection.get_database_backend() == DbBackend::Postgres };
    let now = SystemClock.now().as_millis();
    for statement in sql.statements(now, waiting, finished) {
        connection.execute_unprepared(&statement).await.with_context(|| statement.clone())?;
    }
    connection.close().await?;
    Ok(())
}

struct Sql {
    is_postgres: bool,
}

impl Sql {
    fn statements(&self, now: i64, waiting: usize, finished: usize) -> Vec<String> {
        let day = DAY.as_millis();
        let span = (DAY * DAYS).as_millis();
        let event = format!("(g / {PER_EVENT})");
        let moment = |count: usize| {
            let events = count.div_ceil(PER_EVENT).max(1);
            format!("({now} - {span} + {event} * {} )", span / events as u128)
        };
        let (then, lately) = (moment(finished), format!("({now} - {day} + {event})"));
        let delivery = |moment: &str, first: u64| self.uuid(moment, &format!("({first} + g)"));
        let event_id = |moment: &str| self.uuid(moment, &event);
        let attempts = format!(
            "INSERT INTO attempts (delivery_id, number, started_at, duration_ms, outcome, response_status, \
             response_truncated) SELECT {}, 1, {then}, 3, 'success', 200, {} FROM {}",
            delivery(&then, FIRST_FINISHED),
            if self.is_postgres { "false" } else { "0" },
            self.series(finished)
        );
        let mut statements = vec![
            "CREATE TEMPORARY TABLE numbered AS \
             SELECT id, organization_id, row_number() OVER (ORDER BY id) - 1 AS n FROM webhooks"
                .to_owned(),
            "CREATE UNIQUE INDEX numbers ON numbered (n)".to_owned(),
            self.events(&then, &event_id(&then), finished),
            self.events(&lately, &event_id(&lately), waiting),
            self.deliveries(
                &delivery(&then, FIRST_FINISHED),
                &event_id(&then),
                &format!("'delivered', NULL, 1, 'success', 200, {then}, {then} + 3"),
                finished,
            ),
            attempts,
            self.deliveries(
                &delivery(&lately, FIRST_WAITING),
                &event_id(&lately),
                &format!("'pending', {now} + {day} + g, 1, 'http_status', 500, {lately}, NULL"),
                waiting,
            ),
        ];
        let (before, after) = if self.is_postgres {
            // References need not be looked up for each row: they are right.
            (&["SET session_replication_role = replica"], ["VACUUM ANALYZE", "CHECKPOINT"].as_slice())
        } else {
            // As it runs: SQLite is never told to count its rows.
            (
                &["PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000"],
                ["PRAGMA wal_checkpoint(TRUNCATE)"].as_slice(),
            )
        };
        statements.splice(0..0, before.iter().map(|it| (*it).to_owned()));
        statements.extend(after.iter().map(|it| (*it).to_owned()));
        statements
    }

    fn events(&self, moment: &str, id: &str, deliveries: usize) -> String {
        let payload = if self.is_postgres {
            format!("decode(repeat('20', {PAYLOAD}), 'hex')")
        } else {
            format!("CAST(printf('%{PAYLOAD}s', '') AS BLOB)")
        };
        format!(
            "INSERT INTO events (id, organization_id, event_type, booking_id, sequence, payload, created_at) \
             SELECT {id}, (SELECT id FROM organizations), 'booking.confirmed', {id}, 1, {payload}, {moment} \
             FROM {} WHERE g % {PER_EVENT} = 0",
            self.series(deliveries)
        )
    }

    /// `rest` is from the status to the moment of completion.
    fn deliveries(&self, id: &str, event_id: &str, rest: &str, count: usize) -> String {
        format!(
            "INSERT INTO deliveries (id, organization_id, webhook_id, event_id, event_type, lost_claims, status, \
             wake_at, finished_attempts, last_outcome, last_response_status, created_at, completed_at) \
             SELECT {id}, numbered.organization_id, numbered.id, {event_id}, 'booking.confirmed', 0, {rest} \
             FROM {} JOIN numbered ON numbered.n = g % (SELECT count(*) FROM numbered)",
            self.series(count)
        )
    }

    /// In the order of moments, as identifiers that are made one after the other.
    fn uuid(&self, moment: &str, number: &str) -> String {
        if self.is_postgres {
            format!("(lpad(to_hex({moment}), 12, '0') || lpad(to_hex({number}), 20, '0'))::uuid")
        } else {
            format!("unhex(printf('%012x%020x', {moment}, {number}))")
        }
    }

    /// So many numbers `g`, from 0.
    fn series(&self, count: usize) -> String {
        if self.is_postgres {
            return format!("generate_series(0::bigint, {count} - 1) AS s (g)");
        }
        format!(
            "(WITH RECURSIVE series (g) AS (SELECT 0 WHERE {count} > 0 UNION ALL SELECT g + 1 FROM series \
             WHERE g < {count} - 1) SELECT g FROM series) AS s"
        )
    }
}
