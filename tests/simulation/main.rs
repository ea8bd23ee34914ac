//! The simulation: fixed seeds, fresh ones, and proof that it would notice.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by a panic")]

use slotflow_tests::simulation::{Defect, FaultKind, FaultSet, Scenario, Totals, failure, run, shrink};
use std::num::NonZero;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Seeds that are the same each time.
const FIXED: u64 = 150;

/// Seeds that found mistakes: a webhook above its cap of requests, a delivery sent again by the process that
/// held its outcome in memory, the same behind another outcome, and a process that
/// was taken for dead although it had taken its lock again between two looks.
const FOUND_SOMETHING: [u64; 4] = [12, 1_000_929, 1_000_207, 7_700_000_676];

/// How long fresh seeds are tried.
const FRESH: Duration = Duration::from_secs(5);

/// Seeds within which every defect must be found.
const SEEDS_PER_DEFECT: u64 = 150;

#[test]
fn no_seed_breaks_a_rule_and_together_they_meet_every_situation() {
    let totals = Mutex::new(Totals::default());
    let play = |seed| {
        let outcome = run(&Scenario::of(seed));
        assert!(outcome.violations.is_empty(), "{}", failure(&shrink(&outcome)));
        totals.lock().expect("no seed that failed").add(&outcome);
    };
    let seeds: Vec<_> = (1..=FIXED).chain(FOUND_SOMETHING).collect();
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        for part in seeds.chunks(seeds.len().div_ceil(processors)) {
            scope.spawn(|| part.iter().copied().for_each(play));
        }
    });
    let began = Instant::now();
    let first = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()) << 16;
    (first..).take_while(|_| began.elapsed() < FRESH).for_each(play);
    let totals = totals.into_inner().expect("no seed that failed");
    println!("{totals}");
    assert_eq!(totals.never(), [], "these never came up, so the seeds prove less than they should\n{totals}");
}

/// Not by chance but one after the other: each place at which a single fault could strike a small scenario.
#[test]
fn a_single_fault_anywhere_breaks_no_rule() {
    let kinds = [
        FaultKind::Crash,
        FaultKind::Pause,
        FaultKind::StoreError,
        FaultKind::AnswerLost,
        FaultKind::LockLost,
    ];
    for (seed, kind) in (1..=2).flat_map(|seed| kinds.map(|kind| (seed, kind))) {
        let mut places = 0;
        loop {
            let outcome = run(&Scenario::struck_once(seed, kind, places + 1));
            assert!(outcome.violations.is_empty(), "{}", failure(&shrink(&outcome)));
            if !outcome.struck.contains_key(&kind) {
                break;
            }
            places += 1;
        }
        println!("seed {seed}: {kind} at {places} places");
        assert!(places > 30, "{kind} struck at {places} places only");
    }
}

#[test]
fn a_failure_is_made_small_and_fails_again() {
    let scenario = Scenario { defect: Some(Defect::SwappedDelays), ..Scenario::of(1) };
    let failed = run(&scenario);
    let small = shrink(&failed);
    assert!(!small.violations.is_empty());
    assert!(small.requests < failed.requests, "{} and {} requests", small.requests, failed.requests);
    assert_eq!(small.faults, FaultSet::NONE, "no fault is needed for it");
    assert!(!small.lines.is_empty() && failure(&small).contains("--from 1 --seeds 1 --faults none"));
    assert_eq!(run(&small.scenario).violations, small.violations);
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
