//! Randomness.

use slotflow_domain::Timestamp;
use uuid::Uuid;

/// Makes what must not be guessed or repeated.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
pub trait Entropy: Send + Sync {
    /// A new identifier: a UUID version 7 for `now`, greater than every one this process made before,
    /// even if the clock went back.
    fn id(&self, now: Timestamp) -> Uuid;

    /// A random UUID, for claim tokens.
    fn token(&self) -> Uuid;

    /// 32 bytes from a cryptographically secure source, for signing secrets and API keys.
    fn secret_bytes(&self) -> [u8; 32];
}
