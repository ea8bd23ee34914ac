//! The simulation: fixed seeds, fresh ones, and proof that it would notice.

#![allow(clippy::panic, reason = "a test fails by a panic")]

use slotflow_tests::simulation::{Defect, Scenario, Totals, failure, run, shrink};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Seeds that are the same each time.
const FIXED: u64 = 60;

/// How long fresh seeds are tried.
const FRESH: Duration = Duration::from_secs(5);

/// Seeds within which every defect must be found.
const SEEDS_PER_DEFECT: u64 = 150;

#[test]
fn no_seed_breaks_a_rule_and_together_they_meet_every_situation() {
    let mut totals = Totals::default();
    let mut play = |seed| {
        let outcome = run(&Scenario::of(seed));
        assert!(outcome.violations.is_empty(), "{}", failure(&shrink(&outcome)));
        totals.add(&outcome);
    };
    (1..=FIXED).for_each(&mut play);
    let began = Instant::now();
    let first = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()) << 16;
    for seed in first.. {
        if began.elapsed() > FRESH {
            break;
        }
        play(seed);
    }
    println!("{totals}");
    assert_eq!(totals.never(), [], "these never came up, so the seeds prove less than they should\n{totals}");
}

#[test]
fn a_seed_plays_the_same_each_time() {
    for seed in 1..=20 {
        let [one, other] = [(); 2].map(|()| run(&Scenario::of(seed)));
        assert_eq!(one.trace_hash, other.trace_hash, "seed {seed}");
        assert_eq!((one.steps, one.posts), (other.steps, other.posts), "seed {seed}");
    }
}

#[test]
fn every_defect_is_found() {
    let mut unnoticed = Vec::new();
    for defect in Defect::ALL.iter().copied() {
        let found = (1..=SEEDS_PER_DEFECT)
            .map(|seed| (seed, run(&Scenario { defect: Some(defect), ..Scenario::of(seed) })))
            .find(|(_, outcome)| !outcome.violations.is_empty());
        match found {
            Some((seed, outcome)) => {
                println!(
                    "{defect:24} seed {seed:3}: {}",
                    outcome.violations.first().map_or("", String::as_str)
                );
            }
            None => unnoticed.push(defect),
        }
    }
    assert_eq!(unnoticed, [], "the simulation does not notice these");
}
