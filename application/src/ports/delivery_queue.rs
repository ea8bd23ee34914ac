//! The waiting deliveries.

use super::{EndedAttempt, StoreError};
use crate::Announcer;
use async_trait::async_trait;
use slotflow_domain::delivery::{
    Attempt, ClaimToken, ClaimedDelivery, DeliveryStatus, Lease, LeaseDuration, RetryPolicy, Settlement,
};
use slotflow_domain::event::{EventType, TraceContext};
use slotflow_domain::health::AutoDisable;
use slotflow_domain::instance::InstanceNumber;
use slotflow_domain::webhook::DisabledReason;
use slotflow_domain::{DeliveryId, EventId, OrganizationId, Timestamp, WebhookId};
use std::collections::BTreeMap;

/// The waiting deliveries, as a queue that survives its readers.
///
/// Apart from units of work because it is the hot path: everything is done in batches.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait DeliveryQueue: Send + Sync {
    /// Takes due deliveries, oldest due first, as far as there is room.
    ///
    /// Each goes through [`Progress::claim`](slotflow_domain::delivery::Progress::claim) and what that
    /// says is stored: granted ones are returned, those of disabled or deleted webhooks are held or
    /// cancelled, and those lost too often end their attempt, which is returned too, and counts and is
    /// announced as in [`settle`](Self::settle). Two callers never hold the same delivery at
    /// once; a taken one returns by itself when its lease ends. What needs a key to its webhook's secrets that is not
    /// here is left to those who have it.
    ///
    /// What was stored before an error is answered all the same.
    async fn claim_due(&self, terms: ClaimTerms) -> Result<Claimed, StoreError>;

    /// Writes what became of claimed deliveries, all or none; may be called again after an error.
    ///
    /// A delivery whose claim has passed to someone else is left as it is and named in the answer. What is
    /// written counts in its webhook's hours ([`WebhookHour`](slotflow_domain::health::WebhookHour)). A webhook
    /// that is gone is disabled in the same step; one that has failed for too long in it or right after.
    /// Deliveries that fail and webhooks that are disabled are announced in the transaction that makes them so.
    async fn settle(&self, settled: Vec<Settled>, terms: SettleTerms) -> Result<SettleReport, StoreError>;

    /// Gives back claims that were not used, as if they had never been taken. Stale ones are passed over.
    async fn release(&self, claims: Vec<UnusedClaim>) -> Result<(), StoreError>;

    /// Ends the leases of claims that dead instances have made, as far as
    /// [`Progress::abandoned_by`](slotflow_domain::delivery::Progress::abandoned_by) says: the deliveries are due then, and
    /// nothing else in them changes. An instance that has its lock at this moment after all is passed over. Waits for nobody, so that one which somebody else is just writing may be passed over.
    /// Answers how many it was.
    async fn end_leases(&self, abandoned: Abandoned) -> Result<u64, StoreError>;

    /// The first moment later than `moment` at which a delivery becomes due or a lease ends. Nothing if none
    /// does.
    async fn next_due_after(&self, moment: Timestamp) -> Result<Option<Timestamp>, StoreError>;

    /// Whether the webhook is active, no earlier than at the moment of the question: asked before an attempt that did not
    /// begin right behind its claim.
    async fn is_active(&self, webhook_id: WebhookId) -> Result<bool, StoreError>;

    /// Returns when deliveries may have become due since the last return. A wake-up may come for nothing, and
    /// one may be missed (another process's, say): it is speed, not truth. May be dropped at any time.
    async fn woken(&self);

    /// Wakes whoever waits in [`woken`](Self::woken): for deliveries that were committed without the store's knowing, in
    /// a transaction of somebody else's.
    fn ring(&self) {}
}

/// What a claim asks for.
#[derive(Clone, Debug)]
pub struct ClaimTerms {
    /// The moment up to which deliveries are due.
    pub now: Timestamp,
    /// The lease they are taken under. One token serves a batch: a settlement shows it together with the
    /// delivery's id.
    pub lease: Lease,
    /// How many may be taken.
    pub room: Room,
    /// What a lost attempt is followed by.
    pub policy: RetryPolicy,
    /// Tells organizations of deliveries that fail for being lost.
    pub announcer: Announcer,
}

/// What a claim came to.
#[derive(Clone, Debug, Default)]
pub struct Claimed {
    /// The deliveries that were taken: an attempt of each is for the caller to make.
    pub deliveries: Vec<ClaimedDelivery>,
    /// The attempts that ended because they had been lost too often.
    pub lost: Vec<LostAttempt>,
}

/// Deliveries that were taken, and no attempt lost.
impl From<Vec<ClaimedDelivery>> for Claimed {
    fn from(deliveries: Vec<ClaimedDelivery>) -> Self {
        Self { deliveries, lost: Vec::new() }
    }
}

/// An attempt that is recorded as failed, as too many of its leases ended without an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostAttempt {
    /// Whose delivery it was of.
    pub organization_id: OrganizationId,
    /// The webhook it went to.
    pub webhook_id: WebhookId,
    /// The event it brought.
    pub event_id: EventId,
    /// The delivery.
    pub delivery_id: DeliveryId,
    /// What caused the event, if that is being traced.
    pub cause: Option<TraceContext>,
    /// The attempt as the log keeps it; its outcome is always [`Lost`](slotflow_domain::delivery::AttemptOutcome::Lost).
    pub attempt: Attempt,
    /// What the delivery has come to: failed if that was its last attempt, else pending again, or what its
    /// webhook makes of that.
    pub status: DeliveryStatus,
}

impl LostAttempt {
    /// The attempt as any other that is over.
    pub const fn ended(&self) -> EndedAttempt<'_> {
        EndedAttempt {
            organization_id: self.organization_id,
            webhook_id: self.webhook_id,
            event_id: self.event_id,
            delivery_id: self.delivery_id,
            number: self.attempt.number,
            started_at: self.attempt.started_at,
            cause: self.cause,
            span: None,
            report: &self.attempt.report,
        }
    }
}

/// What follows from outcomes beyond their deliveries.
#[derive(Clone, Debug)]
pub struct SettleTerms {
    /// When a webhook whose every attempt fails is disabled; never if there is no rule.
    pub auto_disable: Option<AutoDisable>,
    /// Tells organizations of deliveries that fail and webhooks that are disabled.
    pub announcer: Announcer,
}

/// How many deliveries may be taken: no more than can be started now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// Of all webhooks together.
    pub total: usize,
    /// Of any one webhook, those in `in_flight` included.
    pub per_webhook: usize,
    /// How many requests each webhook has on the wire already.
    pub in_flight: BTreeMap<WebhookId, usize>,
}

impl Room {
    /// How many more of this webhook's deliveries may be taken.
    pub fn for_webhook(&self, id: WebhookId) -> usize {
        self.per_webhook.saturating_sub(self.in_flight.get(&id).copied().unwrap_or(0))
    }

    /// The webhooks that have their share already.
    pub fn full_webhooks(&self) -> impl Iterator<Item = WebhookId> {
        self.in_flight.iter().filter(|(_, count)| **count >= self.per_webhook).map(|(id, _)| *id)
    }
}

/// What became of a claimed delivery.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The delivery.
    pub delivery_id: DeliveryId,
    /// Its webhook.
    pub webhook_id: WebhookId,
    /// The type of the event that it brings.
    pub event_type: EventType,
    /// The claim that the attempt was made under.
    pub token: ClaimToken,
    /// The attempt, for the log.
    pub attempt: Attempt,
    /// What follows from it.
    pub settlement: Settlement,
}

/// A claim that was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnusedClaim {
    /// The delivery.
    pub delivery_id: DeliveryId,
    /// The claim on it.
    pub token: ClaimToken,
    /// When it was claimed: since then it is due.
    pub taken_at: Timestamp,
}

/// Claims that nobody is left to settle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abandoned {
    /// The instances that made them, which are dead.
    pub by: Vec<InstanceNumber>,
    /// When their leases are to end, unless they have ended before.
    pub now: Timestamp,
    /// The longest that a lease of theirs may be.
    pub longest: LeaseDuration,
}

/// What a settlement came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettleReport {
    /// Deliveries whose claim had passed to someone else; nothing was changed in them.
    pub stale: Vec<DeliveryId>,
    /// Webhooks that were disabled for what came of their deliveries, and why.
    pub disabled: Vec<(WebhookId, DisabledReason)>,
}
