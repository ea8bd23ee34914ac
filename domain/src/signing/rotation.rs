//! The secrets of a webhook: the one that counts, and for a while the one before it.

use super::SigningSecret;
use crate::{Rejection, Timestamp};
use std::time::Duration;

/// What a webhook's deliveries are signed with now, and what they were signed with before until an overlap ends.
///
/// Never more than these two: whoever rotates again during an overlap wants rid of a secret, and the older it
/// is the more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookSecrets {
    current: SigningSecret,
    retiring: Option<RetiringSecret>,
}

/// A secret that was replaced, and still signs for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetiringSecret {
    /// The secret.
    pub secret: SigningSecret,
    /// From when on it signs no more.
    pub until: Timestamp,
}

/// How long a replaced secret goes on signing beside its successor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretOverlap(Duration);

impl SecretOverlap {
    /// The longest overlap, in seconds: 7 days.
    pub const MAX_SECONDS: u32 = 7 * 24 * 60 * 60;

    /// The overlap of so many seconds, 0 (the old secret ends at once) to [`Self::MAX_SECONDS`].
    pub fn from_seconds(seconds: i64) -> Result<Self, Rejection> {
        match u32::try_from(seconds) {
            Ok(seconds) if seconds <= Self::MAX_SECONDS => Ok(Self(Duration::from_secs(seconds.into()))),
            _ => Err(Rejection::new("overlap_seconds", "must be an integer from 0 to 604800")),
        }
    }
}

/// A day: time enough to bring the new secret to a receiver by hand.
impl Default for SecretOverlap {
    fn default() -> Self {
        Self(Duration::from_secs(24 * 60 * 60))
    }
}

impl WebhookSecrets {
    /// Secrets as a store kept them.
    pub const fn from_stored(current: SigningSecret, retiring: Option<RetiringSecret>) -> Self {
        Self { current, retiring }
    }

    /// The secret that counts, which its owner is shown.
    pub const fn current(&self) -> &SigningSecret {
        &self.current
    }

    /// The one before, until when it signs. It may have ended since: see [`Self::signing_at`].
    pub const fn retiring(&self) -> Option<&RetiringSecret> {
        self.retiring.as_ref()
    }

    /// Puts `new` in the place of the current secret, which signs on until `overlap` has passed. What was
    /// retiring before ends now.
    pub fn rotate(&mut self, new: SigningSecret, overlap: SecretOverlap, now: Timestamp) {
        let before = std::mem::replace(&mut self.current, new);
        let lasts = !overlap.0.is_zero();
        self.retiring = lasts.then(|| RetiringSecret { secret: before, until: now + overlap.0 });
    }

    /// What an attempt at `now` is signed with: the current secret first, its predecessor behind it while
    /// their overlap lasts.
    pub fn signing_at(&self, now: Timestamp) -> Vec<SigningSecret> {
        let retiring = self.retiring.as_ref().filter(|retiring| now < retiring.until);
        std::iter::once(&self.current).chain(retiring.map(|retiring| &retiring.secret)).cloned().collect()
    }
}

/// A webhook's first secret, which has no predecessor.
impl From<SigningSecret> for WebhookSecrets {
    fn from(current: SigningSecret) -> Self {
        Self { current, retiring: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn secret(number: u8) -> SigningSecret {
        SigningSecret::from_random([number; 32])
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_773_151_500_000 + seconds * 1_000).unwrap()
    }

    #[test]
    fn an_overlap_lasts_from_nothing_to_seven_days() {
        for seconds in [0, 1, 86_400, 604_800] {
            assert!(SecretOverlap::from_seconds(seconds).is_ok(), "{seconds}");
        }
        for seconds in [-1, 604_801, i64::MIN, i64::MAX] {
            assert_eq!(SecretOverlap::from_seconds(seconds).unwrap_err().field, "overlap_seconds");
        }
        assert_eq!(SecretOverlap::default(), SecretOverlap::from_seconds(86_400).unwrap());
    }

    #[test]
    fn both_sign_until_the_overlap_ends_newest_first() {
        let mut secrets = WebhookSecrets::from(secret(1));
        secrets.rotate(secret(2), SecretOverlap::from_seconds(10).unwrap(), at(0));
        assert_eq!(secrets.signing_at(at(9)), [secret(2), secret(1)]);
        assert_eq!(secrets.signing_at(at(10)), [secret(2)]);
    }

    #[test]
    fn rotating_during_an_overlap_keeps_only_the_newest_predecessor() {
        let mut secrets = WebhookSecrets::from(secret(1));
        secrets.rotate(secret(2), SecretOverlap::default(), at(0));
        secrets.rotate(secret(3), SecretOverlap::default(), at(5));
        assert_eq!(secrets.signing_at(at(6)), [secret(3), secret(2)]);
        secrets.rotate(secret(4), SecretOverlap::from_seconds(0).unwrap(), at(7));
        assert_eq!(secrets.signing_at(at(7)), [secret(4)]);
    }

    proptest! {
        /// For any rotations: the newest signs always and first, the one before exactly within its overlap,
        /// and none else ever.
        #[test]
        fn an_attempt_is_signed_with_the_newest_and_at_most_its_predecessor(
            rotations in proptest::collection::vec((0_i64..100, 0_i64..200), 1..8),
            later in 0_i64..300,
        ) {
            let mut secrets = WebhookSecrets::from(secret(0));
            let (mut now, mut number) = (0, 0);
            for (wait, overlap) in &rotations {
                now += wait;
                number += 1;
                secrets.rotate(secret(number), SecretOverlap::from_seconds(*overlap).unwrap(), at(now));
            }
            let signing = secrets.signing_at(at(now + later));
            let overlap = rotations.last().map_or(0, |(_, overlap)| *overlap);
            let expected: Vec<_> = if later < overlap {
                vec![secret(number), secret(number - 1)]
            } else {
                vec![secret(number)]
            };
            prop_assert_eq!(signing, expected);
            prop_assert_eq!(secrets.current(), &secret(number));
        }
    }
}
