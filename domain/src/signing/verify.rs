//! The receiver's side: is this delivery ours, whole, and fresh?

use super::mac::{TAG_BYTES, Tag, slotflow_tag, standard_tag};
use super::{SLOTFLOW_SIGNATURE, SigningSecret, WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP};
use crate::ids::EventId;
use crate::timestamp::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::time::Duration;

/// How far a delivery's timestamp may lie from the receiver's clock, either way, unless the receiver knows better: 5
/// minutes.
pub const DEFAULT_TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// Parts that are looked at in one signature header; what follows is ignored. A rotation needs three
/// (`t` and two signatures); the rest is room for versions to come, without letting a header cost what it likes.
const MAX_PARTS: usize = 16;

/// A delivery that is what its sender sent, and recent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// When the attempt was made, to the second.
    pub sent_at: Timestamp,
    /// The event's id, to deduplicate by. Only the Standard Webhooks family signs it: without that family
    /// it is absent, and no header may stand in for it.
    pub event_id: Option<EventId>,
}

/// Why a delivery is not to be trusted. All of them deserve a 4xx answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerificationError {
    /// No header of either family.
    #[error("no signature headers")]
    Unsigned,
    /// A header is missing beside others of its family.
    #[error("{header} is missing")]
    Missing {
        /// The header's name, in lower case.
        header: &'static str,
    },
    /// A header is not written as its family demands.
    #[error("{header} is malformed")]
    Malformed {
        /// The header's name, in lower case.
        header: &'static str,
    },
    /// Genuine, but of a moment too long ago: an old delivery that someone sends again, or a clock that is wrong.
    #[error("the timestamp is too old")]
    TooOld,
    /// Genuine, but of a moment too far ahead: a clock is wrong.
    #[error("the timestamp is in the future")]
    InTheFuture,
    /// No signature of a family fits the body, the other headers, and any of the secrets.
    #[error("no signature matches")]
    NoMatch,
    /// The two families are of two attempts.
    #[error("the header families carry different timestamps")]
    TimestampsDiffer,
}

/// Checks a delivery against `secrets`, any of which will do (two, while a receiver takes over a new one).
///
/// `header` looks a header up by its lower-case name, in whatever the receiver keeps headers in; it has to
/// disregard case, as HTTP does. `body` is the request's body byte for byte, before any parsing. `now` is the
/// receiver's clock (`SystemTime::now().into()`); the timestamp may differ from it by `tolerance` (whole
/// seconds) either way, see [`DEFAULT_TOLERANCE`].
///
/// One family is enough, but every family that is there, if only by one of its headers, must verify. Accepting
/// a valid `x-slotflow-signature` beside an invalid `webhook-signature` would let someone replay a recorded
/// delivery under a fresh `webhook-id`, past the receiver's deduplication.
///
/// Versions other than `v1` are ignored, and so is a `v1` that cannot be a signature. Tags are compared
/// whole, in constant time.
///
/// ```
/// use slotflow_domain::signing::{DEFAULT_TOLERANCE, SigningSecret, sign, verify};
/// use slotflow_domain::{EventId, Timestamp};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let secrets = [SigningSecret::parse("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")?];
/// let event_id: EventId = "0195a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b".parse()?;
/// let now = Timestamp::parse_rfc3339("2026-03-10T14:05:00Z")?;
/// let headers = sign(&secrets, event_id, now, b"{}").into_headers();
///
/// // Headers in a list.
/// let header = |name: &str| {
///     headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
/// };
/// let verified = verify(header, b"{}", &secrets, now, DEFAULT_TOLERANCE)?;
/// assert_eq!(verified.event_id, Some(event_id));
/// assert!(verify(header, b"[]", &secrets, now, DEFAULT_TOLERANCE).is_err());
///
/// // In the map of axum and hyper; that of actix has the same methods. A value that is no text is malformed, not missing.
/// # let list = headers;
/// # let mut headers = http::HeaderMap::new();
/// # for (name, value) in list {
/// #     headers.insert(name, value.parse()?);
/// # }
/// let header = |name: &str| Some(headers.get(name)?.to_str().unwrap_or_default());
/// assert_eq!(verify(header, b"{}", &secrets, now, DEFAULT_TOLERANCE)?, verified);
/// # Ok(())
/// # }
/// ```
pub fn verify<'h>(
    header: impl Fn(&str) -> Option<&'h str>,
    body: &[u8],
    secrets: &[SigningSecret],
    now: Timestamp,
    tolerance: Duration,
) -> Result<Verified, VerificationError> {
    let slotflow =
        header(SLOTFLOW_SIGNATURE).map(|signature| verify_slotflow(signature, body, secrets)).transpose()?;

    let standard = [WEBHOOK_ID, WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE].map(&header);
    let standard = if standard.iter().any(Option::is_some) {
        Some(verify_standard(standard, body, secrets)?)
    } else {
        None
    };

    let verified = match (slotflow, standard) {
        (None, None) => return Err(VerificationError::Unsigned),
        (Some(sent_at), None) => Verified { sent_at, event_id: None },
        (Some(sent_at), Some(standard)) if sent_at != standard.sent_at => {
            return Err(VerificationError::TimestampsDiffer);
        }
        (_, Some(standard)) => standard,
    };
    let (now, sent_at) = (now.as_unix_seconds(), verified.sent_at.as_unix_seconds());
    match now.abs_diff(sent_at) <= tolerance.as_secs() {
        true => Ok(verified),
        false if sent_at < now => Err(VerificationError::TooOld),
        false => Err(VerificationError::InTheFuture),
    }
}

/// Checks the Slotflow family and says when the attempt was made.
fn verify_slotflow(
    signature: &str,
    body: &[u8],
    secrets: &[SigningSecret],
) -> Result<Timestamp, VerificationError> {
    let malformed = VerificationError::Malformed { header: SLOTFLOW_SIGNATURE };
    let parts = signature.split(',').take(MAX_PARTS);
    let mut timestamp = None;
    for part in parts.clone() {
        match part.split_once('=') {
            // Two timestamps: which one would be signed?
            Some(("t", _)) if timestamp.is_some() => return Err(malformed),
            Some(("t", seconds)) => timestamp = Some(seconds),
            Some(_) => {}
            None => return Err(malformed),
        }
    }
    let timestamp = timestamp.ok_or(malformed)?;
    let sent_at = read_seconds(timestamp).ok_or(malformed)?;

    let tags = parts.filter_map(|part| part.strip_prefix("v1=")).filter_map(read_hex);
    if any_matches(tags, secrets, |secret| slotflow_tag(secret, timestamp, body)) {
        Ok(sent_at)
    } else {
        Err(VerificationError::NoMatch)
    }
}

/// Checks the Standard Webhooks family; `headers` are its id, timestamp and signature.
fn verify_standard(
    headers: [Option<&str>; 3],
    body: &[u8],
    secrets: &[SigningSecret],
) -> Result<Verified, VerificationError> {
    let missing = |header| VerificationError::Missing { header };
    let malformed = |header| VerificationError::Malformed { header };
    let [id, timestamp, signature] = headers;
    let id = id.ok_or(missing(WEBHOOK_ID))?;
    let event_id = id.parse().map_err(|_| malformed(WEBHOOK_ID))?;
    let timestamp = timestamp.ok_or(missing(WEBHOOK_TIMESTAMP))?;
    let sent_at = read_seconds(timestamp).ok_or(malformed(WEBHOOK_TIMESTAMP))?;
    let parts = signature.ok_or(missing(WEBHOOK_SIGNATURE))?.split(' ').take(MAX_PARTS);
    if parts.clone().any(|part| !part.contains(',')) {
        return Err(malformed(WEBHOOK_SIGNATURE));
    }

    let tags = parts.filter_map(|part| part.strip_prefix("v1,")).filter_map(read_base64);
    if any_matches(tags, secrets, |secret| standard_tag(secret, id, timestamp, body)) {
        Ok(Verified { sent_at, event_id: Some(event_id) })
    } else {
        Err(VerificationError::NoMatch)
    }
}

/// Whether one of `tags` is what one of `secrets` makes. The body is hashed once per secret, not per tag.
fn any_matches(
    tags: impl Iterator<Item = Tag> + Clone,
    secrets: &[SigningSecret],
    expected: impl Fn(&SigningSecret) -> Tag,
) -> bool {
    secrets.iter().map(expected).any(|expected| tags.clone().any(|tag| tag == expected))
}

/// Unix seconds in plain digits.
///
/// The signed text holds these digits as they were sent, so other spellings of a number cannot match anyway.
fn read_seconds(digits: &str) -> Option<Timestamp> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds: i64 = digits.parse().ok()?;
    Timestamp::from_millis(seconds.checked_mul(1_000)?).ok()
}

/// A tag in lower-case hex, and no other spelling of it.
fn read_hex(text: &str) -> Option<Tag> {
    let (pairs, []) = text.as_bytes().as_chunks() else {
        return None;
    };
    let mut bytes = [0; TAG_BYTES];
    if pairs.len() != bytes.len() {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = read_nibble(*high)? << 4 | read_nibble(*low)?;
    }
    Some(Tag::new(bytes.into()))
}

fn read_nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// A tag in padded base64, and no other spelling of it.
fn read_base64(text: &str) -> Option<Tag> {
    let mut bytes = [0; TAG_BYTES];
    match STANDARD.decode_slice(text, &mut bytes) {
        Ok(TAG_BYTES) => Some(Tag::new(bytes.into())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_one_spelling_in_each_family() {
        let hex = "a".repeat(64);
        assert!(read_hex(&hex).is_some());
        for other in [
            hex.to_uppercase(),
            "g".repeat(64),
            "`".repeat(64),
            "a".repeat(63),
            "a".repeat(66),
            "é".repeat(32),
        ] {
            assert!(read_hex(&other).is_none(), "{other}");
        }

        let base64 = format!("{}A=", "A".repeat(42));
        assert!(read_base64(&base64).is_some());
        for other in [
            "A".repeat(43),
            "A".repeat(44),
            format!("{}B=", "A".repeat(42)),
            format!("{}-A=", "A".repeat(41)),
            format!("{base64}="),
            format!("{base64}{base64}"),
        ] {
            assert!(read_base64(&other).is_none(), "{other}");
        }
    }
}
