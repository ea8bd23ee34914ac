//! How several webhooks have fared, in two statements.

use super::bulk::{MAX_ROWS, in_list};
use super::rows::webhook_hour_row;
use super::statement::{all, values};
use super::stored_row::StoredRow;
use sea_orm::{ConnectionTrait, Value};
use slotflow_application::ports::{StoreError, WebhookHistory};
use slotflow_domain::{OrganizationId, Timestamp, WebhookId};
use std::collections::{BTreeMap, BTreeSet};

/// Those of a list of webhooks that are there, each with its oldest pending delivery as
/// [`OLDEST_PENDING`](super::webhook_hours::OLDEST_PENDING) finds it.
pub(super) fn oldest_pending_sql(list: &str) -> String {
    format!(
        "SELECT w.id, (SELECT d.created_at FROM deliveries d WHERE d.webhook_id = w.id \
         AND d.listed_status = 'pending' AND (d.status = 'pending') IS TRUE ORDER BY d.created_at LIMIT 1) \
         AS oldest_pending_at \
         FROM webhooks w WHERE w.id IN ({list}) AND w.organization_id = $1 AND w.deleted_at IS NULL"
    )
}

/// Their hours since `$2`: ranges of the primary key.
pub(super) fn hours_sql(list: &str) -> String {
    format!(
        "SELECT {} FROM webhooks w JOIN webhook_hours h ON h.webhook_id = w.id \
         WHERE w.id IN ({list}) AND w.organization_id = $1 AND w.deleted_at IS NULL AND h.hour_start >= $2",
        webhook_hour_row::COLUMNS
    )
}

/// The histories of those of the webhooks that are there, since the hour that begins at `from`. Very many are read in
/// several parts.
pub(super) async fn since<C: ConnectionTrait>(
    connection: &C,
    organization_id: OrganizationId,
    ids: BTreeSet<WebhookId>,
    from: Timestamp,
) -> Result<BTreeMap<WebhookId, WebhookHistory>, StoreError> {
    let ids: Vec<_> = ids.into_iter().map(|id| id.as_uuid()).collect();
    let mut histories: BTreeMap<WebhookId, WebhookHistory> = BTreeMap::new();
    for some in ids.chunks(MAX_ROWS) {
        let mut values = values![organization_id.as_uuid()];
        let list = in_list(some.iter().copied(), &mut values, Value::Uuid(None));
        for row in all(connection, oldest_pending_sql(&list), values).await? {
            let row = StoredRow(&row);
            let oldest_pending_at = row.maybe_time("oldest_pending_at")?;
            let history = WebhookHistory { oldest_pending_at, ..WebhookHistory::default() };
            histories.insert(WebhookId::new(row.uuid("id")?), history);
        }
        let mut values = values![organization_id.as_uuid(), from.as_millis()];
        let list = in_list(some.iter().copied(), &mut values, Value::Uuid(None));
        for row in all(connection, hours_sql(&list), values).await? {
            let (webhook_id, hour) = webhook_hour_row::read(&row)?;
            // One that was deleted between the two is not there.
            if let Some(history) = histories.get_mut(&webhook_id) {
                history.hours.push(hour);
            }
        }
    }
    Ok(histories)
}
