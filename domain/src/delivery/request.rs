//! What a receiver is sent.

use super::{AttemptNumber, Lease};
use crate::event::{EventType, Payload, Sequence};
use crate::signing::{SigningSecret, sign};
use crate::webhook::WebhookUrl;
use crate::{DeliveryId, EventId, OrganizationId, Timestamp, WebhookId};

/// A delivery that was claimed, with all that its attempt needs.
#[derive(Clone, Debug)]
pub struct ClaimedDelivery {
    /// The delivery.
    pub id: DeliveryId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The webhook that it goes to.
    pub webhook_id: WebhookId,
    /// The claim that it is made under.
    pub lease: Lease,
    /// Which attempt is to be made.
    pub attempt: AttemptNumber,
    /// Where to.
    pub url: WebhookUrl,
    /// What to sign with: the current secret, and its predecessor until their overlap ends.
    pub secrets: Vec<SigningSecret>,
    /// The event that it brings.
    pub event_id: EventId,
    /// The event's type.
    pub event_type: EventType,
    /// The event's place among its booking's events.
    pub sequence: Sequence,
    /// The event's bytes.
    pub payload: Payload,
}

/// One POST: where to, with which headers, and which bytes.
#[derive(Clone, Debug)]
pub struct AttemptRequest {
    /// Where to.
    pub url: WebhookUrl,
    /// Names in lower case, and values of visible ASCII.
    pub headers: Vec<(&'static str, String)>,
    /// The event's bytes.
    pub body: Payload,
}

/// What we call ourselves to receivers.
pub const USER_AGENT: &str = concat!("Slotflow-Webhooks/", env!("CARGO_PKG_VERSION"));

impl ClaimedDelivery {
    /// The request of the attempt that starts at `at`. Header values are made of enums, UUIDs and numbers
    /// only, so that nothing a tenant wrote can become a header.
    pub fn request(&self, at: Timestamp) -> AttemptRequest {
        let signatures = sign(&self.secrets, self.event_id, at, self.payload.as_bytes());
        let mut headers = Vec::with_capacity(10);
        headers.push(("content-type", "application/json".to_owned()));
        headers.push(("user-agent", USER_AGENT.to_owned()));
        headers.extend(signatures.into_headers());
        headers.push(("x-slotflow-event", self.event_type.to_string()));
        headers.push(("x-slotflow-delivery", self.id.to_string()));
        headers.push(("x-slotflow-attempt", self.attempt.to_string()));
        headers.push(("x-slotflow-sequence", self.sequence.0.to_string()));
        AttemptRequest { url: self.url.clone(), headers, body: self.payload.clone() }
    }
}
