//! All chance there is in a simulation, from one number.

use std::ops::Range;

/// A stream of random numbers that follows from its seed: SplitMix64, fast and well spread.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The stream that follows from `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A stream of its own for one part of the simulation, so that parts do not disturb each other.
    #[must_use]
    pub const fn split(&mut self) -> Self {
        Self(self.number())
    }

    /// The next number.
    pub const fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 if that is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.number().checked_rem(bound).unwrap_or(0)
    }

    /// A number from the range.
    pub fn within(&mut self, range: Range<u64>) -> u64 {
        range.start + self.below(range.end.saturating_sub(range.start))
    }

    /// Whether something happens that does so `per_million` times in a million.
    pub fn chance(&mut self, per_million: u64) -> bool {
        per_million > 0 && self.below(1_000_000) < per_million
    }

    /// One of several.
    pub fn one_of<'a, T>(&mut self, several: &'a [T]) -> Option<&'a T> {
        let place = usize::try_from(self.below(several.len() as u64)).unwrap_or(0);
        several.get(place)
    }
}
