//! The queue, watched.

use crate::ports::{
    Abandoned, ClaimTerms, Claimed, DeliveryObserver, DeliveryQueue, QueueOperation, SettleReport,
    SettleTerms, Settled, SettlementMade, StoreError, UnusedClaim,
};
use async_trait::async_trait;
use slotflow_domain::delivery::Settlement;
use slotflow_domain::{DeliveryId, Timestamp, WebhookId};
use std::sync::Arc;

/// A queue that tells an observer of what came of each call.
pub(super) struct ObservedQueue {
    pub(super) queue: Arc<dyn DeliveryQueue>,
    pub(super) observer: Arc<dyn DeliveryObserver>,
}

impl ObservedQueue {
    /// Tells of an error.
    fn watch<T>(&self, operation: QueueOperation, result: Result<T, StoreError>) -> Result<T, StoreError> {
        result.inspect_err(|error| self.observer.store_failed(operation, error))
    }
}

#[async_trait]
impl DeliveryQueue for ObservedQueue {
    async fn claim_due(&self, terms: ClaimTerms) -> Result<Claimed, StoreError> {
        let claimed = self.watch(QueueOperation::Claim, self.queue.claim_due(terms).await)?;
        self.observer.claimed(claimed.deliveries.len());
        for attempt in &claimed.lost {
            self.observer.attempt_lost(attempt);
        }
        Ok(claimed)
    }

    async fn settle(&self, settled: Vec<Settled>, terms: SettleTerms) -> Result<SettleReport, StoreError> {
        let outcomes: Vec<_> = settled.iter().map(|one| (one.delivery_id, one.settlement)).collect();
        let report = self.watch(QueueOperation::Settle, self.queue.settle(settled, terms).await)?;
        self.observer.settled(count(&outcomes, &report));
        for (id, reason) in &report.disabled {
            self.observer.webhook_disabled(*id, *reason);
        }
        Ok(report)
    }

    async fn release(&self, claims: Vec<UnusedClaim>) -> Result<(), StoreError> {
        let count = claims.len();
        self.watch(QueueOperation::Release, self.queue.release(claims).await)?;
        self.observer.given_back(count);
        Ok(())
    }

    async fn end_leases(&self, abandoned: Abandoned) -> Result<u64, StoreError> {
        self.watch(QueueOperation::EndLeases, self.queue.end_leases(abandoned).await)
    }

    async fn next_due_after(&self, moment: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.watch(QueueOperation::NextDue, self.queue.next_due_after(moment).await)
    }

    async fn is_active(&self, webhook_id: WebhookId) -> Result<bool, StoreError> {
        self.queue.is_active(webhook_id).await
    }

    async fn woken(&self) {
        self.queue.woken().await;
    }
}

/// What became of a batch.
fn count(outcomes: &[(DeliveryId, Settlement)], report: &SettleReport) -> SettlementMade {
    let mut made = SettlementMade::default();
    for (id, settlement) in outcomes {
        let count = match settlement {
            // Hardly ever more than none.
            _ if report.stale.contains(id) => &mut made.stale,
            Settlement::Delivered { .. } => &mut made.delivered,
            Settlement::Failed { .. } => &mut made.failed,
            Settlement::Retry { .. } => &mut made.to_retry,
        };
        *count += 1;
    }
    made
}
