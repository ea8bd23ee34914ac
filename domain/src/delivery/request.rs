//! What a receiver is sent.

use super::{AttemptNumber, Lease};
use crate::event::{EventType, Payload, Sequence, TraceContext};
use crate::signing::{Signatures, SigningSecret, WEBHOOK_ID, sign};
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
    /// What caused the event, if that is being traced.
    pub trace_context: Option<TraceContext>,
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
        let subject = AttemptSubject {
            delivery_id: self.id,
            event_id: self.event_id,
            event_type: &self.event_type,
            sequence: self.sequence,
            attempt: self.attempt,
        };
        AttemptRequest {
            url: self.url.clone(),
            headers: subject.headers(Some(signatures)),
            body: self.payload.clone(),
        }
    }
}

impl AttemptRequest {
    /// The same request, which tells its receiver what span of which trace it is.
    #[must_use]
    pub fn within(mut self, span: TraceContext) -> Self {
        self.headers.push((TraceContext::HEADER, span.to_string()));
        self
    }
}

/// What the headers of an attempt tell of it.
#[derive(Clone, Debug)]
pub struct AttemptSubject<'a> {
    /// The delivery.
    pub delivery_id: DeliveryId,
    /// The event that it brings.
    pub event_id: EventId,
    /// The event's type.
    pub event_type: &'a EventType,
    /// The event's place among its booking's events.
    pub sequence: Sequence,
    /// Which attempt it is.
    pub attempt: AttemptNumber,
}

impl AttemptSubject<'_> {
    /// The headers that do not change from one making of the attempt to the next: all but the signatures and
    /// their timestamp. For whoever looks into a delivery later; nothing is ever sent like this.
    pub fn lasting_headers(&self) -> Vec<(&'static str, String)> {
        self.headers(None)
    }

    fn headers(&self, signatures: Option<Signatures>) -> Vec<(&'static str, String)> {
        let mut headers = Vec::with_capacity(10);
        headers.push(("content-type", "application/json".to_owned()));
        headers.push(("user-agent", USER_AGENT.to_owned()));
        match signatures {
            Some(signatures) => headers.extend(signatures.into_headers()),
            None => headers.push((WEBHOOK_ID, self.event_id.to_string())),
        }
        headers.push(("x-slotflow-event", self.event_type.to_string()));
        headers.push(("x-slotflow-delivery", self.delivery_id.to_string()));
        headers.push(("x-slotflow-attempt", self.attempt.to_string()));
        headers.push(("x-slotflow-sequence", self.sequence.0.to_string()));
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::{UrlRules, WebhookUrl};
    use uuid::Uuid;

    fn claimed(now: Timestamp) -> ClaimedDelivery {
        ClaimedDelivery {
            id: DeliveryId::new(Uuid::from_u128(1)),
            organization_id: OrganizationId::new(Uuid::from_u128(2)),
            webhook_id: WebhookId::new(Uuid::from_u128(3)),
            lease: Lease { token: super::super::ClaimToken::new(Uuid::from_u128(4)), until: now },
            attempt: AttemptNumber::FIRST.next(),
            url: WebhookUrl::parse("https://receiver.dev/", &UrlRules::strict()).unwrap(),
            secrets: vec![SigningSecret::from_random([7; 32])],
            event_id: EventId::new(Uuid::from_u128(5)),
            event_type: EventType::BOOKING_CANCELLED,
            sequence: Sequence(2),
            payload: Payload::from_stored(b"{}".to_vec()),
            trace_context: None,
        }
    }

    #[test]
    fn a_request_tells_its_span_in_one_header_and_nowhere_else() {
        let now = Timestamp::parse_rfc3339("2026-03-10T14:05:00Z").unwrap();
        let span = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let plain = claimed(now).request(now);
        let mut traced = plain.clone().within(span.parse().unwrap());
        assert_eq!(traced.headers.pop(), Some(("traceparent", span.to_owned())));
        assert_eq!(traced.headers, plain.headers);
        assert_eq!(traced.body, plain.body);
    }

    #[test]
    fn what_lasts_of_a_request_is_all_but_its_signatures() {
        let now = Timestamp::parse_rfc3339("2026-03-10T14:05:00Z").unwrap();
        let claimed = claimed(now);
        let subject = AttemptSubject {
            delivery_id: claimed.id,
            event_id: claimed.event_id,
            event_type: &claimed.event_type,
            sequence: claimed.sequence,
            attempt: claimed.attempt,
        };
        let mut sent = claimed.request(now).headers;
        sent.retain(|(name, _)| !name.contains("signature") && *name != "webhook-timestamp");
        assert_eq!(subject.lasting_headers(), sent);
        assert_eq!(sent.len(), 7);
    }
}
