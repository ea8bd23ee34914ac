//! API keys: who may act for an organization.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::fmt;

const LIVE: &str = "sk_live_";
const TEST: &str = "sk_test_";

/// Random bytes in a key.
const RANDOM_BYTES: usize = 32;

/// Characters of [`ApiKey::visible_prefix`]: `sk_live_` and six more. They give away 36 of 256 bits.
const VISIBLE_CHARS: usize = LIVE.len() + 6;

/// The text that a client sends as `Authorization: Bearer …`.
///
/// `sk_live_` or `sk_test_` (which behaves the same) and 32 random bytes in URL-safe base64 without
/// padding: 43 characters. It is shown once, when it is made; what is kept is its [`digest`](Self::digest)
/// and its [`visible_prefix`](Self::visible_prefix). `Debug` shows neither.
#[derive(Clone)]
pub struct ApiKey {
    text: Box<str>,
}

/// A text that is not an API key. It says no more, as it answers someone who has no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an API key")]
pub struct NotAnApiKey;

impl ApiKey {
    /// A new live key. `bytes` must come from a cryptographically secure source.
    pub fn from_random(bytes: [u8; RANDOM_BYTES]) -> Self {
        let mut text = String::from(LIVE);
        URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
        Self { text: text.into_boxed_str() }
    }

    /// Reads a key, in its one spelling: no surrounding space, no padding, no stray bits in the last character.
    pub fn parse(text: &str) -> Result<Self, NotAnApiKey> {
        let encoded = text.strip_prefix(LIVE).or_else(|| text.strip_prefix(TEST)).ok_or(NotAnApiKey)?;
        match URL_SAFE_NO_PAD.decode_slice(encoded, &mut [0; RANDOM_BYTES]) {
            Ok(RANDOM_BYTES) => Ok(Self { text: text.into() }),
            _ => Err(NotAnApiKey),
        }
    }

    /// The whole key, for the one answer that shows it.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// What is stored of the key, and what it is found by.
    pub fn digest(&self) -> ApiKeyDigest {
        ApiKeyDigest(Sha256::digest(self.text.as_bytes()).into())
    }

    /// The first characters, such as `sk_live_AbCdEf`: enough to tell keys apart in a listing, useless to
    /// authenticate with.
    pub fn visible_prefix(&self) -> &str {
        self.text.get(..VISIBLE_CHARS).unwrap_or(LIVE)
    }
}

/// Prints nothing of the key.
impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(..)")
    }
}

/// SHA-256 of an [`ApiKey`]'s whole text.
///
/// A fast hash, on purpose: slow ones protect what people choose and others can guess. 32 random bytes
/// cannot be guessed, and a slow hash would only slow every request. For the same reason it needs no salt,
/// so that a key is found by its digest in one look-up; a comparison that stops early tells nothing useful,
/// since nobody can choose a key by its digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ApiKeyDigest([u8; 32]);

impl ApiKeyDigest {
    /// The digest with these bytes, as they were stored.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes, to store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Prints nothing of the digest: logs are not where keys should be matched up.
impl fmt::Debug for ApiKeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeyDigest(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Bytes 224 to 255, encoded and hashed by another implementation (Python's `base64` and `hashlib`).
    const KNOWN: &str = "sk_live_4OHi4-Tl5ufo6err7O3u7_Dx8vP09fb3-Pn6-_z9_v8";
    const KNOWN_DIGEST: &str = "2d32083a498ee7052b8fbf9d6b2a686090cb02c5f509f1973d9727fd70e44d80";

    fn known_bytes() -> [u8; 32] {
        std::array::from_fn(|place| 224 + place as u8)
    }

    #[test]
    fn text_and_digest_match_another_implementation() {
        let key = ApiKey::from_random(known_bytes());
        assert_eq!(key.expose(), KNOWN);
        let digest: String = key.digest().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, KNOWN_DIGEST);
    }

    #[test]
    fn a_listing_shows_the_kind_and_six_characters() {
        assert_eq!(ApiKey::parse(KNOWN).unwrap().visible_prefix(), "sk_live_4OHi4-");
        let test_key = KNOWN.replace("live", "test");
        assert!(ApiKey::parse(&test_key).unwrap().visible_prefix().starts_with("sk_test_"));
    }

    #[test]
    fn only_the_one_spelling_is_a_key() {
        let random = KNOWN.strip_prefix(LIVE).unwrap();
        for text in [
            String::new(),
            LIVE.to_owned(),
            random.to_owned(),
            format!("sk_prod_{random}"),
            format!("SK_LIVE_{random}"),
            format!("sk_live_sk_live_{random}"),
            format!(" {KNOWN}"),
            format!("{KNOWN}\n"),
            format!("{KNOWN}="),
            format!("{KNOWN}A"),
            KNOWN.chars().take(KNOWN.len() - 1).collect(),
            format!("sk_live_{}", "A".repeat(1_000_000)),
            format!("sk_live_{}", "+".repeat(43)),
            format!("sk_live_{}é", "A".repeat(41)),
            // Zeros but for the two bits that the last character cannot use.
            format!("sk_live_{}B", "A".repeat(42)),
        ] {
            assert_eq!(ApiKey::parse(&text).err(), Some(NotAnApiKey), "{}", text.len());
        }
    }

    #[test]
    fn debug_reveals_nothing() {
        let key = ApiKey::from_random(known_bytes());
        assert_eq!(format!("{key:?} {:?}", key.digest()), "ApiKey(..) ApiKeyDigest(..)");
    }

    proptest! {
        #[test]
        fn a_made_key_is_read_back_with_the_same_digest(bytes: [u8; 32]) {
            let made = ApiKey::from_random(bytes);
            let read = ApiKey::parse(made.expose()).unwrap();
            prop_assert_eq!(read.expose(), made.expose());
            prop_assert_eq!(read.digest(), made.digest());
        }

        #[test]
        fn a_changed_character_is_another_key_or_none(bytes: [u8; 32], place in 0_usize..51, other in "[ -~]") {
            let made = ApiKey::from_random(bytes);
            let mut changed = made.expose().to_owned();
            changed.replace_range(place..=place, &other);
            prop_assume!(changed != made.expose());
            if let Ok(read) = ApiKey::parse(&changed) {
                prop_assert_ne!(read.digest(), made.digest());
            }
        }

        #[test]
        fn any_text_gets_an_answer(text in "(sk_live_|sk_test_)?\\PC{0,60}") {
            if let Ok(key) = ApiKey::parse(&text) {
                prop_assert_eq!(key.visible_prefix().len(), VISIBLE_CHARS);
            }
        }
    }
}
