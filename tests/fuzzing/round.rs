//! A round: as many inputs as are wanted, and how many they were.

use crate::mutation::{arbitrary, mutate};
use fastrand::Rng;
use std::io::Write;

/// How many changed inputs a target gets where nobody says otherwise: seconds, in a build for tests.
const CASES: u64 = 3_000;

const SEED: u64 = 6;

fn number(variable: &str, otherwise: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable}: no number")),
        Err(_) => otherwise,
    }
}

/// The inputs of one target, in their order.
pub(crate) struct Round {
    target: &'static str,
    seeds: Vec<Vec<u8>>,
    rng: Rng,
    cases: u64,
    given: u64,
}

impl Round {
    /// A round that begins with these.
    pub(crate) fn of(target: &'static str, seeds: Vec<String>) -> Self {
        assert!(!seeds.is_empty(), "{target} has nothing to begin with");
        let seeds: Vec<_> = seeds.into_iter().map(String::into_bytes).collect();
        let cases = number("SLOTFLOW_FUZZ_CASES", CASES) + seeds.len() as u64;
        Self { target, seeds, rng: Rng::with_seed(number("SLOTFLOW_FUZZ_SEED", SEED)), cases, given: 0 }
    }

    /// Chance, for what is chosen beside the input.
    pub(crate) fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    /// How many inputs were given so far.
    pub(crate) const fn given(&self) -> u64 {
        self.given
    }

    /// Everything that is kept, then what chance makes of it, now and then of nothing.
    pub(crate) fn next_input(&mut self) -> Option<Vec<u8>> {
        if self.given >= self.cases {
            return None;
        }
        let place = usize::try_from(self.given).expect("a place");
        self.given += 1;
        let input = match self.seeds.get(place) {
            Some(seed) => seed.clone(),
            None if self.rng.u8(..) < 16 => arbitrary(&mut self.rng),
            None => mutate(&self.seeds, &mut self.rng),
        };
        Some(input)
    }

    /// Says how many inputs were tried, those aside that could not be sent at all, and how many were accepted.
    pub(crate) fn end(self, tried: u64, accepted: u64) {
        let line = format!("fuzzing {}: {tried} inputs, {accepted} of them accepted\n", self.target);
        // Not through `println!`, which the test runner hides for a test that passes.
        let _ = std::io::stderr().write_all(line.as_bytes());
        assert!(accepted > 0, "{}: nothing was accepted, so nothing was tried", self.target);
    }
}
