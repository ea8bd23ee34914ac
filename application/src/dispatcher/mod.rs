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
//! when its leases end, or sooner where it is known to be dead ([`Instances`]).

mod activity;
mod attempt;
pub(crate) mod backoff;
mod first_attempts;
mod observed_queue;
mod round;
mod settings;
mod settler;
mod slots;
mod take_over;
mod unused_claims;

#[cfg(test)]
mod backlog_tests;
#[cfg(test)]
mod observer_tests;
#[cfg(test)]
mod take_over_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod trace_tests;

pub use activity::LAST_BEGINNINGS;
pub use first_attempts::{FirstAttempts, Reservation};
pub use settings::DispatcherSettings;

use crate::Announcer;
use crate::ports::{
    ClaimTerms, Clock, DeliveryObserver, DeliveryQueue, Entropy, Instances, NoInstances, NoObserver, Room,
    SettleTerms, Settled, StoreError, WebhookSender,
};
use activity::Activity;
use attempt::AttemptMaker;
use backoff::Backoff;
use first_attempts::Running;
use observed_queue::ObservedQueue;
use round::Round;
use slotflow_domain::Timestamp;
use slotflow_domain::delivery::ClaimedDelivery;
use slots::{Offer, Slots};
use std::sync::Arc;
use std::time::Duration;
use take_over::TakeOver;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use unused_claims::UnusedClaims;

/// How long a freed slot may wait for others, so that one claim fills them all: about what a claim takes. Nothing
/// waits for this unless slots or some webhook's share were used up.
const GATHERING: Duration = Duration::from_millis(5);

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
            activity: Activity::of(Arc::clone(&queue), Arc::clone(&clock)),
            sender,
            clock: Arc::clone(&clock),
            entropy: Arc::clone(&entropy),
            settings: settings.clone(),
            observer: Arc::new(NoObserver),
            unused_claims: UnusedClaims::of(Arc::clone(&queue), Arc::clone(&clock)),
            instances: Arc::new(NoInstances),
            ended: to_settle,
        });
        let slots = Slots::new(settings.concurrency, settings.concurrency_per_webhook);
        Self { queue, clock, entropy, settings, slots, maker, ended }
    }

    /// The same dispatcher, watched. To be called before [`first_attempts`](Self::first_attempts), whose attempts
    /// are not watched otherwise.
    #[must_use]
    pub fn with_observer(self, observer: Arc<dyn DeliveryObserver>) -> Self {
        let queue: Arc<dyn DeliveryQueue> =
            Arc::new(ObservedQueue { queue: self.queue, observer: Arc::clone(&observer) });
        let unused_claims = UnusedClaims::of(Arc::clone(&queue), Arc::clone(&self.clock));
        let activity = Activity::of(Arc::clone(&queue), Arc::clone(&self.clock));
        let maker = AttemptMaker {
            queue: Arc::clone(&queue),
            activity,
            observer,
            unused_claims,
            ..AttemptMaker::clone(&self.maker)
        };
        Self { queue, maker: Arc::new(maker), ..self }
    }

    /// The same dispatcher as an instance among others: its claims carry its number, and what dead ones held is taken over
    /// before their leases end. To be called before [`first_attempts`](Self::first_attempts), whose claims carry no number
    /// otherwise.
    #[must_use]
    pub fn with_instances(self, instances: Arc<dyn Instances>) -> Self {
        let maker = AttemptMaker { instances, ..AttemptMaker::clone(&self.maker) };
        Self { maker: Arc::new(maker), ..self }
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
            SettleTerms { auto_disable: self.settings.auto_disable, announcer: self.announcer() },
            ended,
            all_ended.clone(),
            behind,
        ));

        let mut take_over = TakeOver {
            queue: Arc::clone(&self.queue),
            instances: Arc::clone(&self.maker.instances),
            longest: self.settings.lease,
            pause: self.settings.poll_interval,
            failed_at: None,
        };

        self.slots.open();
        let mut backoff = Backoff::new();
        while !stop.is_cancelled() {
            // Outcomes that wait in memory may be of claims whose leases have ended: taken again before they
            // are recorded, they would be sent again.
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                _ = settler_is_behind.wait_for(|behind| !behind) => {}
            }
            take_over.look(self.clock.now()).await;
            let at = self.clock.now();
            let offer = self.slots.offer();
            match self.claim(offer.room(), at).await {
                Ok(claimed) => {
                    backoff.reset();
                    let round = Round::of(at, offer.room(), &claimed);
                    self.begin(claimed, offer).await;
                    self.wait(&round, &stop).await;
                }
                Err(error) => {
                    drop(offer);
                    tracing::warn!(%error, "claiming failed; trying again");
                    self.pause(backoff.next(), &stop).await;
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

    /// Takes what is due, and says of which attempts the end was noticed by that.
    async fn claim(&self, room: &Room, now: Timestamp) -> Result<Vec<ClaimedDelivery>, StoreError> {
        if room.total == 0 {
            return Ok(Vec::new());
        }
        let lease = self.maker.lease(self.entropy.as_ref(), now);
        let policy = self.settings.retry_policy.clone();
        let announcer = self.announcer();
        let terms = ClaimTerms { now, lease, room: room.clone(), policy, announcer };
        let claimed = self.queue.claim_due(terms).await?;
        for lost in &claimed.lost {
            attempt::log(&lost.ended());
        }
        Ok(claimed.deliveries)
    }

    fn announcer(&self) -> Announcer {
        Announcer::new(Arc::clone(&self.entropy))
    }

    /// Begins what was claimed. First attempts may have used up a webhook's share while the claim was on its way:
    /// what is beyond it is given back.
    async fn begin(&self, claimed: Vec<ClaimedDelivery>, mut offer: Offer) {
        let mut beyond = Vec::new();
        for delivery in claimed {
            let Some(slot) = offer.take(delivery.webhook_id) else {
                beyond.push(self.maker.unused(&delivery));
                continue;
            };
            let maker = Arc::clone(&self.maker);
            tokio::spawn(async move {
                slot.free(maker.make(delivery).await);
            });
        }
        drop(offer);
        self.maker.give_back(beyond).await;
    }

    /// Waits for a reason to claim again.
    async fn wait(&self, round: &Round, stop: &CancellationToken) {
        // A slot that is freed from here on leaves its notice for the waiting below.
        if round.may_go_on(&self.slots) {
            return self.gather(round, stop).await;
        }
        if round.took_all_room {
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                () = self.slots.freed() => self.gather(round, stop).await,
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
            // While a webhook has its share, what is published for it rings too, and there is nothing to claim.
            () = self.queue.woken() => {
                if round.passed_some_over() {
                    self.gather(round, stop).await;
                }
            }
            () = self.slots.freed_of_full_webhook() => self.gather(round, stop).await,
            () = self.clock.sleep_until(until) => {}
        }
    }

    /// Waits a moment for more slots to be freed. Under load they are freed one by one, and a claim for each would
    /// keep the store busy with nothing else.
    async fn gather(&self, round: &Round, stop: &CancellationToken) {
        let until = self.clock.now() + GATHERING;
        while !round.is_worth_a_claim(&self.slots) {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = self.slots.freed() => {}
                () = self.clock.sleep_until(until) => return,
            }
        }
    }

    /// Leaves the store in peace for a while.
    async fn pause(&self, span: Duration, stop: &CancellationToken) {
        let until = self.clock.now() + span;
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = self.clock.sleep_until(until) => {}
        }
    }
}
