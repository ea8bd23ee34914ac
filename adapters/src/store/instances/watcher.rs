//! The task that looks at the locks of the others.
//!
//! A task of its own and not part of the dispatcher's round: the own lock must be taken again within a second or so
//! wherever it was lost, while the dispatcher may be waiting for a slow claim, for a free slot or, after the database was
//! away, for its next try. It costs a small query now and then.

use super::{Findings, locks::Locks};
use crate::store::SqlStore;
use slotflow_domain::instance::{Look, Watch};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// How long until the next try to take the own lock again.
const PERIOD_WITHOUT_LOCK: Duration = Duration::from_millis(250);

pub(super) struct Watcher {
    store: SqlStore,
    locks: Locks,
    watch: Watch,
    findings: Arc<Findings>,
    began: Instant,
    can_see: bool,
}

impl Watcher {
    pub(super) fn new(store: SqlStore, locks: Locks, findings: Arc<Findings>) -> Self {
        let watch = Watch::new(locks.grace());
        Self { store, locks, watch, findings, began: Instant::now(), can_see: true }
    }

    /// Looks, and looks again, until it leaves in order.
    pub(super) async fn run(mut self, leaving: CancellationToken) {
        loop {
            tokio::select! {
                biased;
                () = leaving.cancelled() => break,
                () = sleep(self.until_next_look()) => {}
            }
            // Not to be broken off halfway, or the connection would be lost.
            self.look().await;
        }
        if let Err(error) = self.locks.leave().await {
            tracing::warn!(%error, "leaving failed; the others will find this instance dead");
        }
    }

    /// Looks once.
    pub(super) async fn look(&mut self) {
        let began = self.began.elapsed();
        let seen = self.locks.look().await;
        let could_see = std::mem::replace(&mut self.can_see, matches!(seen, Ok(Some(_))));
        match seen {
            Ok(Some(free)) => self.watch.saw(Look { began, ended: self.began.elapsed(), free }),
            Ok(None) => self.watch.is_blind(),
            Err(error) => {
                self.watch.is_blind();
                // Once, and not as often as it is tried.
                if could_see {
                    tracing::warn!(%error, "whether other instances live cannot be seen; trying again");
                }
            }
        }
        if self.findings.replace(self.watch.dead()) {
            let dead = self.watch.dead().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            tracing::info!(dead, "instances have ended without leaving");
            self.store.wake_up().ring();
        }
    }

    fn until_next_look(&self) -> Duration {
        if !self.can_see {
            return PERIOD_WITHOUT_LOCK;
        }
        let verdict = self.watch.next_verdict().map(|at| at.saturating_sub(self.began.elapsed()));
        let period = self.locks.period();
        verdict.map_or(period, |verdict| verdict.min(period))
    }
}
