//! Events that others wrote into the outbox table in plain SQL, within transactions of their own.

mod relay;
#[cfg(test)]
mod tests;

pub use relay::OutboxRelay;

use crate::ports::{OutboxReader, RefusedOutboxRow, Store, StoreError};
use slotflow_domain::event::OutboxPosition;
use std::sync::Arc;

/// Looking at the rows that were no events, and putting them right. For operators: rows belong to no organization before
/// they are accepted.
#[derive(Clone)]
pub struct OutboxRows {
    /// Where changes go.
    pub store: Arc<dyn Store>,
    /// Where rows are read.
    pub reader: Arc<dyn OutboxReader>,
}

impl OutboxRows {
    /// The rows that were set aside, each with its reason: those behind `after`, at most `limit`.
    ///
    /// # Errors
    /// The store's.
    pub async fn refused(
        &self,
        after: Option<OutboxPosition>,
        limit: usize,
    ) -> Result<Vec<RefusedOutboxRow>, StoreError> {
        self.reader.refused_outbox_rows(after, limit).await
    }

    /// Has a row that was set aside judged again: what was missing is there now, or the row was corrected. Answers whether
    /// there is such a row.
    ///
    /// # Errors
    /// The store's.
    pub async fn try_again(&self, row: OutboxPosition) -> Result<bool, StoreError> {
        let mut work = self.store.begin().await?;
        let found = work.readmit_outbox_row(row).await?;
        work.commit().await?;
        Ok(found)
    }
}
