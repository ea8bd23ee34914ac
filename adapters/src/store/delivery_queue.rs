//! The waiting deliveries.

use super::statement::{one, values};
use super::stored_row::StoredRow;
use super::{SqlStore, claim, end_leases, release, settle};
use async_trait::async_trait;
use slotflow_application::ports::{
    Abandoned, ClaimTerms, Claimed, DeliveryQueue, SettleReport, SettleTerms, Settled, StoreError,
    UnusedClaim,
};
use slotflow_domain::{Timestamp, WebhookId};

#[async_trait]
impl DeliveryQueue for SqlStore {
    async fn claim_due(&self, terms: ClaimTerms) -> Result<Claimed, StoreError> {
        claim::claim_due(self, &terms).await
    }

    async fn settle(&self, settled: Vec<Settled>, terms: SettleTerms) -> Result<SettleReport, StoreError> {
        settle::settle(self, &settled, &terms).await
    }

    async fn release(&self, claims: Vec<UnusedClaim>) -> Result<(), StoreError> {
        release::release(self, &claims).await?;
        self.wake_up().ring();
        Ok(())
    }

    async fn end_leases(&self, abandoned: Abandoned) -> Result<u64, StoreError> {
        end_leases::end_leases(self, &abandoned).await
    }

    async fn is_active(&self, webhook_id: WebhookId) -> Result<bool, StoreError> {
        self.active_webhooks().submit(webhook_id).await
    }

    async fn next_due_after(&self, moment: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        // The first entry of `deliveries_due` behind the moment; the table is not read.
        let sql = "SELECT MIN(wake_at) AS next FROM deliveries WHERE wake_at > $1";
        let row = one(self.reader(), sql, values![moment.as_millis()]).await?;
        row.map_or(Ok(None), |row| StoredRow(&row).maybe_time("next"))
    }

    async fn woken(&self) {
        self.wake_up().rung().await;
    }

    fn ring(&self) {
        self.wake_up().ring();
    }
}
