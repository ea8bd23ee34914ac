//! Deliveries: one event on its way to one webhook.
//!
//! ```text
//!             claim (due)             2xx
//!  pending ───────────────► delivering ──► delivered
//!    ▲  ▲   failure, attempts left │ │  410 / last attempt failed
//!    │  └──────────────────────────┘ └────► failed
//!    │ enabled   lease ended: same attempt again
//!  held ◄── webhook disabled         webhook deleted: pending, held ──► cancelled
//! ```
//!
//! [`Progress`] is that picture as code. It is the only place that decides what becomes of a delivery;
//! stores keep what it says, and the dispatcher carries it out.

mod attempt;
mod exchange;
mod jitter;
mod lease;
mod progress;
mod repeat;
mod replay;
mod request;
mod retry_policy;
mod settlement;

pub use attempt::{
    Attempt, AttemptNumber, AttemptOutcome, AttemptReport, AttemptResponse, MAX_ERROR_CHARACTERS,
    NotAnAttemptNumber, UnknownOutcome, Verdict,
};
pub use exchange::{Exchange, Phases};
pub use jitter::{BadJitter, Draw, Jitter};
pub use lease::{ClaimToken, Lease, LeaseDuration, LeaseTooShort};
pub use progress::{Claim, DeliveryState, DeliveryStatus, Progress, StaleClaim, UnknownStatus};
pub use repeat::NotRepeatable;
pub use replay::{
    EventPlace, FinalStatus, Replay, ReplaySelection, ReplaySpan, ReplayStretch, UnknownFinalStatus,
};
pub use request::{AttemptRequest, AttemptSubject, ClaimedDelivery, USER_AGENT};
pub use retry_policy::{BadRetryPolicy, RetryPolicy};
pub use settlement::Settlement;

use crate::webhook::{Webhook, WebhookStanding};
use crate::{DeliveryId, Event, EventId, OrganizationId, Timestamp, WebhookId};

/// One event on its way to one webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its identifier.
    pub id: DeliveryId,
    /// Whose delivery it is.
    pub organization_id: OrganizationId,
    /// Where it goes.
    pub webhook_id: WebhookId,
    /// What it brings.
    pub event_id: EventId,
    /// How far it has come.
    pub progress: Progress,
    /// The delivery of the same event that this one repeats, if it was asked for by hand.
    pub retry_of: Option<DeliveryId>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Delivery {
    /// The delivery of a new event to one webhook that wants it: due at once, or held where the webhook
    /// is disabled, so that nothing vanishes.
    pub fn of_event(id: DeliveryId, event: &Event, webhook_id: WebhookId, standing: WebhookStanding) -> Self {
        Self {
            id,
            organization_id: event.organization_id,
            webhook_id,
            event_id: event.id,
            progress: Progress::first(standing, event.created_at),
            retry_of: None,
            created_at: event.created_at,
        }
    }

    /// Claims this new delivery to an active webhook under `lease` before it is stored, and answers all that its first
    /// attempt needs. Nothing if the webhook's secrets cannot be read: then the delivery stays as it is, for whoever
    /// can read them.
    pub fn claim_at_birth(
        &mut self,
        event: &Event,
        webhook: &Webhook,
        lease: Lease,
    ) -> Option<ClaimedDelivery> {
        let claimed = self.claimed(event, webhook, lease, self.created_at)?;
        self.progress = Progress::claimed_first(lease);
        Some(claimed)
    }

    /// This delivery as it was claimed under `lease` at `now`, with all that its attempt needs of its event and
    /// webhook. Nothing if there is nothing to sign it with, as the webhook's secrets cannot be read.
    pub fn claimed(
        &self,
        event: &Event,
        webhook: &Webhook,
        lease: Lease,
        now: Timestamp,
    ) -> Option<ClaimedDelivery> {
        Some(ClaimedDelivery {
            id: self.id,
            organization_id: self.organization_id,
            webhook_id: self.webhook_id,
            lease,
            attempt: self.progress.next_attempt(),
            url: webhook.url.clone(),
            secrets: webhook.secrets.signing_at(now)?,
            event_id: event.id,
            event_type: event.event_type.clone(),
            sequence: event.sequence,
            payload: event.payload.clone(),
            trace_context: event.trace_context,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EventCatalog, EventData, EventSet};
    use crate::signing::{SigningSecret, WebhookSecrets};
    use crate::webhook::{UrlRules, WebhookActivity, WebhookUrl};
    use uuid::Uuid;

    #[test]
    fn a_delivery_that_cannot_be_signed_is_not_claimed_at_birth() {
        let now = Timestamp::parse_rfc3339("2026-03-10T14:05:00Z").unwrap();
        let organization_id = OrganizationId::new(Uuid::from_u128(1));
        let event =
            Event::of_test(EventId::new(Uuid::from_u128(2)), organization_id, EventData::empty(), now);
        let secret = SigningSecret::from_random([7; 32]);
        let mut webhook = Webhook {
            id: WebhookId::new(Uuid::from_u128(3)),
            organization_id,
            url: WebhookUrl::parse("https://receiver.dev/", &UrlRules::strict()).unwrap(),
            events: EventSet::parse(&["booking.confirmed"], &EventCatalog::bookings()).unwrap(),
            secrets: WebhookSecrets::UNREADABLE,
            activity: WebhookActivity::Active,
            active_since: now,
            created_at: now,
        };
        let new = Delivery::of_event(
            DeliveryId::new(Uuid::from_u128(4)),
            &event,
            webhook.id,
            webhook.activity.standing(),
        );
        let lease = Lease { token: ClaimToken::new(Uuid::from_u128(5)), until: now };
        let mut delivery = new.clone();
        assert!(delivery.claim_at_birth(&event, &webhook, lease).is_none());
        assert_eq!(delivery, new, "it waits");

        webhook.secrets = secret.clone().into();
        let claimed = delivery.claim_at_birth(&event, &webhook, lease).unwrap();
        assert_eq!((claimed.secrets, claimed.attempt), (vec![secret], AttemptNumber::FIRST));
        assert_eq!(delivery.progress.state(), DeliveryState::Delivering { lease });
    }
}
