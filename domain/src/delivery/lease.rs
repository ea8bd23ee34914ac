//! How a delivery is taken: for a while, under a token.

use crate::Timestamp;
use crate::instance::InstanceNumber;
use std::fmt;
use std::time::Duration;
use uuid::Uuid;

/// Proves that a settlement comes from whoever holds the claim: random, new for every claim.
///
/// A worker that stalled until its lease was taken over still holds its old token, and so cannot
/// overwrite what its successor wrote.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClaimToken(Uuid);

impl ClaimToken {
    /// The token with this random UUID.
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// The token of a claim that `instance` makes, of a random UUID. The first four bytes are the instance's number, 0 if
    /// it has none; what remains is random enough never to come twice.
    pub const fn of(instance: Option<InstanceNumber>, random: Uuid) -> Self {
        let number = match instance {
            Some(instance) => instance.get(),
            None => 0,
        };
        Self::with_first_bytes(number, random)
    }

    /// The instance that made the claim, if it was one that is known by a number.
    pub const fn instance(self) -> Option<InstanceNumber> {
        InstanceNumber::new((self.0.as_u128() >> Self::BITS_BEHIND_NUMBER) as u32)
    }

    /// The first and the last of the tokens that this instance may make: they lie between these two and no others do, in
    /// the order of their bytes.
    pub const fn range_of(instance: InstanceNumber) -> (Self, Self) {
        let number = instance.get();
        (Self::with_first_bytes(number, Uuid::nil()), Self::with_first_bytes(number, Uuid::max()))
    }

    const BITS_BEHIND_NUMBER: u32 = 96;

    const fn with_first_bytes(number: u32, rest: Uuid) -> Self {
        let rest = rest.as_u128() & (u128::MAX >> u32::BITS);
        Self(Uuid::from_u128((number as u128) << Self::BITS_BEHIND_NUMBER | rest))
    }

    /// Its UUID.
    pub const fn as_uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Debug for ClaimToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClaimToken({})", self.0)
    }
}

/// A claim on a delivery, which ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What a settlement must show.
    pub token: ClaimToken,
    /// When the delivery returns by itself.
    pub until: Timestamp,
}

/// How long a claim lasts: longer than an attempt can take and its outcome needs to be written. For the default request
/// timeout of 10 s that is 30 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseDuration(Duration);

/// A lease that could end while its attempt is still on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the lease must be at least {} s longer than the request timeout", LeaseDuration::MARGIN.as_secs())]
pub struct LeaseTooShort;

impl LeaseDuration {
    /// What remains, beyond the request's timeout, for handing over and for recording the outcome: 20 s.
    pub const MARGIN: Duration = Duration::from_secs(20);

    /// The shortest safe lease for attempts of up to `request_timeout`.
    pub fn for_timeout(request_timeout: Duration) -> Self {
        Self(request_timeout.saturating_add(Self::MARGIN))
    }

    /// A lease of `duration`, refused if an attempt of up to `request_timeout` could outlive it.
    pub fn new(duration: Duration, request_timeout: Duration) -> Result<Self, LeaseTooShort> {
        if duration < Self::for_timeout(request_timeout).0 { Err(LeaseTooShort) } else { Ok(Self(duration)) }
    }

    /// A lease from `now` under `token`.
    pub fn begin(self, token: ClaimToken, now: Timestamp) -> Lease {
        Lease { token, until: now + self.0 }
    }

    /// When a lease of this length began.
    pub fn began(self, lease: Lease) -> Timestamp {
        lease.until.saturating_sub(self.0)
    }

    /// Its length.
    pub const fn as_duration(self) -> Duration {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_tells_its_instance_and_lies_within_its_range() {
        for number in [1, 2, 0x0102_0304, InstanceNumber::MAX] {
            let instance = InstanceNumber::new(number).unwrap();
            let (first, last) = ClaimToken::range_of(instance);
            for random in [Uuid::nil(), Uuid::from_u128(0x1234_5678_9abc_def0), Uuid::max()] {
                let token = ClaimToken::of(Some(instance), random);
                assert_eq!(token.instance(), Some(instance));
                assert!((first.as_uuid()..=last.as_uuid()).contains(&token.as_uuid()));
                assert_eq!(token.as_uuid().as_bytes()[..4], number.to_be_bytes());
                assert_eq!(token.as_uuid().as_bytes()[4..], random.as_bytes()[4..]);
            }
            for other in [number - 1, number + 1].into_iter().filter_map(InstanceNumber::new) {
                let token = ClaimToken::of(Some(other), Uuid::max());
                assert!(!(first.as_uuid()..=last.as_uuid()).contains(&token.as_uuid()));
            }
        }
        assert_eq!(ClaimToken::of(None, Uuid::max()).instance(), None, "nobody's");
    }

    #[test]
    fn a_lease_outlives_its_attempt() {
        let timeout = Duration::from_secs(10);
        assert_eq!(LeaseDuration::for_timeout(timeout).as_duration(), Duration::from_secs(30));
        assert_eq!(LeaseDuration::new(Duration::from_secs(29), timeout), Err(LeaseTooShort));
        assert!(LeaseDuration::new(Duration::from_secs(30), timeout).is_ok());
    }
}
