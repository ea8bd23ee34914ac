//! Deliberate defects, to prove that the simulation would notice real ones.
//!
//! Each is what a plausible mistake in the product would look like from outside. They live in the
//! simulation's view of the store and the network only: the product has no such switch.

use super::changes::Changes;
use super::world::World;
use slotflow_application::DispatcherSettings;
use slotflow_application::ports::{
    ClaimTerms, Claimed, DeliveryQueue as _, Directory as _, SettleReport, SettleTerms, Settled, Store as _,
    StoreError, UnusedClaim,
};
use slotflow_domain::OrganizationId;
use slotflow_domain::delivery::{AttemptNumber, Settlement};
use slotflow_domain::event::Payload;
use slotflow_domain::webhook::{RegistrationFacts, Webhook};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

macro_rules! defects {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Something deliberately wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Defect { $($(#[$doc])* $name,)* }

        impl Defect {
            /// Every defect.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

defects! {
    /// Outcomes are recorded whatever claim they come from: a slow process overwrites its successor (S6).
    UnfencedSettlement = "unfenced-settlement",
    /// The store's lease is shorter than a request may take: others take over what is on the wire (S6).
    ShortLease = "short-lease",
    /// 60 minutes after the first failure and 5 after the second (S3).
    SwappedDelays = "swapped-delays",
    /// The delay counts from the attempt's beginning, not its end (S3).
    DelayFromStart = "delay-from-start",
    /// What is due two minutes from now is claimed already (S3).
    ClaimedEarly = "claimed-early",
    /// A retry counts twice, so that the second failure is final (S7).
    RetryCountedTwice = "retry-counted-twice",
    /// A success is followed by a retry (S7).
    RetryOnSuccess = "retry-on-success",
    /// Any answer is a success (S7).
    BadAnswerTaken = "bad-answer-taken",
    /// Recording an outcome is reported and sometimes not done (S7).
    SettlementDropped = "settlement-dropped",
    /// Some claims return what somebody else holds (S6).
    ClaimsShared = "claims-shared",
    /// Some claims return what is delivered or failed already (S5).
    FinalReclaimed = "final-reclaimed",
    /// Every attempt calls itself the first (S4).
    AttemptNumberStuck = "attempt-number-stuck",
    /// A lost claim is not counted: a request that kills its process is made for ever (S4).
    LostClaimsUncounted = "lost-claims-uncounted",
    /// Retries carry the payload's JSON written anew (S8).
    BodyRewritten = "body-rewritten",
    /// Claims disregard how many requests a webhook has on the wire (S10).
    WebhookCapOff = "webhook-cap-off",
    /// Deliveries are written after their event, in a transaction of their own that may not come (S1).
    DeliveriesAfterEvent = "deliveries-after-event",
    /// The event is committed apart from its booking, which may not come (S2).
    EventApartFromBooking = "event-apart-from-booking",
    /// The answer under an idempotency key is kept in a transaction of its own, which may not come (S11).
    AnswerKeptApart = "answer-kept-apart",
    /// Clients are answered, and first attempts begin, before the commit (S1).
    AnsweredBeforeCommit = "answered-before-commit",
    /// Events are published to another organization's webhooks too (S9).
    OtherTenantsServed = "other-tenants-served",
    /// Disabled webhooks get no delivery at all instead of a held one (S1).
    DisabledForgotten = "disabled-forgotten",
    /// The plan's limit is checked against a count that is one behind (S9).
    StaleCount = "stale-count",
    /// The human's calendar is not looked at (S2).
    CalendarUnread = "calendar-unread",
    /// Cancelling twice publishes twice (S2).
    CancelledTwice = "cancelled-twice",
    /// Deleting a webhook leaves its waiting deliveries alone (S5).
    DeleteKeepsWaiting = "delete-keeps-waiting",
    /// Disabling a webhook leaves its waiting deliveries alone (S5).
    DisableKeepsWaiting = "disable-keeps-waiting",
    /// Disabling a webhook is answered and not stored (S5).
    DisablingForgotten = "disabling-forgotten",
    /// What has waited for a slot begins without another look at its webhook (S5).
    WaitedUnasked = "waited-unasked",
    /// Enabling a webhook leaves its held deliveries held (L1).
    EnableForgetsHeld = "enable-forgets-held",
    /// There are wake-ups only, no poll, and they get lost (L1).
    PollRemoved = "poll-removed",
    /// A lock that is free for a moment is taken for the end of its process (S6).
    GraceForgotten = "grace-forgotten",
    /// When somebody is dead, what the living hold is taken over too (S6).
    LeasesOfAllEnded = "leases-of-all-ended",
    /// What was lost with its process is never taken over (L1).
    LeasesNeverEnd = "leases-never-end",
}

/// A name that no defect has.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("no such defect")]
pub struct UnknownDefect;

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Defect {
    type Err = UnknownDefect;

    fn from_str(text: &str) -> Result<Self, UnknownDefect> {
        Self::ALL.iter().copied().find(|defect| defect.as_str() == text).ok_or(UnknownDefect)
    }
}

/// How often a defect that comes now and then does, in a million.
const NOW_AND_THEN: u64 = 150_000;

impl Defect {
    /// Settings with this defect.
    pub fn settings(self, settings: DispatcherSettings) -> DispatcherSettings {
        match self {
            Self::PollRemoved => {
                DispatcherSettings { poll_interval: Duration::from_secs(30 * 24 * 60 * 60), ..settings }
            }
            _ => settings,
        }
    }

    /// A claim with this defect.
    pub(super) async fn claim(self, world: &World, mut terms: ClaimTerms) -> Result<Claimed, StoreError> {
        let store = world.store();
        let lease = terms.lease;
        match self {
            Self::ShortLease => terms.lease.until = terms.now + Duration::from_secs(3),
            Self::LeasesNeverEnd => terms.lease.until = slotflow_domain::Timestamp::MAX,
            Self::ClaimedEarly => terms.now = terms.now + Duration::from_secs(120),
            Self::WebhookCapOff => {
                terms.room.per_webhook = usize::MAX;
                terms.room.in_flight = BTreeMap::new();
            }
            Self::LostClaimsUncounted => {
                let lapsed = world.state().oracle.lapsed(terms.now);
                let unused = lapsed.into_iter().map(|(delivery_id, token)| UnusedClaim {
                    delivery_id,
                    token,
                    taken_at: terms.now,
                });
                store.release(unused.collect()).await?;
            }
            _ => {}
        }
        let room = terms.room.total;
        let Claimed { deliveries: mut claimed, lost } = store.claim_due(terms).await?;
        for delivery in &mut claimed {
            delivery.lease = lease;
            match self {
                Self::AttemptNumberStuck => delivery.attempt = AttemptNumber::FIRST,
                Self::BodyRewritten if delivery.attempt > AttemptNumber::FIRST => {
                    delivery.payload = rewritten(&delivery.payload);
                }
                _ => {}
            }
        }
        if matches!(self, Self::ClaimsShared | Self::FinalReclaimed) {
            let mut state = world.state();
            let again = state.dice.chance(NOW_AND_THEN);
            let last = state.oracle.claimed_before.clone();
            if let Some(mut last) = last.filter(|_| again && claimed.len() < room) {
                let wanted = state.oracle.is_final(last.id) == (self == Self::FinalReclaimed);
                if wanted && claimed.iter().all(|delivery| delivery.id != last.id) {
                    last.lease = lease;
                    claimed.push(last);
                }
            }
            if let Some(delivery) = claimed.first() {
                state.oracle.claimed_before = Some(delivery.clone());
            }
        }
        Ok(Claimed { deliveries: claimed, lost })
    }

    /// A settlement with this defect.
    pub(super) async fn settle(
        self,
        world: &World,
        mut settled: Vec<Settled>,
        terms: SettleTerms,
    ) -> Result<SettleReport, StoreError> {
        for outcome in &mut settled {
            let attempt = outcome.attempt.number.get();
            let ended = match outcome.settlement {
                Settlement::Delivered { at } | Settlement::Failed { at, .. } => at,
                Settlement::Retry { failed_at, .. } => failed_at,
            };
            match (self, outcome.settlement) {
                (Self::UnfencedSettlement, _) => {
                    if let Some(token) = world.state().oracle.holding_token(outcome.delivery_id) {
                        outcome.token = token;
                    }
                }
                (Self::SwappedDelays, Settlement::Retry { failed_at, .. }) => {
                    let minutes = if attempt == 1 { 60 } else { 5 };
                    let due = failed_at + Duration::from_secs(minutes * 60);
                    outcome.settlement = Settlement::Retry { failed_at, due };
                }
                (Self::DelayFromStart, Settlement::Retry { failed_at, due }) => {
                    let due = due.saturating_sub(failed_at.since(outcome.attempt.started_at));
                    outcome.settlement = Settlement::Retry { failed_at, due };
                }
                (Self::RetryCountedTwice, Settlement::Retry { .. }) if attempt == 2 => {
                    outcome.settlement = Settlement::Failed { at: ended, webhook_gone: false };
                }
                (Self::RetryOnSuccess, Settlement::Delivered { .. }) if attempt < 3 => {
                    let due = ended + Duration::from_secs(300);
                    outcome.settlement = Settlement::Retry { failed_at: ended, due };
                }
                _ => {}
            }
        }
        if self == Self::SettlementDropped && world.state().dice.chance(NOW_AND_THEN) {
            return Ok(SettleReport::default());
        }
        world.store().settle(settled, terms).await
    }

    /// What this defect lets the registration rule know.
    pub(super) const fn facts(self, facts: RegistrationFacts) -> RegistrationFacts {
        match self {
            Self::StaleCount => RegistrationFacts { registered: facts.registered.saturating_sub(1), ..facts },
            _ => facts,
        }
    }

    /// The webhooks that an event is published to with this defect.
    pub(super) async fn wanting(
        self,
        world: &World,
        organization_id: OrganizationId,
        wanting: &mut Vec<Webhook>,
    ) -> Result<(), StoreError> {
        match self {
            Self::OtherTenantsServed => {
                let others = world.state().organizations.clone();
                for other in others.into_iter().filter(|other| *other != organization_id) {
                    wanting.extend(world.store().webhooks(other).await?);
                }
            }
            Self::DisabledForgotten => {
                wanting.retain(|webhook| webhook.activity.disabled_reason().is_none());
            }
            _ => {}
        }
        Ok(())
    }

    /// The answers of a change that are kept apart from it; they may not come.
    pub(super) async fn keep_apart(world: &World, changes: &Changes) -> Result<(), StoreError> {
        if world.state().dice.chance(NOW_AND_THEN) {
            return Ok(());
        }
        let mut work = world.store().begin().await?;
        for answer in &changes.answers {
            work.keep_answer(answer).await?;
        }
        work.commit().await
    }

    /// The second half of a booking that is committed apart from its event; it may not come.
    pub(super) async fn book_apart(world: &World, changes: &Changes) -> Result<(), StoreError> {
        if world.state().dice.chance(NOW_AND_THEN) {
            return Ok(());
        }
        let mut work = world.store().begin().await?;
        for booking in &changes.bookings {
            if work.lock_booking(booking.organization_id, booking.id).await?.is_none() {
                work.insert_bookings(std::slice::from_ref(booking)).await?;
            }
        }
        work.commit().await
    }
}

/// The same JSON, written by another hand: members in alphabetical order.
fn rewritten(payload: &Payload) -> Payload {
    let parsed: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(payload.as_bytes()).unwrap_or_default();
    Payload::from_stored(serde_json::to_vec(&parsed).unwrap_or_default())
}
