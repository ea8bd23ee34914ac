//! First attempts, which need no claim of their own.

use super::attempt::AttemptMaker;
use super::slots::{Slot, Slots};
use crate::ports::Entropy;
use slotflow_domain::delivery::{ClaimedDelivery, Lease};
use slotflow_domain::{Timestamp, WebhookId};
use std::sync::Arc;

/// Lets whoever publishes an event begin its first attempts right after the commit, on a running dispatcher's
/// sending slots.
///
/// A reservation is only given while a slot is free, or will be long before the lease ends; and never the last quarter of
/// the slots, so that a stream of new events leaves room for what waits.
#[derive(Clone)]
pub struct FirstAttempts(Option<Running>);

#[derive(Clone)]
pub(super) struct Running {
    pub(super) slots: Slots,
    pub(super) maker: Arc<AttemptMaker>,
}

/// A sending slot, and the lease of the delivery that will use it. Free again when dropped.
pub struct Reservation {
    slot: Slot,
    lease: Lease,
    maker: Arc<AttemptMaker>,
}

impl FirstAttempts {
    /// Of no dispatcher: every delivery is left to whichever dispatcher finds it.
    pub const fn none() -> Self {
        Self(None)
    }

    pub(super) const fn of(running: Running) -> Self {
        Self(Some(running))
    }

    /// A slot for a delivery to this webhook, leased from `now` on; nothing if the dispatcher is not running or
    /// has none to spare.
    pub(crate) fn reserve(
        &self,
        webhook_id: WebhookId,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Option<Reservation> {
        let Running { slots, maker } = self.0.as_ref()?;
        let slot = slots.reserve(webhook_id)?;
        let lease = maker.lease(entropy, now);
        Some(Reservation { slot, lease, maker: Arc::clone(maker) })
    }
}

impl Reservation {
    /// What the delivery must be stored with.
    pub(crate) const fn lease(&self) -> Lease {
        self.lease
    }

    /// Makes the attempt, aside.
    pub(crate) fn begin(self, delivery: ClaimedDelivery) {
        let Self { mut slot, maker, .. } = self;
        tokio::spawn(async move {
            // Since the commit: how long that took says nothing of the slots.
            let waits_since = slot.is_waited_for().then(|| maker.clock.now());
            // Whoever says late that he has committed may say so after the webhook was deleted.
            let is_late = maker.clock.now().since(maker.settings.lease.began(delivery.lease))
                > AttemptMaker::LONGEST_WAIT;
            let may_begin = slot.is_there().await
                && match waits_since {
                    None if is_late => maker.activity.is_active(delivery.webhook_id).await,
                    None => true,
                    Some(since) => maker.may_begin(&delivery, since).await,
                };
            if may_begin {
                slot.free(maker.make(delivery).await);
            } else {
                maker.unused_claims.give_back(maker.unused(&delivery)).await;
            }
        });
    }
}
