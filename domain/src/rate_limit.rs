//! How many requests a caller may make: a bucket of tokens that fills steadily.
//!
//! A request takes a token. So many may come at once as the bucket holds, and in the long run as many as flow in.
//! All of it is counted in whole thousandths of a token, so that nothing is lost to rounding at any rate.

use crate::Timestamp;
use std::num::NonZeroU32;
use std::time::Duration;

/// What a request takes, in thousandths of a token.
const ONE: u64 = 1_000;

/// How many seconds' worth of requests may come at once. Clients do things in bursts; one second's worth would refuse a
/// page that makes three calls under a limit of two a second.
const BURST_SECONDS: u64 = 2;

/// Requests per second, and as many at once as two seconds bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    per_second: NonZeroU32,
}

/// What a caller has left under a [`RateLimit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Thousandths of a token, at `as_of`.
    left: u64,
    as_of: Timestamp,
}

/// Too many requests. Holds how long it takes until the next one is admitted, if none is made meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many requests")]
pub struct TooMany(pub Duration);

impl RateLimit {
    /// So many requests per second.
    pub const fn per_second(requests: NonZeroU32) -> Self {
        Self { per_second: requests }
    }

    /// How many requests may come at once: what two seconds bring.
    pub const fn burst(self) -> u64 {
        self.rate() * BURST_SECONDS
    }

    /// Tokens per second, which is the same number of thousandths per millisecond.
    const fn rate(self) -> u64 {
        // `From` is not const.
        self.per_second.get() as u64
    }

    const fn capacity(self) -> u64 {
        self.burst() * ONE
    }
}

impl Allowance {
    /// Of a caller who has not been seen for long.
    pub const fn full(limit: RateLimit, now: Timestamp) -> Self {
        Self { left: limit.capacity(), as_of: now }
    }

    /// Admits a request, or says when the next one will be. A request that is refused costs nothing.
    ///
    /// A clock that was set back brings nothing and takes nothing: time is counted on from there.
    pub fn take(&mut self, limit: RateLimit, now: Timestamp) -> Result<(), TooMany> {
        self.left = self.left_at(limit, now);
        self.as_of = now;
        match self.left.checked_sub(ONE) {
            Some(rest) => {
                self.left = rest;
                Ok(())
            }
            None => {
                let missing = ONE.saturating_sub(self.left);
                Err(TooMany(Duration::from_millis(missing.div_ceil(limit.rate()))))
            }
        }
    }

    /// Whether it is as good as a new one, and need not be remembered.
    pub fn is_full(&self, limit: RateLimit, now: Timestamp) -> bool {
        self.left_at(limit, now) == limit.capacity()
    }

    fn left_at(&self, limit: RateLimit, now: Timestamp) -> u64 {
        let millis = u64::try_from(now.since(self.as_of).as_millis()).unwrap_or(u64::MAX);
        self.left.saturating_add(millis.saturating_mul(limit.rate())).min(limit.capacity())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn limit(requests: u32) -> RateLimit {
        RateLimit::per_second(NonZeroU32::new(requests).unwrap())
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_773_151_500_000 + millis).unwrap()
    }

    #[test]
    fn two_seconds_worth_may_come_at_once_and_then_one_by_one() {
        let limit = limit(4);
        let mut allowance = Allowance::full(limit, at(0));
        for _ in 0..8 {
            assert_eq!(allowance.take(limit, at(0)), Ok(()));
        }
        assert_eq!(allowance.take(limit, at(0)), Err(TooMany(Duration::from_millis(250))));
        assert_eq!(allowance.take(limit, at(249)), Err(TooMany(Duration::from_millis(1))));
        assert_eq!(allowance.take(limit, at(250)), Ok(()));
        assert_eq!(allowance.take(limit, at(250)), Err(TooMany(Duration::from_millis(250))));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let limit = limit(1);
        let mut allowance = Allowance::full(limit, at(0));
        for _ in 0..2 {
            allowance.take(limit, at(0)).unwrap();
        }
        let hour_ago = -3_600_000;
        assert_eq!(allowance.take(limit, at(hour_ago)), Err(TooMany(Duration::from_secs(1))));
        assert_eq!(allowance.take(limit, at(hour_ago + 1_000)), Ok(()));
    }

    #[test]
    fn the_fastest_and_the_slowest_limit_at_the_ends_of_time_are_counted() {
        for requests in [1, u32::MAX] {
            let limit = limit(requests);
            let mut allowance = Allowance::full(limit, Timestamp::MIN);
            assert_eq!(allowance.take(limit, Timestamp::MIN), Ok(()));
            assert!(!allowance.is_full(limit, Timestamp::MIN));
            assert!(allowance.is_full(limit, Timestamp::MAX));
            assert_eq!(allowance.take(limit, Timestamp::MAX), Ok(()));
        }
    }

    proptest! {
        /// However requests come: no span of time has more than the burst and what flows in meanwhile.
        #[test]
        fn no_span_has_more_than_the_limit_allows(
            requests in 1_u32..2_000,
            waits in proptest::collection::vec(0_i64..400, 1..200),
        ) {
            let limit = limit(requests);
            let mut allowance = Allowance::full(limit, at(0));
            let mut admitted = Vec::new();
            let mut now = 0;
            for wait in waits {
                now += wait;
                if allowance.take(limit, at(now)).is_ok() {
                    admitted.push(now);
                }
            }
            for (first, began) in admitted.iter().enumerate() {
                for (last, ended) in admitted.iter().enumerate().skip(first) {
                    let count = (last - first + 1) as u64;
                    let flowed = (ended - began) as u64 * u64::from(requests) / 1_000;
                    prop_assert!(count <= limit.burst() + flowed, "{count} within {} ms", ended - began);
                }
            }
        }

        /// Whoever keeps to the rate is never refused.
        #[test]
        fn a_steady_caller_is_never_refused(requests in 1_u32..2_000, calls in 1_i64..300) {
            let limit = limit(requests);
            let mut allowance = Allowance::full(limit, at(0));
            for call in 0..calls {
                let now = at(call * 1_000 / i64::from(requests));
                prop_assert_eq!(allowance.take(limit, now), Ok(()));
            }
        }

        /// What a refusal says is true: so long is enough, and a millisecond less is not.
        #[test]
        fn the_wait_that_is_told_is_enough_and_no_longer(
            requests in 1_u32..2_000,
            steps in proptest::collection::vec(-500_i64..500, 1..60),
        ) {
            let limit = limit(requests);
            let mut allowance = Allowance::full(limit, at(0));
            let mut now = 0;
            for step in steps {
                now += step;
                while allowance.take(limit, at(now)).is_ok() {}
                let refused = allowance.take(limit, at(now)).unwrap_err();
                let wait = refused.0.as_millis() as i64;
                prop_assert!(wait >= 1);
                let (mut early, mut late) = (allowance, allowance);
                prop_assert!(early.take(limit, at(now + wait - 1)).is_err());
                prop_assert!(late.take(limit, at(now + wait)).is_ok());
            }
        }

        /// What is forgotten changes nothing.
        #[test]
        fn a_full_allowance_is_as_good_as_a_new_one(
            requests in 1_u32..50,
            taken in 0_usize..200,
            later in 0_i64..5_000,
        ) {
            let limit = limit(requests);
            let mut allowance = Allowance::full(limit, at(0));
            for _ in 0..taken {
                let _ = allowance.take(limit, at(0));
            }
            if allowance.is_full(limit, at(later)) {
                let mut new = Allowance::full(limit, at(later));
                prop_assert_eq!(allowance.take(limit, at(later)), new.take(limit, at(later)));
                prop_assert_eq!(allowance, new);
            }
        }
    }
}
