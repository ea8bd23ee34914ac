//! Counting what waits.

use super::MemoryStore;
use super::state::LAST_ID;
use async_trait::async_trait;
use slotflow_application::ports::{Backlog, BacklogReader, StoreError};
use slotflow_domain::Timestamp;
use slotflow_domain::delivery::DeliveryStatus;

#[async_trait]
impl BacklogReader for MemoryStore {
    async fn backlog(&self, now: Timestamp) -> Result<Backlog, StoreError> {
        let state = self.state();
        let mut backlog = Backlog {
            oldest_due: state.waiting.range(..=(now, LAST_ID)).next().map(|(moment, _)| *moment),
            ..Backlog::default()
        };
        for delivery in state.deliveries.values() {
            match delivery.progress.state().status() {
                DeliveryStatus::Pending => backlog.pending += 1,
                DeliveryStatus::Delivering => backlog.delivering += 1,
                DeliveryStatus::Held => backlog.held += 1,
                DeliveryStatus::Delivered | DeliveryStatus::Failed | DeliveryStatus::Cancelled => {}
            }
        }
        Ok(backlog)
    }
}
