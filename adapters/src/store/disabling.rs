//! Disabling webhooks, and holding what waits for them.

use super::bulk::in_list;
use super::statement::{all, values};
use super::stored_row::StoredRow;
use super::waiting;
use sea_orm::{ConnectionTrait, Value};
use slotflow_application::ports::StoreError;
use slotflow_domain::WebhookId;
use slotflow_domain::webhook::DisabledReason;
use std::collections::BTreeSet;

/// Disables these webhooks, whose rows are locked, and holds what waits for them. Answers which it has disabled:
/// one that is disabled already keeps its reason, and a deleted one is none any more.
pub(super) async fn disable<C: ConnectionTrait>(
    connection: &C,
    ids: &BTreeSet<WebhookId>,
    reason: DisabledReason,
) -> Result<Vec<WebhookId>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = values![reason.as_str()];
    let list = in_list(ids.iter().map(|id| id.as_uuid()), &mut values, Value::Uuid(None));
    let sql = format!(
        "UPDATE webhooks SET disabled_reason = $1 \
         WHERE id IN ({list}) AND disabled_reason IS NULL AND deleted_at IS NULL RETURNING id"
    );
    let rows = all(connection, sql, values).await?;
    let disabled: BTreeSet<_> =
        rows.iter().map(|row| StoredRow(row).uuid("id").map(WebhookId::new)).collect::<Result<_, _>>()?;
    for id in &disabled {
        waiting::hold_pending(connection, *id).await?;
    }
    Ok(disabled.into_iter().collect())
}
