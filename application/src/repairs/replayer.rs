//! Carrying replays out.

use crate::dispatcher::backoff::Backoff;
use crate::ports::{Clock, Entropy, ReplayQueue, Store, StoreError};
use slotflow_domain::delivery::{Delivery, Replay};
use slotflow_domain::{DeliveryId, ReplayId};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How long to wait where there is no replay: another process may have accepted one and died.
const IDLE_POLL: Duration = Duration::from_secs(30);

/// How many replays are asked for at once. A round goes on until it has seen them all: those that cannot go on are in
/// nobody's way.
const PAGE: usize = 100;

/// Rings when a replay was accepted in this process. Speed, not truth: the replayer also looks by itself.
#[derive(Clone, Default)]
pub struct ReplayBell(Arc<Notify>);

impl ReplayBell {
    pub(super) fn ring(&self) {
        self.0.notify_one();
    }

    async fn rung(&self) {
        self.0.notified().await;
    }
}

/// Makes the deliveries of accepted replays, a batch at a time, until told to stop.
///
/// Any number of them may run on one store. A batch and the replay's position are one unit of work under the
/// replay's lock: whoever dies on the way leaves a replay that somebody else goes on with, and each delivery
/// is made once. What is made is due at once, and the dispatcher sends it like everything else; while more of
/// a webhook's deliveries wait than [`Replay::MOST_WAITING`] (200), none is added.
#[derive(Clone)]
pub struct Replayer {
    /// Where changes go.
    pub store: Arc<dyn Store>,
    /// Where replays are found.
    pub replays: Arc<dyn ReplayQueue>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Rung by [`Repairs`](super::Repairs).
    pub bell: ReplayBell,
}

/// What one look at all replays came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayRound {
    /// There is no replay to carry out.
    Idle,
    /// No replay could go on: their endpoints are busy, or somebody else is at them.
    Waiting,
    /// Something was done, and there may be more to do at once.
    Advanced,
}

impl Replayer {
    /// How long to wait for an endpoint, or for another process that is at the same replay: 1 s. Where there is no replay it
    /// is looked for one every 30 s, and when the bell rings.
    pub const POLL: Duration = Duration::from_secs(1);

    /// Runs until `stop` is cancelled. What is under way then is as good as done or not begun: a batch is all or
    /// nothing.
    pub async fn run(self, stop: CancellationToken) {
        let mut backoff = Backoff::new();
        while !stop.is_cancelled() {
            let pause = match self.round_until(&stop).await {
                Ok(round) => {
                    backoff.reset();
                    match round {
                        ReplayRound::Advanced => Duration::ZERO,
                        ReplayRound::Waiting => Self::POLL,
                        ReplayRound::Idle => IDLE_POLL,
                    }
                }
                Err(error) => {
                    let pause = backoff.next();
                    tracing::warn!(%error, "replaying failed; trying again");
                    self.pause(pause, &stop).await;
                    continue;
                }
            };
            if pause > Duration::ZERO {
                tokio::select! {
                    biased;
                    () = stop.cancelled() => {}
                    () = self.bell.rung() => {}
                    () = self.clock.sleep_until(self.clock.now() + pause) => {}
                }
            }
        }
    }

    /// Makes one batch of each unfinished replay, as far as there is room for it.
    ///
    /// # Errors
    /// The store's, if it may work later. A replay that the store refuses is passed over, so that it is in
    /// nobody's way; so is one that cannot go on for now, and that is said at the end.
    pub async fn round(&self) -> Result<ReplayRound, StoreError> {
        self.round_until(&CancellationToken::new()).await
    }

    /// A round that ends early, between two batches, when it is told to stop.
    async fn round_until(&self, stop: &CancellationToken) -> Result<ReplayRound, StoreError> {
        let mut round = ReplayRound::Idle;
        // Webhooks that have no room in this round. However many replays one has, that is asked once, and without
        // a unit of work: there may be one writer only.
        let mut full = BTreeSet::new();
        let mut held_up = Ok(());
        let mut after = None;
        loop {
            let page = self.replays.unfinished_replays(after, PAGE).await?;
            if !page.is_empty() && round == ReplayRound::Idle {
                round = ReplayRound::Waiting;
            }
            for replay in &page {
                if stop.is_cancelled() {
                    return Ok(round);
                }
                let (id, webhook_id) = (replay.place.id, replay.webhook_id);
                if full.contains(&webhook_id) {
                    continue;
                }
                let waiting = self.replays.waiting_deliveries(webhook_id, Replay::MOST_WAITING + 1).await?;
                if Replay::room(waiting) == 0 {
                    full.insert(webhook_id);
                    continue;
                }
                match self.make_batch(id).await {
                    Ok(true) => round = ReplayRound::Advanced,
                    Ok(false) => {}
                    // The replays behind it may be able to go on: it can be this webhook's secret alone that cannot be read
                    // for now. A store that is gone says so to the next question.
                    Err(error) if error.is_transient() => held_up = Err(error),
                    Err(error) => tracing::error!(%error, replay_id = %id, "a replay cannot go on"),
                }
            }
            after = page.last().map(|replay| replay.place);
            if page.len() < PAGE {
                return held_up.map(|()| round);
            }
        }
    }

    /// Makes the next deliveries of a replay and moves it on. Answers whether it could.
    async fn make_batch(&self, id: ReplayId) -> Result<bool, StoreError> {
        let mut work = self.store.begin().await?;
        let Some(mut replay) = work.lock_replay(id).await? else {
            return Ok(false);
        };
        let selection = replay.selection;
        // Looked at again, as another replayer may have been faster, and before the webhook is locked, as claims
        // pass over what is locked.
        let waiting = work.count_waiting(selection.webhook_id, Replay::MOST_WAITING + 1).await?;
        let room = Replay::room(waiting);
        if room == 0 {
            return Ok(false);
        }
        let webhook = work.lock_webhook(selection.organization_id, selection.webhook_id).await?;
        let now = self.clock.now();
        if let Some(webhook) = webhook {
            let stretch = work.next_selected(&replay, room).await?;
            let standing = webhook.activity.standing();
            let repeat =
                |old: &Delivery| old.repeat(DeliveryId::new(self.entropy.id(now)), standing, now).ok();
            let deliveries: Vec<_> = stretch.found.iter().filter_map(repeat).collect();
            work.insert_deliveries(&deliveries).await?;
            replay.advance(stretch.reached, deliveries.len(), now);
        } else {
            // Deleted: there is nowhere to send the rest.
            replay.end(now);
        }
        work.update_replay(&replay).await?;
        work.commit().await?;
        if replay.finished_at.is_some() {
            tracing::info!(replay_id = %id, webhook_id = %selection.webhook_id, made = replay.made, "replay ended");
        }
        Ok(true)
    }

    /// Leaves the store in peace for a while.
    async fn pause(&self, span: Duration, stop: &CancellationToken) {
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = self.clock.sleep_until(self.clock.now() + span) => {}
        }
    }
}
