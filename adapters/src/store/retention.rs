//! Removing what has been kept long enough.
//!
//! A batch reads so many rows in the order of their identifiers, without a lock, and removes in one transaction
//! those of them that go: a range of the primary key and some look-ups by key, whatever the tables hold. On
//! PostgreSQL it locks what it removes and passes over what somebody else holds, so that it never waits.

use super::bulk::in_list;
use super::statement::{all, execute, values};
use super::stored_row::StoredRow;
use super::{SqlStore, dialect::Dialect, transaction};
use async_trait::async_trait;
use sea_orm::{ConnectionTrait, Value};
use slotflow_application::ports::{RetentionBatch, RetentionProgress, RetentionStore, StoreError};
use slotflow_domain::ids::first_uuid_of;
use slotflow_domain::{DeliveryId, EventId, Timestamp};
use uuid::Uuid;

/// A range of the primary key.
pub(super) const LOOK_AT_DELIVERIES: &str = "SELECT id, CASE WHEN completed_at < $4 THEN 1 ELSE 0 END AS goes \
     FROM deliveries WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3";

/// A range of the primary key, and for each row one look into `deliveries_of_event`: as `NOT EXISTS` PostgreSQL
/// might rather read all deliveries once, which is never less here.
pub(super) const LOOK_AT_EVENTS: &str = "SELECT id, CASE WHEN created_at < $4 AND \
     (SELECT d.id FROM deliveries d WHERE d.event_id = events.id LIMIT 1) IS NULL THEN 1 ELSE 0 END AS goes \
     FROM events WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3";

#[async_trait]
impl RetentionStore for SqlStore {
    async fn remove_deliveries(
        &self,
        batch: RetentionBatch<DeliveryId>,
    ) -> Result<RetentionProgress<DeliveryId>, StoreError> {
        let values = look_values(batch.after.map(DeliveryId::as_uuid), batch.cutoff, batch.limit);
        let seen = Seen::of(self, LOOK_AT_DELIVERIES, values, batch.limit).await?;
        let mut removed = 0;
        if !seen.going.is_empty() {
            let transaction = self.begin_writing().await?;
            let outcome = remove_deliveries(&transaction, &seen.going, batch.cutoff).await;
            removed = transaction::finish(transaction, outcome).await?;
        }
        Ok(RetentionProgress { removed, next: seen.next.map(DeliveryId::new) })
    }

    async fn remove_events(
        &self,
        batch: RetentionBatch<EventId>,
    ) -> Result<RetentionProgress<EventId>, StoreError> {
        let values = look_values(batch.after.map(EventId::as_uuid), batch.cutoff, batch.limit);
        let seen = Seen::of(self, LOOK_AT_EVENTS, values, batch.limit).await?;
        let mut removed = 0;
        if !seen.going.is_empty() {
            let transaction = self.begin_writing().await?;
            let outcome = remove_events(&transaction, &seen.going).await;
            removed = transaction::finish(transaction, outcome).await?;
        }
        Ok(RetentionProgress { removed, next: seen.next.map(EventId::new) })
    }

    async fn remove_hours(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        // Nobody adds to an hour that is this old: the lock is for others who remove it at the same time.
        let sql = format!(
            "DELETE FROM webhook_hours WHERE (webhook_id, hour_start) IN \
             (SELECT webhook_id, hour_start FROM webhook_hours WHERE hour_start < $1 \
             ORDER BY hour_start LIMIT $2{})",
            Dialect::of(self.writer()).for_removal()
        );
        self.remove(sql, before, limit).await
    }

    async fn remove_replays(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        // There are few: people ask for them.
        let sql = format!(
            "DELETE FROM replays WHERE id IN \
             (SELECT id FROM replays WHERE finished_at < $1 ORDER BY id LIMIT $2{})",
            Dialect::of(self.writer()).for_removal()
        );
        self.remove(sql, before, limit).await
    }

    async fn remove_answers(&self, expired_at: Timestamp, limit: u32) -> Result<u64, StoreError> {
        // The age is asked for twice: an expired answer may be replaced while this waits for its row.
        let sql = format!(
            "DELETE FROM kept_answers WHERE answered_at <= $1 AND (organization_id, idempotency_key) IN \
             (SELECT organization_id, idempotency_key FROM kept_answers WHERE answered_at <= $1 \
             ORDER BY answered_at LIMIT $2{})",
            Dialect::of(self.writer()).for_removal()
        );
        self.remove(sql, expired_at, limit).await
    }
}

impl SqlStore {
    /// Runs a statement that removes up to `limit` rows from before a moment.
    async fn remove(&self, sql: impl Into<String>, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let transaction = self.begin_writing().await?;
        let outcome = execute(&transaction, sql, values![before.as_millis(), i64::from(limit)]).await;
        transaction::finish(transaction, outcome).await
    }
}

/// The values of the two statements that look.
pub(super) fn look_values(after: Option<Uuid>, cutoff: Timestamp, limit: u32) -> Vec<Value> {
    // No row has the nil id.
    let after = after.unwrap_or(Uuid::nil());
    values![after, first_uuid_of(cutoff), i64::from(limit), cutoff.as_millis()]
}

/// What a look showed.
struct Seen {
    /// The rows that may go.
    going: Vec<Uuid>,
    /// The last row, if there may be more behind it.
    next: Option<Uuid>,
}

impl Seen {
    async fn of(store: &SqlStore, sql: &str, values: Vec<Value>, limit: u32) -> Result<Self, StoreError> {
        let rows = all(store.reader(), sql, values).await?;
        let mut seen = Self { going: Vec::new(), next: None };
        for row in &rows {
            let row = StoredRow(row);
            let id = row.uuid("id")?;
            if row.get::<i32>("goes")? == 1 {
                seen.going.push(id);
            }
            seen.next = Some(id);
        }
        seen.next = seen.next.filter(|_| u32::try_from(rows.len()).is_ok_and(|count| count >= limit));
        Ok(seen)
    }
}

/// Removes final deliveries with their attempts, except those that are being repeated. What is final stays so,
/// hence only the repetition is asked about again.
async fn remove_deliveries<C: ConnectionTrait>(
    connection: &C,
    going: &[Uuid],
    cutoff: Timestamp,
) -> Result<u64, StoreError> {
    let (sql, values) = lock_deliveries_statement(Dialect::of(connection), going, cutoff);
    let locked = ids(connection, sql, values).await?;
    let mut values = vec![];
    let list = in_list(locked, &mut values, Value::Uuid(None));
    execute(connection, format!("DELETE FROM attempts WHERE delivery_id IN ({list})"), values.clone())
        .await?;
    execute(connection, format!("DELETE FROM deliveries WHERE id IN ({list})"), values).await
}

/// The look-up of who repeats a delivery is one into `deliveries_repeating`, in which few are.
pub(super) fn lock_deliveries_statement(
    dialect: Dialect,
    going: &[Uuid],
    cutoff: Timestamp,
) -> (String, Vec<Value>) {
    let mut values = values![cutoff.as_millis()];
    let list = in_list(going.iter().copied(), &mut values, Value::Uuid(None));
    let sql = format!(
        "SELECT id FROM deliveries WHERE id IN ({list}) AND completed_at < $1 AND (SELECT r.id \
         FROM deliveries r WHERE r.retry_of = deliveries.id AND r.completed_at IS NULL LIMIT 1) IS NULL \
         ORDER BY id{}",
        dialect.for_removal()
    );
    (sql, values)
}

/// Removes events that no delivery names. On PostgreSQL whoever adds a delivery holds its event: the lock passes
/// over that, and the deletion, being a statement of its own, sees what was added before.
async fn remove_events<C: ConnectionTrait>(connection: &C, going: &[Uuid]) -> Result<u64, StoreError> {
    let mut values = vec![];
    let list = in_list(going.iter().copied(), &mut values, Value::Uuid(None));
    let lock = Dialect::of(connection).for_removal();
    let sql = format!("SELECT id FROM events WHERE id IN ({list}) ORDER BY id{lock}");
    let locked = ids(connection, sql, values).await?;
    let mut values = vec![];
    let list = in_list(locked, &mut values, Value::Uuid(None));
    let sql = format!(
        "DELETE FROM events WHERE id IN ({list}) AND \
         (SELECT d.id FROM deliveries d WHERE d.event_id = events.id LIMIT 1) IS NULL"
    );
    execute(connection, sql, values).await
}

async fn ids<C: ConnectionTrait>(
    connection: &C,
    sql: String,
    values: Vec<Value>,
) -> Result<Vec<Uuid>, StoreError> {
    all(connection, sql, values).await?.iter().map(|row| StoredRow(row).uuid("id")).collect()
}
