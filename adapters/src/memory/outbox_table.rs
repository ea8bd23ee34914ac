//! The outbox table.

use super::MemoryStore;
use super::state::{insert, update};
use super::unit_of_work::MemoryUnitOfWork;
use async_trait::async_trait;
use slotflow_application::ports::{OutboxReader, OutboxTable, RefusedOutboxRow, StoreError};
use slotflow_domain::Timestamp;
use slotflow_domain::event::{OutboxPosition, OutboxRow};
use std::ops::Bound;
use std::sync::Arc;

/// A row, and why and since when it is set aside.
#[derive(Clone)]
pub(super) struct Row {
    written: OutboxRow,
    refused: Option<(String, Timestamp)>,
}

/// Behind this position, or from the first on.
fn behind(after: Option<OutboxPosition>) -> (Bound<OutboxPosition>, Bound<OutboxPosition>) {
    (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
}

#[async_trait]
impl OutboxTable for MemoryUnitOfWork {
    /// The row claims to come from the end of time, as no clock is known here: its event happens when it is accepted.
    async fn write_outbox_row(
        &mut self,
        organization_id: &str,
        event_type: &str,
        data: &str,
    ) -> Result<(), StoreError> {
        let state = &mut self.0.state;
        state.outbox_positions += 1;
        let position = OutboxPosition::new(state.outbox_positions);
        let written = OutboxRow {
            position,
            organization_id: organization_id.to_owned(),
            event_type: event_type.to_owned(),
            data: data.bytes().take(OutboxRow::DATA_TO_READ).collect(),
            created_at: Timestamp::MAX.as_millis(),
        };
        insert(&mut state.outbox, position, Row { written, refused: None })
    }

    async fn lock_outbox_rows(
        &mut self,
        after: Option<OutboxPosition>,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let rows = self.0.state.outbox.range(behind(after)).map(|(_, row)| row);
        let waiting = rows.filter(|row| row.refused.is_none()).map(|row| row.written.clone());
        Ok(waiting.take(limit).collect())
    }

    async fn remove_outbox_rows(&mut self, rows: &[OutboxPosition]) -> Result<(), StoreError> {
        Arc::make_mut(&mut self.0.state.outbox).retain(|position, _| !rows.contains(position));
        Ok(())
    }

    async fn refuse_outbox_row(
        &mut self,
        row: OutboxPosition,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let refused = Some((reason.to_owned(), now));
        if let Some(found) = self.0.state.outbox.get(&row).map(|found| Row { refused, ..Row::clone(found) }) {
            update(&mut self.0.state.outbox, row, found);
        }
        Ok(())
    }

    async fn readmit_outbox_row(&mut self, row: OutboxPosition) -> Result<bool, StoreError> {
        let found = self.0.state.outbox.get(&row).filter(|found| found.refused.is_some());
        let Some(found) = found.map(|found| Row { refused: None, ..Row::clone(found) }) else {
            return Ok(false);
        };
        update(&mut self.0.state.outbox, row, found);
        Ok(true)
    }
}

#[async_trait]
impl OutboxReader for MemoryStore {
    async fn has_outbox_rows(&self) -> Result<bool, StoreError> {
        Ok(self.state().outbox.values().any(|row| row.refused.is_none()))
    }

    async fn refused_outbox_rows(
        &self,
        after: Option<OutboxPosition>,
        limit: usize,
    ) -> Result<Vec<RefusedOutboxRow>, StoreError> {
        let state = self.state();
        let refused = state.outbox.range(behind(after)).filter_map(|(position, row)| {
            let (reason, refused_at) = row.refused.clone()?;
            Some(RefusedOutboxRow {
                position: *position,
                organization_id: row.written.organization_id.clone(),
                event_type: row.written.event_type.clone(),
                reason,
                refused_at,
            })
        });
        Ok(refused.take(limit).collect())
    }
}
