//! Runs the simulation for as many seeds as wanted, and says what they met.
//!
//! `simulate [--seeds N] [--from SEED] [--seconds S] [--faults all|none|crash,pause,…] [--requests N] [--defect NAME]`
//!
//! `--strike KIND@N` plays small scenarios, struck once, at the Nth place where a fault of that kind could be.

use anyhow::{Context as _, bail};
use slotflow_tests::simulation::{Defect, FaultKind, FaultSet, Scenario, Totals, failure, run, shrink};
use std::process::ExitCode;
use std::time::{Duration, Instant};

struct Wanted {
    seeds: u64,
    from: u64,
    seconds: Option<u64>,
    faults: Option<FaultSet>,
    requests: u64,
    defect: Option<Defect>,
    strike: Option<(FaultKind, u64)>,
}

impl Wanted {
    fn parse(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut wanted = Self {
            seeds: 1_000,
            from: 1,
            seconds: None,
            faults: None,
            requests: u64::MAX,
            defect: None,
            strike: None,
        };
        while let Some(name) = arguments.next() {
            let value = arguments.next().with_context(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--seeds" => wanted.seeds = value.parse()?,
                "--from" => wanted.from = value.parse()?,
                "--seconds" => wanted.seconds = Some(value.parse()?),
                "--faults" => wanted.faults = Some(value.parse()?),
                "--requests" => wanted.requests = value.parse()?,
                "--defect" => wanted.defect = Some(value.parse().with_context(defects)?),
                "--strike" => {
                    let (kind, occasion) = value.split_once('@').context("--strike KIND@N")?;
                    wanted.strike = Some((kind.parse()?, occasion.parse()?));
                }
                _ => bail!("unknown option {name}"),
            }
        }
        Ok(wanted)
    }

    fn scenario(&self, seed: u64) -> Scenario {
        let Self { faults, requests, defect, .. } = *self;
        let whole = match self.strike {
            Some((kind, occasion)) => Scenario::struck_once(seed, kind, occasion),
            None => Scenario::of(seed),
        };
        Scenario { faults, requests, defect, ..whole }
    }
}

fn defects() -> String {
    let names: Vec<_> = Defect::ALL.iter().map(|defect| defect.as_str()).collect();
    format!("one of {}", names.join(", "))
}

fn main() -> anyhow::Result<ExitCode> {
    let wanted = Wanted::parse(std::env::args().skip(1))?;
    let began = Instant::now();
    let mut totals = Totals::default();
    let mut last_word = began;
    for seed in wanted.from..wanted.from.saturating_add(wanted.seeds) {
        let outcome = run(&wanted.scenario(seed));
        if !outcome.violations.is_empty() {
            print!("{}", totals.text(began.elapsed()));
            print!("violations      {}\n{}", outcome.violations.len(), failure(&shrink(&outcome)));
            return Ok(ExitCode::FAILURE);
        }
        totals.add(&outcome);
        if last_word.elapsed() > Duration::from_secs(10) {
            last_word = Instant::now();
            eprintln!("seed {seed}: {} seeds without a violation", totals.seeds);
        }
        if wanted.seconds.is_some_and(|most| began.elapsed().as_secs() >= most) {
            break;
        }
    }
    print!("{}", totals.text(began.elapsed()));
    println!("violations      0");
    Ok(ExitCode::SUCCESS)
}
