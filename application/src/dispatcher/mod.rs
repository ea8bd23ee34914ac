//! Making the attempts that are due.
//!
//! ```text
//! claim due deliveries ─► one attempt each, side by side ─► settle in batches
//!        ▲   as many as there are free slots                     │
//!        └── woken by a publish, by the next due time, ──────────┘
//!            by a free slot, and by a slow poll beneath them
//! ```
//!
//! A first attempt takes a shorter way: its delivery is stored claimed already, by the transaction that
//! publishes it, and the attempt begins when that has committed ([`FirstAttempts`]).
//!
//! The wake-ups are only speed; the poll is the guarantee. What a dead dispatcher held returns by itself
//! when its leases end.

mod attempt;
mod first_attempts;
mod settings;
mod settler;
mod slots;

#[cfg(test)]
mod tests;

pub use first_attempts::{FirstAttempts, Reservation};
pub use settings::DispatcherSettings;

use crate::ports::{ClaimTerms, Clock, DeliveryQueue, Entropy, Settled, StoreError, WebhookSender};
use attempt::AttemptMaker;
use first_attempts::Running;
use slotflow_domain::Timestamp;
use slotflow_domain::delivery::{ClaimToken, ClaimedDelivery};
use slots::Slots;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// Claims what is due, makes the attempts, and records what became of them, until told to stop.
pub struct Dispatcher {
    queue: Arc<dyn DeliveryQueue>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    settings: DispatcherSettings,
    slots: Slots,
    maker: Arc<AttemptMaker>,
    ended: mpsc::Receiver<Settled>,
}

/// What a round of claiming found.
struct Round {
    /// The moment up to which it took all that was due, except for webhooks that have their share.
    at: Timestamp,
    /// Whether all room was taken, so that there may be more.
    full: bool,
}

impl Dispatcher {
    /// A dispatcher, not running yet.
    pub fn new(
        queue: Arc<dyn DeliveryQueue>,
        sender: Arc<dyn WebhookSender>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        settings: DispatcherSettings,
    ) -> Self {
        let (to_settle, ended) = mpsc::channel(settings.concurrency.max(1));
        let maker = Arc::new(AttemptMaker {
            queue: Arc::clone(&queue),
            sender,
            clock: Arc::clone(&clock),
            settings: settings.clone(),
            ended: to_settle,
        });
        let slots = Slots::new(settings.concurrency, settings.concurrency_per_webhook);
        Self { queue, clock, entropy, settings, slots, maker, ended }
    }

    /// For whoever publishes in the same process: lets first attempts begin right after their commit, while
    /// this dispatcher runs.
    pub fn first_attempts(&self) -> FirstAttempts {
        FirstAttempts::of(Running { slots: self.slots.clone(), maker: Arc::clone(&self.maker) })
    }

    /// Runs until `stop` is cancelled; then claims no more, lets what is on the wire end, records it, and
    /// returns. That takes no longer than one attempt plus one write.
    pub async fn run(mut self, stop: CancellationToken) {
        let all_ended = CancellationToken::new();
        let (_, nothing) = mpsc::channel(1);
        let ended = std::mem::replace(&mut self.ended, nothing);
        let (behind, mut settler_is_behind) = watch::channel(false);
        let settler = tokio::spawn(settler::run(
            Arc::clone(&self.queue),
            Arc::clone(&self.clock),
            ended,
            all_ended.clone(),
            behind,
        ));

        self.slots.open();
        while !stop.is_cancelled() {
            // Outcomes that wait in memory may be of claims whose leases have ended: taken again before they
            // are recorded, they would be sent again.
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                _ = settler_is_behind.wait_for(|behind| !behind) => {}
            }
            let at = self.clock.now();
            match self.claim(at).await {
                Ok(claimed) => {
                    self.begin(claimed).await;
                    let round = Round { at, full: self.slots.room().total == 0 };
                    self.wait(&round, &stop).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "claiming failed; trying again");
                    self.pause(&stop).await;
                }
            }
        }

        self.slots.close();
        self.slots.all_free().await;
        all_ended.cancel();
        if let Err(error) = settler.await {
            tracing::error!(%error, "the settler ended early; what it held is repeated when its leases end");
        }
    }

    async fn claim(&self, now: Timestamp) -> Result<Vec<ClaimedDelivery>, StoreError> {
        let room = self.slots.room();
        if room.total == 0 {
            return Ok(Vec::new());
        }
        let lease = self.settings.lease.begin(ClaimToken::new(self.entropy.token()), now);
        let policy = self.settings.retry_policy.clone();
        self.queue.claim_due(ClaimTerms { now, lease, room, policy }).await
    }

    /// Begins the attempts for which there are slots, and gives the others back: they are due as before.
    async fn begin(&self, claimed: Vec<ClaimedDelivery>) {
        let mut without_slot = Vec::new();
        for delivery in claimed {
            match self.slots.take(delivery.webhook_id) {
                Some(slot) => {
                    let maker = Arc::clone(&self.maker);
                    tokio::spawn(async move {
                        maker.make(delivery).await;
                        drop(slot);
                    });
                }
                None => without_slot.push(delivery),
            }
        }
        if !without_slot.is_empty() {
            self.maker.give_back(&without_slot).await;
        }
    }

    /// Waits for a reason to claim again.
    async fn wait(&self, round: &Round, stop: &CancellationToken) {
        if round.full {
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                () = self.slots.freed() => {}
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
            () = self.slots.freed_of_full_webhook() => {}
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
