//! Randomness that is the same each time.

use slotflow_application::ports::Entropy;
use slotflow_domain::Timestamp;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::{Builder, Uuid};

/// Identifiers, tokens and secrets that follow from a seed. **For tests only: whoever knows the seed knows
/// every secret.** Clones share one sequence.
///
/// The generator is SplitMix64 (Steele, Lea and Flood, 2014): a counter and a mixing function. Small, fast,
/// well spread, and not secure.
#[derive(Clone)]
pub struct SeededEntropy(Arc<Mutex<Sequence>>);

struct Sequence {
    position: u64,
    latest_millis: u64,
    ids_made: u64,
}

impl SeededEntropy {
    /// The sequence that follows from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Sequence { position: seed, latest_millis: 0, ids_made: 0 })))
    }

    fn sequence(&self) -> MutexGuard<'_, Sequence> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for SeededEntropy {
    fn default() -> Self {
        Self::new(1)
    }
}

/// Prints nothing: it makes secrets, if only those of tests.
impl fmt::Debug for SeededEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SeededEntropy(..)")
    }
}

impl Sequence {
    /// The next number of SplitMix64.
    fn next(&mut self) -> u64 {
        self.position = self.position.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.position;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Entropy for SeededEntropy {
    /// RFC 9562, 5.7: 48 bits of milliseconds, 42 bits of a counter that is never reset, 32 random bits. The
    /// milliseconds never go back, so that neither do the identifiers.
    fn id(&self, now: Timestamp) -> Uuid {
        let mut sequence = self.sequence();
        sequence.latest_millis = sequence.latest_millis.max(u64::try_from(now.as_millis()).unwrap_or(0));
        sequence.ids_made += 1;
        let random = u128::from(sequence.next() >> 32);
        let (millis, counter) = (u128::from(sequence.latest_millis), u128::from(sequence.ids_made));
        let version_and_variant = (7 << 76) | (0b10 << 62);
        let counter_bits = ((counter >> 30 & 0xfff) << 64) | ((counter & 0x3fff_ffff) << 32);
        Uuid::from_u128((millis << 80) | version_and_variant | counter_bits | random)
    }

    fn token(&self) -> Uuid {
        let mut sequence = self.sequence();
        let (high, low) = (sequence.next(), sequence.next());
        let bytes = (u128::from(high) << 64 | u128::from(low)).to_be_bytes();
        Builder::from_random_bytes(bytes).into_uuid()
    }

    fn secret_bytes(&self) -> [u8; 32] {
        let mut sequence = self.sequence();
        let mut bytes = [0; 32];
        for chunk in bytes.chunks_exact_mut(8) {
            chunk.copy_from_slice(&sequence.next().to_be_bytes());
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn moment(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis).unwrap()
    }

    #[test]
    fn the_generator_is_splitmix64() {
        // The first numbers for seed 1234567, as published with other implementations.
        let entropy = SeededEntropy::new(1_234_567);
        let mut sequence = entropy.sequence();
        assert_eq!(
            [sequence.next(), sequence.next()],
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]
        );
    }

    #[test]
    fn one_seed_makes_one_sequence() {
        let drawn = |seed| {
            let entropy = SeededEntropy::new(seed);
            (entropy.id(moment(5)), entropy.token(), entropy.secret_bytes())
        };
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7), drawn(8));
    }

    #[test]
    fn identifiers_are_version_7_and_grow_even_if_the_clock_goes_back() {
        let entropy = SeededEntropy::new(7);
        let ids: Vec<_> =
            [9, 9, 10, 3, -1, 11].into_iter().map(|millis| entropy.id(moment(millis))).collect();
        assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn tokens_do_not_repeat() {
        let entropy = SeededEntropy::new(7);
        let tokens: BTreeSet<_> = (0..1_000).map(|_| entropy.token()).collect();
        assert_eq!(tokens.len(), 1_000);
    }
}
