//! A round: as many inputs as are wanted, and how many they were.

use crate::mutation::{arbitrary, mutate};
use fastrand::Rng;
use std::io::Write;

/// How many changed inputs a target gets in a round where nobody says otherwise: seconds, in a build for tests.
const CASES: u64 = 3_000;

/// How many times fewer a target gets that each input costs a commit or a connection.
const COSTLY: u64 = 20;

/// The round that is the same each time.
const SEED: u64 = 6;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}: no number")))
}

/// The inputs of one target, in their order.
pub(crate) struct Round {
    target: &'static str,
    inputs: Vec<Vec<u8>>,
    seed: u64,
    rng: Rng,
    cases: u64,
    given: u64,
}

/// The rounds of a target that begin with these inputs: one that is the same each time and one that never was before; or
/// the one that is asked for.
pub(crate) fn rounds(target: &'static str, inputs: &[String]) -> Vec<Round> {
    rounds_of(target, inputs, number("SLOTFLOW_FUZZ_CASES").unwrap_or(CASES))
}

/// The same, shorter.
pub(crate) fn costly_rounds(target: &'static str, inputs: &[String]) -> Vec<Round> {
    rounds_of(target, inputs, number("SLOTFLOW_FUZZ_CASES").unwrap_or(CASES) / COSTLY)
}

fn rounds_of(target: &'static str, inputs: &[String], cases: u64) -> Vec<Round> {
    assert!(!inputs.is_empty(), "{target} has nothing to begin with");
    let inputs: Vec<_> = inputs.iter().map(|input| input.clone().into_bytes()).collect();
    let seeds = match number("SLOTFLOW_FUZZ_SEED") {
        Some(seed) => vec![seed],
        // Short enough to be typed.
        None => vec![SEED, fastrand::u64(..1_000_000_000)],
    };
    let cases = cases + inputs.len() as u64;
    let round =
        |seed| Round { target, inputs: inputs.clone(), seed, rng: Rng::with_seed(seed), cases, given: 0 };
    seeds.into_iter().map(round).collect()
}

impl Round {
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
        let input = match self.inputs.get(place) {
            Some(input) => input.clone(),
            None if self.rng.u8(..) < 16 => arbitrary(&mut self.rng),
            None => mutate(&self.inputs, &mut self.rng),
        };
        Some(input)
    }

    /// Says how many inputs were tried, those aside that could not be sent at all, and how many were accepted.
    pub(crate) fn end(self, tried: u64, accepted: u64) {
        say(&format!(
            "fuzzing {}: {tried} inputs, {accepted} of them accepted (SLOTFLOW_FUZZ_SEED={})",
            self.target, self.seed
        ));
        assert!(accepted > 0, "{}: nothing was accepted, so nothing was tried", self.target);
    }
}

/// A round that fails says how it is played again.
impl Drop for Round {
    fn drop(&mut self) {
        if std::thread::panicking() {
            say(&format!("fuzzing {}: failed with SLOTFLOW_FUZZ_SEED={}", self.target, self.seed));
        }
    }
}

/// Not through `println!`, which the test runner hides for a test that passes.
fn say(line: &str) {
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}
