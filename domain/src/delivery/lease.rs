//! How a delivery is taken: for a while, under a token.

use crate::Timestamp;
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

/// How long a claim lasts: longer than an attempt can take and its outcome needs to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseDuration(Duration);

/// A lease that could end while its attempt is still on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the lease must be at least {} s longer than the request timeout", LeaseDuration::MARGIN.as_secs())]
pub struct LeaseTooShort;

impl LeaseDuration {
    /// What remains, beyond the request's timeout, for handing over and for recording the outcome.
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
    fn a_lease_outlives_its_attempt() {
        let timeout = Duration::from_secs(10);
        assert_eq!(LeaseDuration::for_timeout(timeout).as_duration(), Duration::from_secs(30));
        assert_eq!(LeaseDuration::new(Duration::from_secs(29), timeout), Err(LeaseTooShort));
        assert!(LeaseDuration::new(Duration::from_secs(30), timeout).is_ok());
    }
}
