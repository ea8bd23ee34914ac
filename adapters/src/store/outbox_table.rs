//! The table into which others write events in plain SQL.

use super::bulk::in_list;
use super::statement::{all, execute, one, values};
use super::stored_row::StoredRow;
use super::{SqlStore, dialect::Dialect, unit_of_work::SqlUnitOfWork};
use async_trait::async_trait;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use slotflow_application::ports::{OutboxReader, OutboxTable, RefusedOutboxRow, StoreError};
use slotflow_domain::Timestamp;
use slotflow_domain::event::{OutboxPosition, OutboxRow};

/// What whoever has no Rust at hand writes, in a transaction of its own.
pub(super) const INSERT: &str = "INSERT INTO outbox (organization_id, event_type, data) VALUES ($1, $2, $3)";

/// A look at the first entry of `outbox_waiting`.
pub(super) const HAS_ROWS: &str =
    "SELECT position FROM outbox WHERE refused_at IS NULL ORDER BY position LIMIT 1";

/// How much of a name is read: no organization and no event type has a longer one.
const LONGEST_NAME: usize = 512;

#[async_trait]
impl<C: ConnectionTrait + Send + Sync> OutboxTable for SqlUnitOfWork<C> {
    async fn write_outbox_row(
        &mut self,
        organization_id: &str,
        event_type: &str,
        data: &str,
    ) -> Result<(), StoreError> {
        execute(&self.connection, INSERT, values![organization_id, event_type, data]).await?;
        Ok(())
    }

    async fn lock_outbox_rows(
        &mut self,
        after: Option<OutboxPosition>,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let dialect = Dialect::of(&self.connection);
        // As bytes, as SQLite may have anything in a text.
        let sql = format!(
            "SELECT position, {} AS organization_id, {} AS event_type, {} AS data, created_at FROM outbox \
             WHERE refused_at IS NULL AND position > $1 ORDER BY position LIMIT $2{}",
            dialect.first_bytes("organization_id", LONGEST_NAME),
            dialect.first_bytes("event_type", LONGEST_NAME),
            dialect.first_bytes("data", OutboxRow::DATA_TO_READ),
            dialect.for_removal()
        );
        let rows = all(&self.connection, sql, page(after, limit)).await?;
        rows.iter().map(read_waiting).collect()
    }

    async fn remove_outbox_rows(&mut self, rows: &[OutboxPosition]) -> Result<(), StoreError> {
        if !rows.is_empty() {
            let mut values = vec![];
            let list = in_list(rows.iter().map(|row| row.get()), &mut values, Value::BigInt(None));
            execute(&self.connection, format!("DELETE FROM outbox WHERE position IN ({list})"), values)
                .await?;
        }
        Ok(())
    }

    async fn refuse_outbox_row(
        &mut self,
        row: OutboxPosition,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE outbox SET reason = $2, refused_at = $3 WHERE position = $1";
        execute(&self.connection, sql, values![row.get(), reason, now.as_millis()]).await?;
        Ok(())
    }

    async fn readmit_outbox_row(&mut self, row: OutboxPosition) -> Result<bool, StoreError> {
        let sql = "UPDATE outbox SET reason = NULL, refused_at = NULL \
                   WHERE position = $1 AND refused_at IS NOT NULL";
        Ok(execute(&self.connection, sql, values![row.get()]).await? > 0)
    }
}

#[async_trait]
impl OutboxReader for SqlStore {
    async fn has_outbox_rows(&self) -> Result<bool, StoreError> {
        Ok(one(self.reader(), HAS_ROWS, vec![]).await?.is_some())
    }

    async fn refused_outbox_rows(
        &self,
        after: Option<OutboxPosition>,
        limit: usize,
    ) -> Result<Vec<RefusedOutboxRow>, StoreError> {
        let dialect = Dialect::of(self.reader());
        let sql = format!(
            "SELECT position, {} AS organization_id, {} AS event_type, reason, refused_at FROM outbox \
             WHERE refused_at IS NOT NULL AND position > $1 ORDER BY position LIMIT $2",
            dialect.first_bytes("organization_id", LONGEST_NAME),
            dialect.first_bytes("event_type", LONGEST_NAME),
        );
        all(self.reader(), sql, page(after, limit)).await?.iter().map(read_refused).collect()
    }
}

fn page(after: Option<OutboxPosition>, limit: usize) -> Vec<Value> {
    let after = after.map_or(i64::MIN, OutboxPosition::get);
    values![after, i64::try_from(limit).unwrap_or(i64::MAX)]
}

fn read_waiting(row: &QueryResult) -> Result<OutboxRow, StoreError> {
    let row = StoredRow(row);
    Ok(OutboxRow {
        position: OutboxPosition::new(row.get("position")?),
        organization_id: name(&row, "organization_id")?,
        event_type: name(&row, "event_type")?,
        data: row.get("data")?,
        created_at: row.get("created_at")?,
    })
}

fn read_refused(row: &QueryResult) -> Result<RefusedOutboxRow, StoreError> {
    let row = StoredRow(row);
    Ok(RefusedOutboxRow {
        position: OutboxPosition::new(row.get("position")?),
        organization_id: name(&row, "organization_id")?,
        event_type: name(&row, "event_type")?,
        reason: row.text("reason")?,
        refused_at: row.time("refused_at")?,
    })
}

/// A name, which is none if it is not UTF-8: what stands for the rest makes it one that nothing has.
fn name(row: &StoredRow<'_>, column: &str) -> Result<String, StoreError> {
    let bytes: Vec<u8> = row.get(column)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
