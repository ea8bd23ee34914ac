//! What webhooks' attempts came to, hour by hour.
//!
//! Written once per batch of outcomes, after everything else in its transaction: two instances that add to the
//! same hour wait for each other no longer than a commit takes.

use super::bulk::{MAX_ROWS, Rows};
use super::dialect::Dialect;
use super::rows::webhook_hour_row;
use super::statement::{all, values};
use sea_orm::ConnectionTrait;
use slotflow_application::ports::StoreError;
use slotflow_domain::health::{EndedAttempt, WebhookHour, tally};
use slotflow_domain::{Timestamp, WebhookId};
use std::collections::BTreeMap;

/// A webhook's hours since one of them: a range of the primary key.
pub(super) const OF_WEBHOOK: &str = "FROM webhook_hours WHERE webhook_id = $1 AND hour_start >= $2";

/// The first entry of the pending ones in `deliveries_listed_of_webhook`, behind the few among them that are being made.
pub(super) const OLDEST_PENDING: &str = "SELECT created_at FROM deliveries \
     WHERE webhook_id = $1 AND listed_status = 'pending' AND (status = 'pending') IS TRUE \
     ORDER BY created_at LIMIT 1";

/// Adds these attempts to the hours in which they ended, in one statement, and answers each webhook's latest of
/// them as it is then. In ascending order of webhooks, so that nobody waits for whoever waits for them.
pub(super) async fn add<C: ConnectionTrait>(
    connection: &C,
    attempts: &[EndedAttempt],
) -> Result<BTreeMap<WebhookId, WebhookHour>, StoreError> {
    let hours: Vec<_> = tally(attempts).into_iter().collect();
    let mut latest: BTreeMap<WebhookId, WebhookHour> = BTreeMap::new();
    for some in hours.chunks(MAX_ROWS) {
        let mut rows = Rows::of(webhook_hour_row::WIDTH, some.len());
        for ((webhook_id, _), hour) in some {
            rows.push(webhook_hour_row::write(*webhook_id, hour));
        }
        let (list, values) = rows.into_sql(Dialect::of(connection));
        let (columns, absorb) = (webhook_hour_row::COLUMNS, webhook_hour_row::ABSORB);
        let sql = format!(
            "WITH added ({columns}) AS ({list}) INSERT INTO webhook_hours ({columns}) \
             SELECT {columns} FROM added WHERE webhook_id IS NOT NULL ORDER BY webhook_id, hour_start \
             {absorb} RETURNING {columns}"
        );
        for row in all(connection, sql, values).await? {
            let (webhook_id, hour) = webhook_hour_row::read(&row)?;
            let known = latest.entry(webhook_id).or_insert(hour);
            if known.start < hour.start {
                *known = hour;
            }
        }
    }
    Ok(latest)
}

/// The webhook's hours since the one that begins at `from`.
pub(super) async fn since<C: ConnectionTrait>(
    connection: &C,
    id: WebhookId,
    from: Timestamp,
) -> Result<Vec<WebhookHour>, StoreError> {
    let sql = format!("SELECT {} {OF_WEBHOOK}", webhook_hour_row::COLUMNS);
    let rows = all(connection, sql, values![id.as_uuid(), from.as_millis()]).await?;
    rows.iter().map(|row| webhook_hour_row::read(row).map(|(_, hour)| hour)).collect()
}
