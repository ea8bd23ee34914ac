//! The secret that an organization shares with one of its receivers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::digest::CtOutput;
use sha2::{Digest, Sha256};
use std::fmt;
use std::ops::RangeInclusive;

const PREFIX: &str = "whsec_";

/// Random bytes in a secret that we make.
const RANDOM_BYTES: usize = 32;

/// Bytes that a secret may decode to: what Standard Webhooks allows.
const KEY_BYTES: RangeInclusive<usize> = 24..=64;

/// Characters behind `whsec_` that hold the longest key.
const MAX_ENCODED: usize = KEY_BYTES.end().div_ceil(3) * 4;

/// What a webhook's deliveries are signed with: `whsec_` and base64 of random bytes.
///
/// `Debug` shows nothing of it, it has no `Display` and is never serialized: the text leaves through
/// [`expose`](Self::expose) alone, where a reader can see it happen. Two compare in constant time.
/// Its memory is not wiped: the text lives on in answers and in the store's buffers, out of reach here.
#[derive(Clone)]
pub struct SigningSecret {
    text: Box<str>,
    /// What the text behind the prefix decodes to; kept, so that signing need not decode it each time.
    key: Box<[u8]>,
}

/// A text that is not a signing secret. It quotes nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be whsec_ followed by padded base64 of 24 to 64 bytes")]
pub struct NotASecret;

impl SigningSecret {
    /// A new secret. `bytes` must come from a cryptographically secure source.
    pub fn from_random(bytes: [u8; RANDOM_BYTES]) -> Self {
        let mut text = String::from(PREFIX);
        STANDARD.encode_string(bytes, &mut text);
        Self { text: text.into_boxed_str(), key: bytes.into() }
    }

    /// Reads a secret, ours or one that an organization brings along.
    ///
    /// Takes 24 to 64 bytes, as Standard Webhooks does, in the one spelling that encoding them gives: standard
    /// alphabet, padded, no stray bits. Since the Slotflow family is keyed by the text itself, a second
    /// spelling of the same bytes would be a second secret.
    pub fn parse(text: &str) -> Result<Self, NotASecret> {
        let encoded = text.strip_prefix(PREFIX).ok_or(NotASecret)?;
        if encoded.len() > MAX_ENCODED {
            return Err(NotASecret);
        }
        let key = STANDARD.decode(encoded).map_err(|_| NotASecret)?;
        if KEY_BYTES.contains(&key.len()) {
            Ok(Self { text: text.into(), key: key.into_boxed_slice() })
        } else {
            Err(NotASecret)
        }
    }

    /// The text as its owner sees it, `whsec_` included.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The bytes that the text behind `whsec_` stands for.
    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }
}

/// Prints nothing of the secret.
impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(..)")
    }
}

/// Compares digests in constant time, so that neither content nor length can be found out by timing.
impl PartialEq for SigningSecret {
    fn eq(&self, other: &Self) -> bool {
        let digest = |secret: &Self| CtOutput::<Sha256>::new(Sha256::digest(secret.text.as_bytes()));
        digest(self) == digest(other)
    }
}

impl Eq for SigningSecret {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn secret_of(bytes: &[u8]) -> String {
        format!("{PREFIX}{}", STANDARD.encode(bytes))
    }

    #[test]
    fn a_made_secret_is_whsec_and_44_characters() {
        let secret = SigningSecret::from_random(std::array::from_fn(|place| place as u8));
        assert_eq!(secret.expose(), "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    }

    #[test]
    fn keys_of_24_to_64_bytes_are_taken() {
        for length in 0..=100 {
            let parsed = SigningSecret::parse(&secret_of(&vec![7; length]));
            assert_eq!(parsed.is_ok(), (24..=64).contains(&length), "{length} bytes");
        }
    }

    #[test]
    fn only_the_one_spelling_is_a_secret() {
        let encoded = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        assert!(SigningSecret::parse(&format!("whsec_{encoded}")).is_ok());
        for text in [
            String::new(),
            "whsec_".to_owned(),
            encoded.to_owned(),
            format!("WHSEC_{encoded}"),
            format!("whsec_whsec_{encoded}"),
            format!(" whsec_{encoded}"),
            format!("whsec_{encoded}\n"),
            format!("whsec_{}", encoded.trim_end_matches('=')),
            format!("whsec_{}9=", encoded.trim_end_matches("8=")),
            format!("whsec_{}", "_".repeat(44)),
            format!("whsec_{}", "é".repeat(22)),
            format!("whsec_{}", "A".repeat(1_000_000)),
        ] {
            assert_eq!(SigningSecret::parse(&text), Err(NotASecret), "{} bytes", text.len());
        }
    }

    #[test]
    fn debug_reveals_nothing() {
        assert_eq!(format!("{:?}", SigningSecret::from_random([7; 32])), "SigningSecret(..)");
    }

    proptest! {
        #[test]
        fn a_made_secret_is_read_back_equal(bytes: [u8; 32]) {
            let made = SigningSecret::from_random(bytes);
            let read = SigningSecret::parse(made.expose()).unwrap();
            prop_assert_eq!(read.key(), &bytes);
            prop_assert_eq!(read, made);
        }

        #[test]
        fn secrets_of_different_bytes_differ(one: [u8; 32], other: [u8; 32]) {
            prop_assume!(one != other);
            prop_assert_ne!(SigningSecret::from_random(one), SigningSecret::from_random(other));
        }

        #[test]
        fn any_text_gets_an_answer(text in "(whsec_)?\\PC{0,100}") {
            if let Ok(secret) = SigningSecret::parse(&text) {
                prop_assert_eq!(secret_of(secret.key()), text);
            }
        }
    }
}
