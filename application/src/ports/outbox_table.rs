//! The table into which others write events in plain SQL.

use super::StoreError;
use async_trait::async_trait;
use slotflow_domain::Timestamp;
use slotflow_domain::event::{OutboxPosition, OutboxRow};

/// The table `outbox`, into which others write events in plain SQL, within a unit of work. What is published from Rust
/// never stands in it: that goes through [`Outbox`](super::Outbox).
#[async_trait]
pub trait OutboxTable {
    /// Adds a row as anybody may, without looking at what it says.
    async fn write_outbox_row(
        &mut self,
        organization_id: &str,
        event_type: &str,
        data: &str,
    ) -> Result<(), StoreError>;

    /// The rows that wait, in the order of their positions: those behind `after`, at most `limit`, locked until the unit of
    /// work ends. What somebody else has locked is passed over.
    async fn lock_outbox_rows(
        &mut self,
        after: Option<OutboxPosition>,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError>;

    /// Removes rows.
    async fn remove_outbox_rows(&mut self, rows: &[OutboxPosition]) -> Result<(), StoreError>;

    /// Sets a row aside at `now`, with the reason: it does not wait any more.
    async fn refuse_outbox_row(
        &mut self,
        row: OutboxPosition,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Has a row that was set aside wait again. Answers whether it was there.
    async fn readmit_outbox_row(&mut self, row: OutboxPosition) -> Result<bool, StoreError>;
}

/// A row of the table `outbox` that is no event and was set aside, for whoever can put it right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedOutboxRow {
    /// Where it stands.
    pub position: OutboxPosition,
    /// What it says of its organization.
    pub organization_id: String,
    /// What it says of its type.
    pub event_type: String,
    /// Why it is no event.
    pub reason: String,
    /// When it was set aside.
    pub refused_at: Timestamp,
}

/// Reading the table `outbox` outside a unit of work, other than [`OutboxTable`]. Locks nothing.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait OutboxReader: Send + Sync {
    /// Whether rows wait. Asked every second: it costs a look into an index.
    async fn has_outbox_rows(&self) -> Result<bool, StoreError>;

    /// The rows that were set aside, in the order of their positions: those behind `after`, at most `limit`.
    async fn refused_outbox_rows(
        &self,
        after: Option<OutboxPosition>,
        limit: usize,
    ) -> Result<Vec<RefusedOutboxRow>, StoreError>;
}
