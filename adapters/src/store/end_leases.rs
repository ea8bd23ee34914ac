//! Ending the leases of instances that are dead.

use super::rows::delivery_row;
use super::statement::{all, one, values};
use super::stored_row::StoredRow;
use super::table_names::Named;
use super::{SqlStore, dialect::Dialect, progress_writer, transaction};
use sea_orm::{ConnectionTrait, Value};
use slotflow_application::ports::{Abandoned, StoreError};
use slotflow_domain::DeliveryId;
use slotflow_domain::delivery::ClaimToken;
use slotflow_domain::instance::InstanceNumber;

/// Ends them in one transaction, and answers how many it was.
pub(super) async fn end_leases(store: &SqlStore, abandoned: &Abandoned) -> Result<u64, StoreError> {
    let transaction = store.begin_writing().await?;
    let outcome = end_leases_in(&transaction, abandoned).await;
    transaction::finish(transaction, outcome).await
}

async fn end_leases_in<C: ConnectionTrait + Send>(
    connection: &Named<C>,
    abandoned: &Abandoned,
) -> Result<u64, StoreError> {
    let (dialect, mut ended) = (Dialect::of(connection), Vec::new());
    for dead in &abandoned.by {
        if !is_still_dead(connection, dialect, *dead).await? {
            continue;
        }
        let (sql, values) = held_by(dialect, *dead, abandoned);
        for row in all(connection, sql, values).await? {
            let row = StoredRow(&row);
            let progress = delivery_row::read_progress(&row)?;
            let after = progress.abandoned_by(*dead, abandoned.now, abandoned.longest);
            if after != progress {
                ended.push((DeliveryId::new(row.uuid("id")?), after));
            }
        }
    }
    progress_writer::write(connection, &ended).await?;
    Ok(ended.len() as u64)
}

/// Whether an instance that was found dead still has no lock. Whoever found it may have stood still since then, and it may
/// have come back.
async fn is_still_dead<C: ConnectionTrait + Send>(
    connection: &Named<C>,
    dialect: Dialect,
    dead: InstanceNumber,
) -> Result<bool, StoreError> {
    let Some(condition) = dialect.instance_is_dead(connection.names(), dead) else { return Ok(true) };
    one(connection, format!("SELECT {condition} AS is_free"), vec![])
        .await?
        .map_or(Ok(false), |row| StoredRow(&row).get("is_free"))
}

/// Finds and locks what an instance is delivering.
///
/// A range of `deliveries_due`: the leases that have not ended and may have begun, between which lie the deliveries that
/// become due in the same half minute. Somebody who is just writing one of them is not waited for.
pub(super) fn held_by(dialect: Dialect, dead: InstanceNumber, abandoned: &Abandoned) -> (String, Vec<Value>) {
    let latest = abandoned.now + abandoned.longest.as_duration();
    let (first, last) = ClaimToken::range_of(dead);
    let sql = format!(
        "SELECT id, status, wake_at, claim_token, finished_attempts, lost_claims, completed_at \
         FROM deliveries WHERE wake_at > $1 AND wake_at <= $2 AND status = 'delivering' \
         AND claim_token BETWEEN $3 AND $4 ORDER BY wake_at, id{}",
        dialect.for_change_unless_locked()
    );
    let values = values![abandoned.now.as_millis(), latest.as_millis(), first.as_uuid(), last.as_uuid()];
    (sql, values)
}
