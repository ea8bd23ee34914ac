//! Taking over what dead instances held.

use crate::ports::{Abandoned, DeliveryQueue, Instances};
use slotflow_domain::Timestamp;
use slotflow_domain::delivery::LeaseDuration;
use std::sync::Arc;
use std::time::Duration;

/// Ends the leases of instances that are dead. The claim that follows finds them like any lease that has ended.
///
/// Nothing depends on it: what fails here is tried again, and meanwhile the leases run out by themselves.
pub(super) struct TakeOver {
    pub(super) queue: Arc<dyn DeliveryQueue>,
    pub(super) instances: Arc<dyn Instances>,
    pub(super) longest: LeaseDuration,
    /// How long the store is left in peace after a failure.
    pub(super) pause: Duration,
    pub(super) failed_at: Option<Timestamp>,
}

impl TakeOver {
    /// Looks whether somebody is dead, which costs nothing as long as nobody is.
    pub(super) async fn look(&mut self, now: Timestamp) {
        let dead = self.instances.dead();
        if dead.is_empty() || self.rests(now) {
            return;
        }
        self.failed_at = None;
        let abandoned = Abandoned { by: dead.clone(), now, longest: self.longest };
        let done = match self.queue.end_leases(abandoned).await {
            // A dead process may have left a transaction that is only just ending, so they are forgotten when nothing is
            // found any more.
            Ok(0) => self.instances.forget(dead).await,
            Ok(deliveries) => {
                let instances = dead.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                tracing::info!(instances, deliveries, "taking over what dead instances were delivering");
                Ok(())
            }
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "taking over from dead instances failed; trying again");
            self.failed_at = Some(now);
        }
    }

    /// Whether the last failure was just now, whichever way the clock was set since.
    fn rests(&self, now: Timestamp) -> bool {
        let apart = |failed_at: Timestamp| now.since(failed_at).max(failed_at.since(now));
        self.failed_at.is_some_and(|failed_at| apart(failed_at) < self.pause)
    }
}
