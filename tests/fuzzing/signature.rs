//! Signature headers: whatever they hold, nothing verifies that was not signed.

use crate::corpus;
use crate::round::rounds;
use slotflow_domain::signing::{
    DEFAULT_TOLERANCE, SLOTFLOW_SIGNATURE, SigningSecret, WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP,
    sign, verify,
};
use slotflow_domain::{EventId, Timestamp};
use std::collections::HashMap;

const BODY: &[u8] = br#"{"event":"booking.confirmed"}"#;
const HEADERS: [&str; 4] = [SLOTFLOW_SIGNATURE, WEBHOOK_ID, WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE];

struct Delivery {
    secrets: [SigningSecret; 2],
    event_id: EventId,
    sent_at: Timestamp,
    headers: HashMap<&'static str, String>,
}

impl Delivery {
    fn signed() -> Self {
        let secrets = [7, 8].map(|byte| SigningSecret::from_random([byte; 32]));
        let event_id = "0195a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b".parse().expect("an identifier");
        let sent_at = Timestamp::parse_rfc3339("2026-03-10T14:05:00Z").expect("a time");
        let headers = sign(&secrets, event_id, sent_at, BODY).into_headers().into_iter().collect();
        Self { secrets, event_id, sent_at, headers }
    }
}

#[test]
fn headers_that_verify_say_what_was_signed() {
    let delivery = Delivery::signed();
    let mut seeds = corpus::lines(include_str!("corpus/signatures.txt"));
    seeds.extend(delivery.headers.values().cloned());
    for mut round in rounds("signature headers", &seeds) {
        let mut accepted = 0;
        while let Some(input) = round.next_input() {
            let text = String::from_utf8_lossy(&input).into_owned();
            let mut headers = delivery.headers.clone();
            let changed = HEADERS[round.rng().usize(..4)];
            headers.insert(changed, text.clone());
            // Now and then one family alone.
            match round.rng().u8(0..4) {
                0 => drop(headers.remove(SLOTFLOW_SIGNATURE)),
                1 => headers.retain(|name, _| *name == SLOTFLOW_SIGNATURE),
                _ => {}
            }
            let header = |name: &str| headers.get(name).map(String::as_str);
            for secrets in [&delivery.secrets[..], &delivery.secrets[..1], &[]] {
                let Ok(verified) = verify(header, BODY, secrets, delivery.sent_at, DEFAULT_TOLERANCE) else {
                    continue;
                };
                accepted += u64::from(secrets.len() == 2);
                assert!(!secrets.is_empty(), "no secret, and yet: {changed}: {text:?}");
                assert_eq!(
                    verified.sent_at.as_unix_seconds(),
                    delivery.sent_at.as_unix_seconds(),
                    "{changed}: {text:?}"
                );
                assert!(verified.event_id.is_none_or(|id| id == delivery.event_id), "{changed}: {text:?}");
            }
        }
        let tried = round.given();
        round.end(tried, accepted);
    }
}

#[test]
fn no_other_body_verifies() {
    let delivery = Delivery::signed();
    for mut round in rounds("signed bodies", &[String::from_utf8_lossy(BODY).into_owned()]) {
        let header = |name: &str| delivery.headers.get(name).map(String::as_str);
        let mut accepted = 0;
        while let Some(body) = round.next_input() {
            let verified =
                verify(header, &body, &delivery.secrets, delivery.sent_at, DEFAULT_TOLERANCE).is_ok();
            assert_eq!(verified, body == BODY, "{:?}", String::from_utf8_lossy(&body));
            accepted += u64::from(verified);
        }
        let tried = round.given();
        round.end(tried, accepted);
    }
}
