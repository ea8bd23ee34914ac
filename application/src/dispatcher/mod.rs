//! Making the attempts that are due.
//!
//! ```text
//! claim due deliveries ─► one attempt each, side by side ─► settle in batches
//!        ▲   as many as there are free slots                     │
//!        └── woken by a publish, by the next due time, ──────────┘
//!            by a free slot, and by a slow poll beneath them
//! ```
//!
//! The wake-ups are only speed; the poll is the guarantee. What a dead dispatcher held returns by itself
//! when its leases end.

mod attempt;
mod round;
mod settings;
mod settler;
mod slots;

#[cfg(test)]
mod backlog_tests;
#[cfg(test)]
mod tests;

pub use settings::DispatcherSettings;

use crate::ports::{ClaimTerms, Clock, DeliveryQueue, Entropy, Room, StoreError, WebhookSender};
use attempt::AttemptMaker;
use round::Round;
use slotflow_domain::Timestamp;
use slotflow_domain::delivery::{ClaimToken, ClaimedDelivery};
use slots::Slots;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Claims what is due, makes the attempts, and records what became of them, until told to stop.
#[derive(Clone)]
pub struct Dispatcher {
    /// Where deliveries wait.
    pub queue: Arc<dyn DeliveryQueue>,
    /// How they are sent.
    pub sender: Arc<dyn WebhookSender>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Bounds and policy.
    pub settings: DispatcherSettings,
}

impl Dispatcher {
    /// Runs until `stop` is cancelled; then claims no more, lets what is on the wire end, records it, and
    /// returns. That takes no longer than one attempt plus one write.
    pub async fn run(&self, stop: CancellationToken) {
        let slots = Slots::new(self.settings.concurrency, self.settings.concurrency_per_webhook);
        let (ended, to_settle) = mpsc::channel(self.settings.concurrency.max(1));
        let settler = tokio::spawn(settler::run(Arc::clone(&self.queue), Arc::clone(&self.clock), to_settle));
        let attempts = TaskTracker::new();
        let maker = Arc::new(AttemptMaker {
            queue: Arc::clone(&self.queue),
            sender: Arc::clone(&self.sender),
            clock: Arc::clone(&self.clock),
            settings: self.settings.clone(),
            ended,
        });

        while !stop.is_cancelled() {
            let at = self.clock.now();
            let room = slots.room();
            match self.claim(&room, at).await {
                Ok(claimed) => {
                    let round = Round::of(at, &room, &claimed);
                    self.begin(claimed, &slots, &attempts, &maker);
                    self.wait(&round, &slots, &stop).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "claiming failed; trying again");
                    self.pause(&stop).await;
                }
            }
        }

        attempts.close();
        attempts.wait().await;
        drop(maker);
        if let Err(error) = settler.await {
            tracing::error!(%error, "the settler ended early; what it held is repeated when its leases end");
        }
    }

    async fn claim(&self, room: &Room, now: Timestamp) -> Result<Vec<ClaimedDelivery>, StoreError> {
        if room.total == 0 {
            return Ok(Vec::new());
        }
        let lease = self.settings.lease.begin(ClaimToken::new(self.entropy.token()), now);
        let policy = self.settings.retry_policy.clone();
        self.queue.claim_due(ClaimTerms { now, lease, room: room.clone(), policy }).await
    }

    fn begin(
        &self,
        claimed: Vec<ClaimedDelivery>,
        slots: &Slots,
        attempts: &TaskTracker,
        maker: &Arc<AttemptMaker>,
    ) {
        for delivery in claimed {
            let slot = slots.take(delivery.webhook_id);
            let maker = Arc::clone(maker);
            attempts.spawn(async move {
                maker.make(delivery).await;
                drop(slot);
            });
        }
    }

    /// Waits for a reason to claim again.
    async fn wait(&self, round: &Round, slots: &Slots, stop: &CancellationToken) {
        // A slot that is freed from here on leaves its notice for the waiting below.
        if round.may_go_on(slots) {
            return;
        }
        if round.took_all_room {
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                () = slots.freed() => {}
            }
            return;
        }
        let latest = self.clock.now() + self.settings.poll_interval;
        let until = match self.queue.next_due_after(round.at).await {
            Ok(Some(due)) => due.min(latest),
            Ok(None) => latest,
            Err(error) => {
                tracing::warn!(%error, "asking for the next due time failed");
                latest
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = self.queue.woken() => {}
            () = slots.freed_of_full_webhook() => {}
            () = self.clock.sleep_until(until) => {}
        }
    }

    /// Leaves the store in peace for a while.
    async fn pause(&self, stop: &CancellationToken) {
        let until = self.clock.now() + self.settings.poll_interval;
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = self.clock.sleep_until(until) => {}
        }
    }
}
