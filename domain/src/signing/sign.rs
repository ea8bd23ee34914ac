//! The sender's side: the signature headers of one attempt.

use super::mac::{TAG_BYTES, Tag, slotflow_tag, standard_tag};
use super::{SLOTFLOW_SIGNATURE, SigningSecret, WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP};
use crate::ids::EventId;
use crate::timestamp::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Length of `,v1=` and a tag in hex.
const SLOTFLOW_SIGNATURE_LENGTH: usize = 4 + 2 * TAG_BYTES;

/// Length of a space, `v1,` and a tag in base64.
const STANDARD_SIGNATURE_LENGTH: usize = 4 + TAG_BYTES.div_ceil(3) * 4;

/// The values of one attempt's signature headers, all visible ASCII.
///
/// Strings of their own, so that an HTTP library can take them over without copying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signatures {
    /// Of [`SLOTFLOW_SIGNATURE`].
    pub slotflow: String,
    /// Of [`WEBHOOK_ID`].
    pub id: String,
    /// Of [`WEBHOOK_TIMESTAMP`].
    pub timestamp: String,
    /// Of [`WEBHOOK_SIGNATURE`].
    pub standard: String,
}

impl Signatures {
    /// The headers by name, in lower case.
    pub fn into_headers(self) -> [(&'static str, String); 4] {
        [
            (SLOTFLOW_SIGNATURE, self.slotflow),
            (WEBHOOK_ID, self.id),
            (WEBHOOK_TIMESTAMP, self.timestamp),
            (WEBHOOK_SIGNATURE, self.standard),
        ]
    }
}

/// Signs an attempt to deliver `body`, made at `at`, with each of `secrets`.
///
/// `secrets` holds the webhook's secret; during the overlap after a rotation also the one before, behind it.
/// With none there is no signature, and no receiver accepts the delivery. `at` counts in whole seconds; each
/// attempt is signed anew, since receivers refuse a signature that is minutes old. `body` must be the bytes
/// as they are sent; they are read in place.
pub fn sign(secrets: &[SigningSecret], event_id: EventId, at: Timestamp, body: &[u8]) -> Signatures {
    let id = event_id.to_string();
    let timestamp = at.as_unix_seconds().to_string();

    let mut slotflow =
        String::with_capacity("t=".len() + timestamp.len() + secrets.len() * SLOTFLOW_SIGNATURE_LENGTH);
    slotflow.push_str("t=");
    slotflow.push_str(&timestamp);
    let mut standard = String::with_capacity(secrets.len() * STANDARD_SIGNATURE_LENGTH);
    for secret in secrets {
        slotflow.push_str(",v1=");
        push_hex(&mut slotflow, &slotflow_tag(secret, &timestamp, body));

        standard.push_str(if standard.is_empty() { "v1," } else { " v1," });
        STANDARD.encode_string(standard_tag(secret, &id, &timestamp, body).as_bytes(), &mut standard);
    }
    Signatures { slotflow, id, timestamp, standard }
}

/// Appends `tag` in lower-case hex.
fn push_hex(text: &mut String, tag: &Tag) {
    let nibbles = tag.as_bytes().iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    text.extend(nibbles.filter_map(|nibble| char::from_digit(nibble.into(), 16)));
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0195a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
    const BODY: &str = r#"{"event":"booking.confirmed","data":{"attendee_name":"Zoë"}}"#;

    // Each with its two tags, computed by another implementation (Python's `hmac`) for the id and body
    // above at second 1773151500. The last one's text is longer than a block of SHA-256.
    const NEW: (&str, &str, &str) = (
        "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "95d6cb47e8178b87e04dad53223cded780c751576ecd376212f4d8e42a54d3bf",
        "AAzmng03xKFWBFKvUy57gCGdYo/4GRtz9dMvDDn6PEI=",
    );
    const OLD: (&str, &str, &str) = (
        "whsec_//79/Pv6+fj39vX08/Lx8O/u7ezr6uno",
        "46e1d25e6bf4806d39b58e05af665b7014adcf4f1ed56ac741b45f1adc6e19a0",
        "jza9pQPGjeO2Rvc9ncUv24GU2HuyPILUdp1S6UI4DQo=",
    );
    const LONG: (&str, &str, &str) = (
        "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==",
        "2aa920d314dae51b1af9fce7d2e570a42ecb0da4a26b0824d6159fabc87a993b",
        "XImunQCOFxJu9VcOpSJZ4mrEpsrhWwbD92jvKVG4gds=",
    );

    fn signed_with(secrets: &[&str]) -> Signatures {
        let secrets: Vec<_> = secrets.iter().map(|text| SigningSecret::parse(text).unwrap()).collect();
        let at = Timestamp::from_millis(1_773_151_500_999).unwrap();
        sign(&secrets, ID.parse().unwrap(), at, BODY.as_bytes())
    }

    #[test]
    fn signatures_match_another_implementation() {
        for (secret, hex, base64) in [NEW, OLD, LONG] {
            let signed = signed_with(&[secret]);
            assert_eq!(signed.slotflow, format!("t=1773151500,v1={hex}"));
            assert_eq!(signed.id, ID);
            assert_eq!(signed.timestamp, "1773151500");
            assert_eq!(signed.standard, format!("v1,{base64}"));
        }
    }

    #[test]
    fn an_overlap_carries_both_signatures_newest_first() {
        let signed = signed_with(&[NEW.0, OLD.0]);
        assert_eq!(signed.slotflow, format!("t=1773151500,v1={},v1={}", NEW.1, OLD.1));
        assert_eq!(signed.standard, format!("v1,{} v1,{}", NEW.2, OLD.2));
    }

    #[test]
    fn each_value_is_allocated_once() {
        let signed = signed_with(&[NEW.0, OLD.0]);
        assert_eq!(signed.slotflow.capacity(), signed.slotflow.len());
        assert_eq!(signed.standard.capacity(), signed.standard.len() + 1);
    }
}
