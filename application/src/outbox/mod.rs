//! Events that others wrote into the table `outbox` in plain SQL, within transactions of their own.
//!
//! | name | is |
//! |---|---|
//! | `outbox` | the table: a row is what somebody without Rust at hand wants to publish |
//! | [`OutboxTable`](crate::ports::OutboxTable), [`OutboxReader`] | the ports to it, within a unit of work and outside |
//! | [`OutboxRelay`] | makes events of its rows, in the background |
//! | [`OutboxRows`] | shows operators which rows are no events, and has them judged again |
//! | [`Outbox`](crate::ports::Outbox) | none of these: the port through which events get into the store, whoever publishes them |

mod relay;
#[cfg(test)]
mod tests;

pub use relay::OutboxRelay;

use crate::ports::{OutboxReader, RefusedOutboxRow, Store, StoreError};
use slotflow_domain::event::OutboxPosition;
use std::sync::Arc;

/// The rows of the table `outbox` that were no events: looking at them, and putting them right. For operators, as rows belong
/// to no organization before they are accepted. What makes events of the others is [`OutboxRelay`].
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
