//! What all of an organization's webhooks came to, and which of them failed most.
//!
//! Read by the webhooks that are not deleted, which `webhooks_unique_url` has, and of each a range of the primary key of
//! `webhook_hours`. There is no index of deleted ones: what they did is not in here.

use super::dialect::Dialect;
use super::statement::{all, values};
use super::stored_row::StoredRow;
use sea_orm::ConnectionTrait;
use slotflow_application::ports::StoreError;
use slotflow_domain::health::{OrganizationHour, Totals};
use slotflow_domain::{OrganizationId, Timestamp, WebhookId};

/// Sums over the hours since `$2` of the webhooks of `$1`. PostgreSQL's sums are of a wider type.
pub(super) fn hours_sql(dialect: Dialect) -> String {
    format!(
        "SELECT h.hour_start, CAST(SUM(h.accepted_attempts) AS bigint) AS accepted_attempts, \
         CAST(SUM(h.failed_attempts) AS bigint) AS failed_attempts, \
         CAST(SUM(h.delivered) AS bigint) AS delivered, CAST(SUM(h.failed) AS bigint) AS failed, \
         CAST(SUM(h.timed_attempts) AS bigint) AS timed_attempts, \
         CAST(SUM(h.attempt_ms) AS bigint) AS attempt_ms, MAX(h.slowest_ms) AS slowest_ms \
         FROM webhooks w {} webhook_hours h ON h.webhook_id = w.id \
         WHERE w.organization_id = $1 AND w.deleted_at IS NULL AND h.hour_start >= $2 \
         GROUP BY h.hour_start ORDER BY h.hour_start",
        dialect.join_in_order()
    )
}

/// The `$3` webhooks of `$1` with most failed attempts since `$2`.
pub(super) fn failing_sql(dialect: Dialect) -> String {
    format!(
        "SELECT w.id FROM webhooks w {} webhook_hours h ON h.webhook_id = w.id \
         WHERE w.organization_id = $1 AND w.deleted_at IS NULL AND h.hour_start >= $2 AND h.failed_attempts > 0 \
         GROUP BY w.id ORDER BY SUM(h.failed_attempts) DESC, w.id LIMIT $3",
        dialect.join_in_order()
    )
}

/// The organization's hours since the one that begins at `from`, oldest first.
pub(super) async fn since<C: ConnectionTrait>(
    connection: &C,
    organization_id: OrganizationId,
    from: Timestamp,
) -> Result<Vec<OrganizationHour>, StoreError> {
    let values = values![organization_id.as_uuid(), from.as_millis()];
    let rows = all(connection, hours_sql(Dialect::of(connection)), values).await?;
    rows.iter().map(|row| read(&StoredRow(row))).collect()
}

fn read(row: &StoredRow<'_>) -> Result<OrganizationHour, StoreError> {
    let count = |column| row.number::<i64, u64>(column);
    let totals = Totals {
        accepted_attempts: count("accepted_attempts")?,
        failed_attempts: count("failed_attempts")?,
        delivered: count("delivered")?,
        failed: count("failed")?,
        timed_attempts: count("timed_attempts")?,
        attempt_ms: count("attempt_ms")?,
        slowest_ms: count("slowest_ms")?,
    };
    Ok(OrganizationHour { start: row.time("hour_start")?, totals })
}

/// Its webhooks that failed most since the hour that begins at `from`.
pub(super) async fn failing<C: ConnectionTrait>(
    connection: &C,
    organization_id: OrganizationId,
    from: Timestamp,
    limit: u32,
) -> Result<Vec<WebhookId>, StoreError> {
    let values = values![organization_id.as_uuid(), from.as_millis(), i64::from(limit)];
    let rows = all(connection, failing_sql(Dialect::of(connection)), values).await?;
    rows.iter().map(|row| StoredRow(row).uuid("id").map(WebhookId::new)).collect()
}
