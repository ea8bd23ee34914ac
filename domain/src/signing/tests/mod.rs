//! Signing and verifying against each other, and against an implementation that is not ours.

mod acceptance;
mod oracle;
mod properties;

use super::*;
use crate::ids::EventId;
use crate::timestamp::Timestamp;
use std::time::Duration;
use uuid::Uuid;

const SLOTFLOW: &[&str] = &[SLOTFLOW_SIGNATURE];
const STANDARD: &[&str] = &[WEBHOOK_ID, WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE];
const BOTH: &[&str] = &[SLOTFLOW_SIGNATURE, WEBHOOK_ID, WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE];
const FAMILIES: [&[&str]; 3] = [SLOTFLOW, STANDARD, BOTH];

const BODY: &[u8] = br#"{"event":"booking.confirmed"}"#;

/// What a receiver gets, with what it takes to check it.
#[derive(Clone, Debug)]
struct Received {
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    now: Timestamp,
}

impl Received {
    fn new(secrets: &[SigningSecret], event_id: EventId, at: Timestamp, body: &[u8]) -> Self {
        let headers = sign(secrets, event_id, at, body).into_headers().into();
        Self { headers, body: body.into(), now: at }
    }

    /// Loses all headers but those named.
    fn with_only(mut self, names: &[&str]) -> Self {
        self.headers.retain(|(name, _)| names.contains(name));
        self
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value.into()));
        self
    }

    fn value(&self, name: &str) -> &str {
        self.headers.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str()).unwrap()
    }

    fn verify(&self, secrets: &[SigningSecret]) -> Result<Verified, VerificationError> {
        self.verify_within(DEFAULT_TOLERANCE, secrets)
    }

    fn verify_within(
        &self,
        tolerance: Duration,
        secrets: &[SigningSecret],
    ) -> Result<Verified, VerificationError> {
        let header = |name: &str| {
            self.headers.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
        };
        verify(header, &self.body, secrets, self.now, tolerance)
    }
}

fn secret(seed: u8) -> SigningSecret {
    SigningSecret::from_random([seed; 32])
}

fn event() -> EventId {
    EventId::new(Uuid::from_u128(0x0195_a1b2_c3d4_7e5f_8a9b_0c1d_2e3f_4a5b))
}

fn at() -> Timestamp {
    Timestamp::from_millis(1_773_151_500_000).unwrap()
}

fn delivery() -> Received {
    Received::new(&[secret(1)], event(), at(), BODY)
}
