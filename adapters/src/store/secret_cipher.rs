//! What a signing secret is sealed with.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use std::error::Error;

/// So long that a random one can be taken each time: two alike never happen.
const NONCE_BYTES: usize = 24;

/// Seals secrets and opens them again, under one key: for a service that wants another cipher than the product's, or whose
/// key is not to be handed out. It is [given to the store](super::SecretKeys::of).
///
/// It is called in the midst of transactions, for every webhook that is read, so it has to answer at once: what takes a
/// network is done before, when it is made.
pub trait SecretCipher: Send + Sync {
    /// Which key it is, by a name that tells it from all others there will be and is no secret: a part of its hash stands
    /// before each secret that it has sealed.
    fn key_name(&self) -> &str;

    /// Seals `secret` for this `place` alone, a webhook and a column: it must open nowhere else. No two results are alike.
    ///
    /// # Errors
    /// Whatever kept it from that. Nothing is stored then.
    fn seal(&self, secret: &[u8], place: &[u8]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>>;

    /// The secret of what was sealed for this `place`.
    ///
    /// # Errors
    /// Which of two things is wrong, as they end differently.
    fn open(&self, sealed: &[u8], place: &[u8]) -> Result<Vec<u8>, OpenError>;
}

/// Why a secret was not opened: for good, or for now. If in doubt it is for now, as nothing is lost by that.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It was changed, or was sealed for another place: it will never open. What was to be signed with it is given up, and
    /// whoever rotates it has a new one in its place at once.
    #[error("it is not what was sealed here")]
    NotSealedHere,
    /// The key cannot be used for now. What was to be signed with it waits, and other instances may have more luck. Who would
    /// change the webhook, or give it another secret, is told that the store is
    /// [unavailable](slotflow_application::ports::StoreError::Unavailable), and nothing is changed: the secret is still there.
    #[error("the key cannot be used for now: {0}")]
    Unusable(#[source] Box<dyn Error + Send + Sync>),
}

/// The product's own: XChaCha20-Poly1305. What it seals is a random nonce, and the ciphertext behind it.
pub(super) struct ChaCha(XChaCha20Poly1305);

impl ChaCha {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(&key.into()))
    }
}

impl SecretCipher for ChaCha {
    /// Of no use: its keys are known by a hash of their own.
    fn key_name(&self) -> &str {
        ""
    }

    fn seal(&self, secret: &[u8], place: &[u8]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|error| error.to_string())?;
        let payload = Payload { msg: secret, aad: place };
        let ciphertext =
            self.0.encrypt(&XNonce::from(nonce), payload).map_err(|_| "it cannot be encrypted")?;
        Ok([nonce.as_slice(), &ciphertext].concat())
    }

    fn open(&self, sealed: &[u8], place: &[u8]) -> Result<Vec<u8>, OpenError> {
        let (nonce, ciphertext) =
            sealed.split_first_chunk::<NONCE_BYTES>().ok_or(OpenError::NotSealedHere)?;
        let payload = Payload { msg: ciphertext, aad: place };
        self.0.decrypt(&XNonce::from(*nonce), payload).map_err(|_| OpenError::NotSealedHere)
    }
}
