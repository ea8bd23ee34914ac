use super::tests::{answer, claimed, now};
use super::*;
use crate::ports::{Abandoned, Claimed, MockEntropy, SettleReport, SettleTerms, Settled, UnusedClaim};
use async_trait::async_trait;
use slotflow_domain::WebhookId;
use slotflow_domain::delivery::{AttemptReport, AttemptRequest};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use uuid::Uuid;

/// A clock that stands still, and on which no wait ever ends.
struct Stopped;

#[async_trait]
impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        now()
    }

    async fn sleep_until(&self, _: Timestamp) {
        std::future::pending().await
    }
}

/// A backlog that takes a while over each claim, as a database does: attempts end meanwhile.
struct Backlog {
    waiting: Mutex<Vec<(u128, u128)>>,
    settled: Mutex<usize>,
    stop: CancellationToken,
}

#[async_trait]
impl DeliveryQueue for Backlog {
    async fn claim_due(&self, terms: ClaimTerms) -> Result<Claimed, StoreError> {
        let mut room = terms.room;
        let mut granted = Vec::new();
        self.waiting.lock().unwrap().retain(|&(id, webhook)| {
            let webhook_id = WebhookId::new(Uuid::from_u128(webhook));
            let has_room = granted.len() < room.total && room.for_webhook(webhook_id) > 0;
            if has_room {
                *room.in_flight.entry(webhook_id).or_default() += 1;
                granted.push(claimed(id, webhook, terms.lease));
            }
            !has_room
        });
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        Ok(granted.into())
    }

    async fn settle(&self, batch: Vec<Settled>, _: SettleTerms) -> Result<SettleReport, StoreError> {
        let mut settled = self.settled.lock().unwrap();
        *settled += batch.len();
        if *settled == BACKLOG {
            self.stop.cancel();
        }
        Ok(SettleReport::default())
    }

    async fn release(&self, _: Vec<UnusedClaim>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn is_active(&self, _: WebhookId) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn end_leases(&self, _: Abandoned) -> Result<u64, StoreError> {
        Ok(0)
    }

    async fn next_due_after(&self, _: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        Ok(None)
    }

    async fn woken(&self) {
        std::future::pending().await
    }
}

/// How many deliveries wait in a [`Backlog`].
const BACKLOG: usize = 60;

/// A receiver whose answers take different times.
struct Uneven(AtomicU64);

#[async_trait]
impl WebhookSender for Uneven {
    async fn send(&self, _: AttemptRequest) -> AttemptReport {
        for _ in 0..self.0.fetch_add(7, Ordering::Relaxed) % 31 {
            tokio::task::yield_now().await;
        }
        answer(200)
    }
}

/// Works off a backlog of deliveries to so many webhooks, without any help from the clock.
async fn work_off_a_backlog(webhooks: u128, concurrency: usize) {
    let stop = CancellationToken::new();
    let waiting = (0..BACKLOG as u128).map(|id| (100 + id, 1 + id % webhooks)).collect();
    let queue =
        Arc::new(Backlog { waiting: Mutex::new(waiting), settled: Mutex::new(0), stop: stop.clone() });
    let mut entropy = MockEntropy::new();
    entropy.expect_token().returning(|| Uuid::from_u128(42));
    let dispatcher = Dispatcher::new(
        Arc::clone(&queue) as Arc<dyn DeliveryQueue>,
        Arc::new(Uneven(AtomicU64::new(0))),
        Arc::new(Stopped),
        Arc::new(entropy),
        DispatcherSettings { concurrency, concurrency_per_webhook: 4, ..DispatcherSettings::default() },
    );
    let ended = tokio::time::timeout(Duration::from_secs(10), dispatcher.run(stop)).await;
    assert!(
        ended.is_ok(),
        "{} of {BACKLOG} were sent, the others wait for the poll",
        queue.settled.lock().unwrap()
    );
}

#[tokio::test]
async fn slots_that_are_freed_during_a_claim_are_filled_without_the_poll() {
    work_off_a_backlog(BACKLOG as u128, 6).await;
}

#[tokio::test]
async fn a_webhooks_share_that_is_freed_during_a_claim_is_filled_without_the_poll() {
    work_off_a_backlog(1, 64).await;
}
