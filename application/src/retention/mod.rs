//! Removing what has been kept long enough, without being in anybody's way.
//!
//! A sweep walks over what is older than the cutoff, batch by batch, and rests between batches for longer than
//! they take. It needs no index of its own on the busiest table: rows lie in the order in which they were made,
//! and nothing can have ended before it was made. A walk that is cut off is begun anew by the next sweep.
//!
//! A further table that grows with time gets a method of [`RetentionStore`] and a step in
//! [`sweep`](Retention::sweep).

#[cfg(test)]
mod tests;

use crate::dispatcher::backoff::Backoff;
use crate::ports::{Clock, RetentionBatch, RetentionProgress, RetentionStore, StoreError};
use slotflow_domain::Timestamp;
use slotflow_domain::idempotency;
use slotflow_domain::retention::{RetentionPeriod, hours_cutoff};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Rows per batch: 200. A batch keeps SQLite's one writer busy, so that it bounds what everybody else may wait.
pub const BATCH: u32 = 200;

/// From the end of one sweep to the next: 10 minutes.
pub const SWEEP_EVERY: Duration = Duration::from_secs(10 * 60);

/// How much longer than a batch the rest behind it is: sweeping takes a quarter of the time at the most.
const REST: u32 = 3;

/// The shortest and the longest rest.
const SHORTEST_REST: Duration = Duration::from_millis(5);
const LONGEST_REST: Duration = Duration::from_secs(1);

/// Sweeps now and then, until told to stop.
#[derive(Clone)]
pub struct Retention {
    /// What is swept.
    pub store: Arc<dyn RetentionStore>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// How long deliveries and events are kept, 30 days by default ([`RetentionPeriod`]); nothing keeps them for ever.
    /// Answers under idempotency keys go when they have expired, after 24 h, either way: they are nobody's history.
    pub period: Option<RetentionPeriod>,
}

/// How many rows a sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Deliveries, each with its attempts.
    pub deliveries: u64,
    /// Events.
    pub events: u64,
    /// Webhooks' hours.
    pub hours: u64,
    /// Finished replays.
    pub replays: u64,
    /// Answers under idempotency keys.
    pub answers: u64,
}

impl Retention {
    /// Sweeps at once and then every ten minutes, until `stop` is cancelled. A sweep that fails is begun anew
    /// after a pause that grows.
    pub async fn run(self, stop: CancellationToken) {
        let mut backoff = Backoff::new();
        loop {
            let pause = match self.sweep(&stop).await {
                Ok(removed) => {
                    backoff.reset();
                    if removed != Removed::default() {
                        let Removed { deliveries, events, hours, replays, answers } = removed;
                        tracing::info!(
                            deliveries,
                            events,
                            hours,
                            replays,
                            answers,
                            "removed what was kept long enough"
                        );
                    }
                    SWEEP_EVERY
                }
                Err(error) => {
                    tracing::warn!(%error, "removing what was kept long enough failed; trying again");
                    backoff.next()
                }
            };
            if !self.rest(pause, &stop).await {
                return;
            }
        }
    }

    /// Removes all that has been kept long enough by now, unless `stop` is cancelled on the way: then what is
    /// left is for the next sweep.
    pub async fn sweep(&self, stop: &CancellationToken) -> Result<Removed, StoreError> {
        let now = self.clock.now();
        let mut removed = Removed::default();
        if let Some(cutoff) = self.period.map(|period| period.cutoff(now)) {
            removed.deliveries = self.walk(cutoff, |batch| self.store.remove_deliveries(batch), stop).await?;
            removed.events = self.walk(cutoff, |batch| self.store.remove_events(batch), stop).await?;
            let hours = hours_cutoff(cutoff, now);
            removed.hours = self.drain(|| self.store.remove_hours(hours, BATCH), stop).await?;
            removed.replays = self.drain(|| self.store.remove_replays(cutoff, BATCH), stop).await?;
        }
        let expired_at = idempotency::expired_at(now);
        removed.answers = self.drain(|| self.store.remove_answers(expired_at, BATCH), stop).await?;
        Ok(removed)
    }

    /// Walks over everything older than the cutoff. Answers how much was removed.
    async fn walk<Id: Copy, F>(
        &self,
        cutoff: Timestamp,
        remove: impl Fn(RetentionBatch<Id>) -> F,
        stop: &CancellationToken,
    ) -> Result<u64, StoreError>
    where
        F: Future<Output = Result<RetentionProgress<Id>, StoreError>>,
    {
        let mut batch = RetentionBatch { after: None, cutoff, limit: BATCH };
        let mut removed = 0;
        loop {
            let began = self.clock.now();
            let progress = remove(batch).await?;
            removed += progress.removed;
            batch.after = progress.next;
            if batch.after.is_none() || !self.rest_after(began, stop).await {
                return Ok(removed);
            }
        }
    }

    /// Removes batch after batch until one is not full. Answers how much was removed.
    async fn drain<F>(&self, remove: impl Fn() -> F, stop: &CancellationToken) -> Result<u64, StoreError>
    where
        F: Future<Output = Result<u64, StoreError>>,
    {
        let mut removed = 0;
        loop {
            let began = self.clock.now();
            let some = remove().await?;
            removed += some;
            if some < u64::from(BATCH) || !self.rest_after(began, stop).await {
                return Ok(removed);
            }
        }
    }

    /// Leaves the store to others after a batch that began at this moment. Answers whether to go on.
    async fn rest_after(&self, began: Timestamp, stop: &CancellationToken) -> bool {
        let took = self.clock.now().since(began);
        self.rest(took.saturating_mul(REST).clamp(SHORTEST_REST, LONGEST_REST), stop).await
    }

    /// Answers whether to go on.
    async fn rest(&self, span: Duration, stop: &CancellationToken) -> bool {
        let until = self.clock.now() + span;
        tokio::select! {
            biased;
            () = stop.cancelled() => false,
            () = self.clock.sleep_until(until) => true,
        }
    }
}
