//! Watching deliveries being made.

use super::{LostAttempt, StoreError};
use slotflow_domain::delivery::{AttemptNumber, AttemptReport};
use slotflow_domain::event::TraceContext;
use slotflow_domain::webhook::DisabledReason;
use slotflow_domain::{DeliveryId, EventId, OrganizationId, Timestamp, WebhookId};

/// Told of what a dispatcher does, as it does it: for metrics, or whatever an embedding service counts.
///
/// Called on the hot path: it must return at once, and cannot change what happens. Every method does nothing by
/// default. How long the store takes it is not told: whoever wants to know measures around the
/// [`DeliveryQueue`](super::DeliveryQueue).
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
pub trait DeliveryObserver: Send + Sync {
    /// An attempt is over; its outcome is not recorded yet.
    fn attempt_ended<'a>(&self, attempt: &EndedAttempt<'a>) {
        let _ = attempt;
    }

    /// An attempt was lost too often and is recorded as failed: whoever began it, here or elsewhere, has told nothing
    /// of its end. It is in no [`settled`](Self::settled).
    fn attempt_lost(&self, attempt: &LostAttempt) {
        let _ = attempt;
    }

    /// Due deliveries were looked for, and so many taken.
    fn claimed(&self, deliveries: usize) {
        let _ = deliveries;
    }

    /// Outcomes were recorded.
    fn settled(&self, settlement: SettlementMade) {
        let _ = settlement;
    }

    /// So many claims were given back unused.
    fn given_back(&self, claims: usize) {
        let _ = claims;
    }

    /// A webhook was disabled by what came of its deliveries.
    fn webhook_disabled(&self, id: WebhookId, reason: DisabledReason) {
        let _ = (id, reason);
    }

    /// The store failed; what was asked of it is tried again or ends with its lease.
    fn store_failed(&self, operation: QueueOperation, error: &StoreError) {
        let _ = (operation, error);
    }
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObserver;

impl DeliveryObserver for NoObserver {}

/// An attempt that is over.
#[derive(Clone, Copy, Debug)]
pub struct EndedAttempt<'a> {
    /// Whose delivery it was of.
    pub organization_id: OrganizationId,
    /// The webhook it went to.
    pub webhook_id: WebhookId,
    /// The event it brought.
    pub event_id: EventId,
    /// The delivery.
    pub delivery_id: DeliveryId,
    /// Which attempt it was.
    pub number: AttemptNumber,
    /// When it began.
    pub started_at: Timestamp,
    /// What caused the event, if that is being traced.
    pub cause: Option<TraceContext>,
    /// The span below it that the attempt is.
    pub span: Option<TraceContext>,
    /// What came of it.
    pub report: &'a AttemptReport,
}

/// A batch of outcomes that was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SettlementMade {
    /// Deliveries that have arrived.
    pub delivered: usize,
    /// Deliveries that have failed for good.
    pub failed: usize,
    /// Deliveries that are to be tried again, once their webhook may be sent to.
    pub to_retry: usize,
    /// Outcomes that came after their claim had passed to someone else, and were dropped.
    pub stale: usize,
}

impl SettlementMade {
    /// How many outcomes it had.
    pub const fn outcomes(&self) -> usize {
        self.delivered + self.failed + self.to_retry + self.stale
    }
}

/// What a dispatcher asks of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueueOperation {
    /// Taking what is due.
    Claim,
    /// Recording outcomes.
    Settle,
    /// Giving claims back.
    Release,
    /// Asking when the next delivery is due.
    NextDue,
    /// Ending the leases of dead instances.
    EndLeases,
}

impl QueueOperation {
    /// Every operation.
    pub const ALL: [Self; 5] = [Self::Claim, Self::Settle, Self::Release, Self::NextDue, Self::EndLeases];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Settle => "settle",
            Self::Release => "release",
            Self::NextDue => "next_due",
            Self::EndLeases => "end_leases",
        }
    }
}
