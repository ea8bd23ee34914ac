//! The secrets of a webhook: the one that counts, and for a while the one before it.

use super::SigningSecret;
use crate::{Rejection, Timestamp};
use std::time::Duration;

/// What a webhook's deliveries are signed with now, and what they were signed with before until an overlap ends.
///
/// Never more than these two: whoever rotates again during an overlap wants rid of a secret, and the older it
/// is the more.
///
/// They may be [unreadable](Self::UNREADABLE) where they are kept. Such a webhook can be changed, deleted and given
/// a new secret like any other; only signing has to wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookSecrets(Option<Readable>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Readable {
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

/// How long a replaced secret goes on signing beside its successor: a day (86,400 s) by default, 7 days at the most.
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
    /// Secrets that a store keeps and cannot read: damaged, or encrypted with a key that it was not given. (Where a key cannot
    /// be used for a while, whoever reads to change the webhook gets the store's error instead.)
    pub const UNREADABLE: Self = Self(None);

    /// Secrets as a store kept them.
    pub const fn from_stored(current: SigningSecret, retiring: Option<RetiringSecret>) -> Self {
        Self(Some(Readable { current, retiring }))
    }

    /// The secret that counts, which its owner is shown; none if it cannot be read.
    pub fn current(&self) -> Option<&SigningSecret> {
        self.0.as_ref().map(|readable| &readable.current)
    }

    /// The one before, until when it signs. It may have ended since: see [`Self::signing_at`].
    pub fn retiring(&self) -> Option<&RetiringSecret> {
        self.0.as_ref()?.retiring.as_ref()
    }

    /// Puts `new` in the place of the current secret, which signs on until `overlap` has passed. What was
    /// retiring before ends now, and so does what cannot be read: there is nothing to sign with beside `new`.
    pub fn rotate(&mut self, new: SigningSecret, overlap: SecretOverlap, now: Timestamp) {
        let before = self.0.take().filter(|_| !overlap.0.is_zero());
        let retiring = before.map(|before| RetiringSecret { secret: before.current, until: now + overlap.0 });
        self.0 = Some(Readable { current: new, retiring });
    }

    /// What an attempt at `now` is signed with: the current secret first, its predecessor behind it while
    /// their overlap lasts. Nothing if they cannot be read: then no attempt can be made.
    pub fn signing_at(&self, now: Timestamp) -> Option<Vec<SigningSecret>> {
        let Readable { current, retiring } = self.0.as_ref()?;
        let retiring = retiring.as_ref().filter(|retiring| now < retiring.until);
        Some(std::iter::once(current).chain(retiring.map(|retiring| &retiring.secret)).cloned().collect())
    }
}

/// A webhook's first secret, which has no predecessor.
impl From<SigningSecret> for WebhookSecrets {
    fn from(current: SigningSecret) -> Self {
        Self::from_stored(current, None)
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
        assert_eq!(secrets.signing_at(at(9)).unwrap(), [secret(2), secret(1)]);
        assert_eq!(secrets.signing_at(at(10)).unwrap(), [secret(2)]);
    }

    #[test]
    fn what_cannot_be_read_signs_nothing_and_is_replaced_without_an_overlap() {
        let mut secrets = WebhookSecrets::UNREADABLE;
        assert_eq!((secrets.current(), secrets.retiring(), secrets.signing_at(at(0))), (None, None, None));
        secrets.rotate(secret(2), SecretOverlap::default(), at(0));
        assert_eq!(secrets, secret(2).into());
    }

    #[test]
    fn rotating_during_an_overlap_keeps_only_the_newest_predecessor() {
        let mut secrets = WebhookSecrets::from(secret(1));
        secrets.rotate(secret(2), SecretOverlap::default(), at(0));
        secrets.rotate(secret(3), SecretOverlap::default(), at(5));
        assert_eq!(secrets.signing_at(at(6)).unwrap(), [secret(3), secret(2)]);
        secrets.rotate(secret(4), SecretOverlap::from_seconds(0).unwrap(), at(7));
        assert_eq!(secrets.signing_at(at(7)).unwrap(), [secret(4)]);
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
            prop_assert_eq!(signing, Some(expected));
            prop_assert_eq!(secrets.current(), Some(&secret(number)));
        }
    }
}
