//! How long the store takes.

use super::Metrics;
use async_trait::async_trait;
use slotflow_application::ports::{
    Abandoned, ClaimTerms, Claimed, DeliveryQueue, SettleReport, SettleTerms, Settled, StoreError,
    UnusedClaim,
};
use slotflow_domain::{Timestamp, WebhookId};
use std::sync::Arc;
use tokio::time::Instant;

/// Passes every call on to a queue, and measures the claims and settlements that succeed.
///
/// Measured here, around the store, and not where the dispatcher watches its queue: the application knows no time but
/// its clock's, which says what is due and may be set at any moment, while a duration wants one that only runs. And a
/// queue that nobody wants timed is not wrapped, so that it pays nothing.
pub(super) struct TimedQueue {
    pub(super) queue: Arc<dyn DeliveryQueue>,
    pub(super) metrics: Metrics,
}

#[async_trait]
impl DeliveryQueue for TimedQueue {
    async fn claim_due(&self, terms: ClaimTerms) -> Result<Claimed, StoreError> {
        let began = Instant::now();
        let claimed = self.queue.claim_due(terms).await?;
        self.metrics.0.deliveries.claim_took(began.elapsed());
        Ok(claimed)
    }

    async fn settle(&self, settled: Vec<Settled>, terms: SettleTerms) -> Result<SettleReport, StoreError> {
        let began = Instant::now();
        let report = self.queue.settle(settled, terms).await?;
        self.metrics.0.deliveries.settle_took(began.elapsed());
        Ok(report)
    }

    async fn release(&self, claims: Vec<UnusedClaim>) -> Result<(), StoreError> {
        self.queue.release(claims).await
    }

    async fn is_active(&self, webhook_id: WebhookId) -> Result<bool, StoreError> {
        self.queue.is_active(webhook_id).await
    }

    async fn end_leases(&self, abandoned: Abandoned) -> Result<u64, StoreError> {
        self.queue.end_leases(abandoned).await
    }

    async fn next_due_after(&self, moment: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.queue.next_due_after(moment).await
    }

    async fn woken(&self) {
        self.queue.woken().await;
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{has, metrics, noon};
    use super::*;
    use slotflow_application::Announcer;
    use slotflow_application::ports::{MockEntropy, Room};
    use slotflow_domain::delivery::{ClaimToken, Lease, LeaseDuration, RetryPolicy};
    use std::time::Duration;
    use uuid::Uuid;

    /// A queue that takes two milliseconds over a claim and three over a settlement, or does neither.
    struct Slow {
        works: bool,
    }

    impl Slow {
        async fn answer<T: Default>(&self, after: Duration) -> Result<T, StoreError> {
            tokio::time::sleep(after).await;
            if self.works { Ok(T::default()) } else { Err(StoreError::Unavailable("down".into())) }
        }
    }

    #[async_trait]
    impl DeliveryQueue for Slow {
        async fn claim_due(&self, _: ClaimTerms) -> Result<Claimed, StoreError> {
            self.answer(Duration::from_millis(2)).await
        }

        async fn settle(&self, _: Vec<Settled>, _: SettleTerms) -> Result<SettleReport, StoreError> {
            self.answer(Duration::from_millis(3)).await
        }

        async fn release(&self, _: Vec<UnusedClaim>) -> Result<(), StoreError> {
            self.answer(Duration::ZERO).await
        }

        async fn is_active(&self, _: WebhookId) -> Result<bool, StoreError> {
            Ok(true)
        }

        async fn end_leases(&self, _: Abandoned) -> Result<u64, StoreError> {
            self.answer(Duration::ZERO).await
        }

        async fn next_due_after(&self, moment: Timestamp) -> Result<Option<Timestamp>, StoreError> {
            Ok(Some(moment))
        }

        async fn woken(&self) {}
    }

    #[tokio::test(start_paused = true)]
    async fn claims_and_settlements_that_succeed_are_measured_and_every_call_is_passed_on() {
        let metrics = metrics(&Arc::default());
        for works in [true, false] {
            let queue = metrics.timed(Arc::new(Slow { works }));
            let announcer = Announcer::new(Arc::new(MockEntropy::new()));
            let terms = ClaimTerms {
                now: noon(),
                lease: Lease { token: ClaimToken::new(Uuid::from_u128(1)), until: noon() },
                room: Room::default(),
                policy: RetryPolicy::default(),
                announcer: announcer.clone(),
            };
            assert_eq!(queue.claim_due(terms).await.is_ok(), works);
            let terms = SettleTerms { auto_disable: None, announcer };
            assert_eq!(queue.settle(vec![], terms).await.is_ok(), works);
            assert_eq!(queue.release(vec![]).await.is_ok(), works);
            let longest = LeaseDuration::for_timeout(Duration::from_secs(10));
            let abandoned = Abandoned { by: vec![], now: noon(), longest };
            assert_eq!(queue.end_leases(abandoned).await.is_ok(), works);
            assert_eq!(queue.next_due_after(noon()).await.unwrap(), Some(noon()));
            queue.woken().await;
        }
        let text = metrics.render().await;
        for line in [
            "slotflow_claim_duration_seconds_bucket{le=\"0.001\"} 0",
            "slotflow_claim_duration_seconds_bucket{le=\"0.0025\"} 1",
            "slotflow_claim_duration_seconds_count 1",
            "slotflow_settle_duration_seconds_bucket{le=\"0.0025\"} 0",
            "slotflow_settle_duration_seconds_bucket{le=\"0.005\"} 1",
            "slotflow_settle_duration_seconds_count 1",
        ] {
            has(&text, line);
        }
    }
}
