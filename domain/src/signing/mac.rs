//! What exactly is signed, and under which key: the one place that signing and verifying share.

use super::SigningSecret;
use hmac::digest::{CtOutput, Key};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// An HMAC-SHA256 tag. Comparing two takes the same time wherever they differ.
pub(super) type Tag = CtOutput<Hmac<Sha256>>;

/// Bytes in a tag.
pub(super) const TAG_BYTES: usize = 32;

/// The tag of the Slotflow family: `{timestamp}.{body}`, keyed by the secret's text as shown.
pub(super) fn slotflow_tag(secret: &SigningSecret, timestamp: &str, body: &[u8]) -> Tag {
    keyed_by(secret.expose().as_bytes())
        .chain_update(timestamp)
        .chain_update(b".")
        .chain_update(body)
        .finalize()
}

/// The tag of the Standard Webhooks family: `{id}.{timestamp}.{body}`, keyed by the secret's decoded bytes.
pub(super) fn standard_tag(secret: &SigningSecret, id: &str, timestamp: &str, body: &[u8]) -> Tag {
    keyed_by(secret.key())
        .chain_update(id)
        .chain_update(b".")
        .chain_update(timestamp)
        .chain_update(b".")
        .chain_update(body)
        .finalize()
}

/// An HMAC keyed by `key`, of any length.
///
/// RFC 2104 pads a key with zeros to one block, and hashes it first if it is longer. Doing that here makes
/// a key of the right size, which the library takes without a failure that would have to be handled.
fn keyed_by(key: &[u8]) -> Hmac<Sha256> {
    let mut block = Key::<Hmac<Sha256>>::default();
    if key.len() <= block.len() {
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    } else {
        block.iter_mut().zip(Sha256::digest(key)).for_each(|(to, from)| *to = from);
    }
    Hmac::new(&block)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_key_of_any_length_is_used_as_the_library_would(key in proptest::collection::vec(any::<u8>(), 0..200)) {
            let expected = Hmac::<Sha256>::new_from_slice(&key).unwrap().chain_update(b"body").finalize();
            prop_assert!(keyed_by(&key).chain_update(b"body").finalize() == expected);
        }
    }
}
