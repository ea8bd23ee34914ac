//! The text by which a client marks repetitions of one request.

use crate::Rejection;
use std::fmt;

/// What a client sends as `Idempotency-Key`: 1 to 255 visible ASCII characters, with one meaning per
/// organization. `Debug` shows none of them: clients make keys of what they like, order numbers included.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdempotencyKey(Box<str>);

impl IdempotencyKey {
    /// What the header is called, in refusals too.
    pub const HEADER: &'static str = "Idempotency-Key";

    /// Most characters in a key.
    pub const MAX_LENGTH: usize = 255;

    /// Reads a key as it was sent.
    pub fn parse(bytes: &[u8]) -> Result<Self, Rejection> {
        let rejection = || {
            let rule = format!("must be 1 to {} visible ASCII characters", Self::MAX_LENGTH);
            Rejection::new(Self::HEADER, rule)
        };
        if bytes.is_empty() || bytes.len() > Self::MAX_LENGTH || !bytes.iter().all(u8::is_ascii_graphic) {
            return Err(rejection());
        }
        std::str::from_utf8(bytes).map(|text| Self(text.into())).map_err(|_| rejection())
    }

    /// The whole key, to store and to find it by.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Prints nothing of the key.
impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdempotencyKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_has_1_to_255_visible_characters() {
        for good in ["a", "!", "~", "order-7:retry/2", &"k".repeat(255)] {
            assert_eq!(IdempotencyKey::parse(good.as_bytes()).unwrap().expose(), good);
        }
        for bad in ["", " ", "a b", "a\t", "a\0", "a\x7f", "é", &"k".repeat(256)] {
            let rejection = IdempotencyKey::parse(bad.as_bytes()).unwrap_err();
            assert_eq!(
                rejection.to_string(),
                "Idempotency-Key: must be 1 to 255 visible ASCII characters",
                "{bad:?}"
            );
        }
    }

    #[test]
    fn debug_reveals_nothing() {
        let key = IdempotencyKey::parse(b"order-7").unwrap();
        assert_eq!(format!("{key:?}"), "IdempotencyKey(..)");
    }

    proptest! {
        #[test]
        fn any_bytes_get_an_answer_and_a_key_is_what_was_sent(bytes: Vec<u8>) {
            if let Ok(key) = IdempotencyKey::parse(&bytes) {
                prop_assert_eq!(key.expose().as_bytes(), &bytes[..]);
                prop_assert!(key.expose().chars().all(|it| it.is_ascii() && !it.is_control() && it != ' '));
            }
        }
    }
}
