//! How webhooks stand, kept that way until the transaction ends.

use super::bulk::in_list;
use super::dialect::Dialect;
use super::rows::webhook_row;
use super::statement::all;
use super::stored_row::StoredRow;
use sea_orm::{ConnectionTrait, Value};
use slotflow_application::ports::StoreError;
use slotflow_domain::WebhookId;
use slotflow_domain::webhook::WebhookStanding;
use std::collections::{BTreeMap, BTreeSet};

/// What the lock is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Only to know.
    Read,
    /// Some of them are going to change.
    Change,
}

/// Locks the webhooks, all in one way and in ascending order of ids, and answers how they stand. One that is
/// not there stands as deleted.
pub(super) async fn lock<C: ConnectionTrait>(
    connection: &C,
    ids: &BTreeSet<WebhookId>,
    purpose: Purpose,
) -> Result<BTreeMap<WebhookId, WebhookStanding>, StoreError> {
    let mut standings: BTreeMap<_, _> = ids.iter().map(|id| (*id, WebhookStanding::Deleted)).collect();
    if ids.is_empty() {
        return Ok(standings);
    }
    let dialect = Dialect::of(connection);
    let mut values = vec![];
    let list = in_list(ids.iter().map(|id| id.as_uuid()), &mut values, Value::Uuid(None));
    let sql = format!(
        "SELECT id, disabled_reason, deleted_at FROM webhooks WHERE id IN ({list}) ORDER BY id{}",
        match purpose {
            Purpose::Read => dialect.for_share(),
            Purpose::Change => dialect.for_change(),
        }
    );
    for row in all(connection, sql, values).await? {
        let row = StoredRow(&row);
        standings.insert(WebhookId::new(row.uuid("id")?), webhook_row::standing(&row)?);
    }
    Ok(standings)
}
