//! Giving back claims that were not used.

use super::bulk::in_list;
use super::rows::delivery_row;
use super::standings::{self, Purpose};
use super::statement::all;
use super::stored_row::StoredRow;
use super::{SqlStore, dialect::Dialect, progress_writer, transaction};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use slotflow_application::ports::{StoreError, UnusedClaim};
use slotflow_domain::{DeliveryId, WebhookId};
use std::collections::{BTreeMap, BTreeSet};

/// Gives claims back in one transaction. Those that have passed to someone else are left as they are.
pub(super) async fn release(store: &SqlStore, claims: &[UnusedClaim]) -> Result<(), StoreError> {
    if claims.is_empty() {
        return Ok(());
    }
    let transaction = store.begin_writing().await?;
    let outcome = release_in(&transaction, claims).await;
    transaction::finish(transaction, outcome).await
}

async fn release_in<C: ConnectionTrait>(connection: &C, claims: &[UnusedClaim]) -> Result<(), StoreError> {
    let claims: BTreeMap<DeliveryId, _> = claims.iter().map(|claim| (claim.delivery_id, claim)).collect();
    // A delivery's webhook never changes, so that it can be read before either is locked.
    let webhook_ids: BTreeSet<WebhookId> = deliveries(connection, &claims, "")
        .await?
        .iter()
        .map(|row| StoredRow(row).uuid("webhook_id").map(WebhookId::new))
        .collect::<Result<_, _>>()?;
    let standings = standings::lock(connection, &webhook_ids, Purpose::Read).await?;

    let mut released = Vec::new();
    for row in deliveries(connection, &claims, Dialect::of(connection).for_change()).await? {
        let row = StoredRow(&row);
        let id = DeliveryId::new(row.uuid("id")?);
        let webhook_id = WebhookId::new(row.uuid("webhook_id")?);
        let (Some(claim), Some(standing)) = (claims.get(&id), standings.get(&webhook_id)) else {
            continue;
        };
        if let Ok(progress) =
            delivery_row::read_progress(&row)?.release(claim.token, claim.taken_at, *standing)
        {
            released.push((id, progress));
        }
    }
    progress_writer::write(connection, &released).await
}

async fn deliveries<C: ConnectionTrait, T>(
    connection: &C,
    ids: &BTreeMap<DeliveryId, T>,
    lock: &str,
) -> Result<Vec<QueryResult>, StoreError> {
    let mut values = vec![];
    let list = in_list(ids.keys().map(|id| id.as_uuid()), &mut values, Value::Uuid(None));
    let sql = format!(
        "SELECT id, webhook_id, status, wake_at, claim_token, finished_attempts, lost_claims, completed_at \
         FROM deliveries WHERE id IN ({list}) ORDER BY id{lock}"
    );
    all(connection, sql, values).await
}
