//! How far the retries of one moment are spread.

use super::AttemptNumber;
use crate::DeliveryId;
use std::time::Duration;

/// How much may be added to a delay, in percent of it. Nothing is ever taken away: a retry is not made before its time.
///
/// Many deliveries that failed at one moment, because their receiver was down, come back at many moments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Jitter(u8);

/// More than a delay may grow by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a jitter may be at most 100 percent")]
pub struct BadJitter;

impl Jitter {
    /// Every delay as it is, which is the default.
    pub const NONE: Self = Self(0);

    /// Up to so many percent of a delay, at most 100.
    pub const fn percent(percent: u8) -> Result<Self, BadJitter> {
        if percent > 100 { Err(BadJitter) } else { Ok(Self(percent)) }
    }

    /// The most that is added to `delay`.
    pub fn most_of(self, delay: Duration) -> Duration {
        delay * u32::from(self.0) / 100
    }

    /// The delay with what `draw` adds to it: at least `delay`, and at most [`Self::most_of`] more.
    pub fn added_to(self, delay: Duration, draw: Draw) -> Duration {
        // In 128 bits, as the longest span in nanoseconds has 52 and a draw 64.
        let part = (self.most_of(delay).as_nanos() * u128::from(draw.0)) >> u64::BITS;
        delay + Duration::from_nanos(u64::try_from(part).unwrap_or(0))
    }
}

/// Where between nothing and all of a jitter a delay falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw(u64);

impl Draw {
    /// Nothing is added.
    pub const LOWEST: Self = Self(0);
    /// All is added, but for less than a nanosecond.
    pub const HIGHEST: Self = Self(u64::MAX);

    /// What this attempt draws. The chance is that of the delivery's random identifier: whoever sees the attempt's end,
    /// even a store that finds it lost, draws the same, and needs no randomness of its own.
    pub const fn of(delivery: DeliveryId, attempt: AttemptNumber) -> Self {
        let (high, low) = delivery.as_uuid().as_u64_pair();
        let own = mixed(mixed(high).wrapping_add(low));
        Self(mixed(own.wrapping_add(attempt.get() as u64)))
    }
}

/// SplitMix64's step: inputs that differ in one bit have nothing in common after it.
const fn mixed(seed: u64) -> u64 {
    let seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let seed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let seed = (seed ^ (seed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    seed ^ (seed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const HOUR: Duration = Duration::from_secs(60 * 60);

    #[test]
    fn a_jitter_is_at_most_the_delay_again() {
        assert_eq!(Jitter::percent(101), Err(BadJitter));
        let all = Jitter::percent(100).unwrap();
        assert_eq!(all.added_to(HOUR, Draw::LOWEST), HOUR);
        assert_eq!(all.added_to(HOUR, Draw::HIGHEST).as_secs(), 2 * 60 * 60 - 1);
        assert_eq!(all.most_of(Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn deliveries_of_one_moment_are_spread_evenly_at_each_attempt() {
        let mut attempt = AttemptNumber::FIRST;
        for _ in 0..3 {
            let mut minutes = [0; 10];
            for number in 0..10_000 {
                // Made in one millisecond by one process: they differ in their last bits only.
                let id = DeliveryId::new(Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000 + number));
                let delay = Jitter::percent(100).unwrap().added_to(HOUR, Draw::of(id, attempt));
                minutes[(delay - HOUR).as_secs() as usize / 360] += 1;
            }
            assert!(minutes.iter().all(|count| (850..1_150).contains(count)), "{minutes:?}");
            attempt = attempt.next();
        }
    }

    #[test]
    fn a_delivery_draws_anew_at_each_attempt_and_the_same_for_whoever_asks() {
        let id = DeliveryId::new(Uuid::from_u128(7));
        let first = Draw::of(id, AttemptNumber::FIRST);
        assert_eq!(first, Draw::of(id, AttemptNumber::FIRST));
        assert_ne!(first, Draw::of(id, AttemptNumber::FIRST.next()));
    }
}
