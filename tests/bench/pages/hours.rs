//! What the overview sums up.

use anyhow::Context;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DbBackend};
use slotflow_adapters::system::SystemClock;
use slotflow_application::ports::Clock;

const HOUR_MS: i64 = 60 * 60 * 1_000;
/// As far back as the dashboard looks.
const HOURS: i64 = 7 * 24;

/// Tallies every hour of every webhook, and puts what is due off, so that the server has nothing to send.
pub(super) async fn add_and_let_the_rest_wait(url: &str) -> anyhow::Result<()> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let connection = Database::connect(options).await?;
    let now = SystemClock.now().as_millis();
    let first = now - now % HOUR_MS - (HOURS - 1) * HOUR_MS;
    let series = if connection.get_database_backend() == DbBackend::Postgres {
        format!("generate_series(0::bigint, {}) AS s (g)", HOURS - 1)
    } else {
        format!(
            "(WITH RECURSIVE series (g) AS (SELECT 0 UNION ALL SELECT g + 1 FROM series WHERE g < {}) \
             SELECT g FROM series) AS s",
            HOURS - 1
        )
    };
    for statement in [
        format!(
            "INSERT INTO webhook_hours (webhook_id, hour_start, accepted_attempts, failed_attempts, delivered, \
             failed, last_success_at, last_failure_at, streak_since, streak_attempts, streak_deliveries, \
             timed_attempts, attempt_ms, slowest_ms) \
             SELECT id, {first} + g * {HOUR_MS}, 1440, 12 + g % 7, 1440, 3, {first} + g * {HOUR_MS} + 60000, \
             {first} + g * {HOUR_MS} + 50000, NULL, 0, 0, 1440, 1440 * 80, 900 + g FROM {series} CROSS JOIN webhooks"
        ),
        format!("UPDATE deliveries SET wake_at = {now} + 24 * {HOUR_MS} WHERE wake_at IS NOT NULL"),
    ] {
        connection.execute_unprepared(&statement).await.with_context(|| statement.clone())?;
    }
    connection.close().await?;
    Ok(())
}
