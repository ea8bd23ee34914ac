//! Random bytes, even while the system has none to give.

use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// The system gave no random bytes at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no random bytes: {0}")]
pub struct NoRandomness(getrandom::Error);

/// A source of random bytes that cannot fail once it is made.
///
/// Every byte comes from the system as long as it gives any. It may stop (a sandbox entered later, no file
/// descriptor left where randomness is a device); then bytes come from a chain of SHA-256 that was seeded
/// with 32 of the system's bytes at the start. That is as hard to guess, so a secret made in such a moment
/// is as good as any, and there is neither a panic nor a predictable secret.
pub(super) struct Random {
    reserve: Mutex<[u8; 32]>,
    numbers: Mutex<Vec<u128>>,
}

/// How many numbers are drawn at once. Several are needed for every event, and each draw is a call to the system.
const NUMBERS: usize = 64;

impl Random {
    /// Seeds the reserve.
    ///
    /// # Errors
    /// A system without randomness at the start: nothing should run there.
    pub(super) fn new() -> Result<Self, NoRandomness> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(NoRandomness)?;
        Ok(Self { reserve: Mutex::new(seed), numbers: Mutex::default() })
    }

    /// 32 bytes that nobody can guess.
    pub(super) fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        match getrandom::fill(&mut bytes) {
            Ok(()) => bytes,
            Err(error) => {
                tracing::error!(%error, "no random bytes from the system; taking them from the reserve");
                self.draw_reserve()
            }
        }
    }

    /// 16 bytes that nobody can guess, as a number. Some are kept in memory until they are asked for, so this is for
    /// what is no secret for long: identifiers and claim tokens.
    pub(super) fn number(&self) -> u128 {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        if numbers.is_empty() {
            self.draw_numbers(&mut numbers);
        }
        let from_reserve =
            || self.bytes().iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte));
        numbers.pop().unwrap_or_else(from_reserve)
    }

    fn draw_numbers(&self, numbers: &mut Vec<u128>) {
        let mut bytes = [[0; 16]; NUMBERS];
        if getrandom::fill(bytes.as_flattened_mut()).is_ok() {
            numbers.extend(bytes.map(u128::from_be_bytes));
        }
    }

    /// The next 32 bytes of the reserve. Its state moves on, so that what was given out cannot be found from
    /// what is left.
    fn draw_reserve(&self) -> [u8; 32] {
        let mut state = self.reserve.lock().unwrap_or_else(PoisonError::into_inner);
        let step = |purpose: u8| Sha256::new().chain_update(*state).chain_update([purpose]).finalize().into();
        let (given, next) = (step(0), step(1));
        *state = next;
        given
    }
}

/// Prints nothing of the reserve.
impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_draws_are_alike() {
        let random = Random::new().unwrap();
        let drawn: HashSet<[u8; 32]> = (0..1_000).map(|_| random.bytes()).collect();
        assert_eq!(drawn.len(), 1_000);
        let numbers: HashSet<u128> = (0..1_000).map(|_| random.number()).collect();
        assert_eq!(numbers.len(), 1_000);
    }

    #[test]
    fn the_reserve_never_repeats_nor_gives_its_state_away() {
        let random = Random::new().unwrap();
        let mut seen = HashSet::new();
        for _ in 0..1_000 {
            assert!(seen.insert(random.draw_reserve()));
            assert!(seen.insert(*random.reserve.lock().unwrap()));
        }
    }

    #[test]
    fn two_reserves_differ() {
        assert_ne!(Random::new().unwrap().draw_reserve(), Random::new().unwrap().draw_reserve());
    }
}
