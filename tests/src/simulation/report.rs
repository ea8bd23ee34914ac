//! What many runs came to.

use super::counters::{Count, Sometimes, add};
use super::fault::FaultKind;
use super::run::Outcome;
use super::timeline::{HOUR, Micros};
use std::fmt;
use std::time::Duration;

/// The sum of runs without a violation.
#[derive(Default)]
pub struct Totals {
    /// Runs.
    pub seeds: u64,
    simulated: Micros,
    steps: u64,
    requests: u64,
    deliveries: u64,
    posts: u64,
    struck: Count<FaultKind>,
    sometimes: Count<Sometimes>,
}

impl Totals {
    /// Adds a run.
    pub fn add(&mut self, outcome: &Outcome) {
        self.seeds += 1;
        self.simulated += outcome.simulated;
        self.steps += outcome.steps;
        self.requests += outcome.requests;
        self.deliveries += outcome.deliveries;
        self.posts += outcome.posts;
        add(&mut self.struck, &outcome.struck);
        add(&mut self.sometimes, &outcome.sometimes);
    }

    /// What never came up.
    pub fn never(&self) -> Vec<Sometimes> {
        Sometimes::ALL.into_iter().filter(|what| !self.sometimes.contains_key(what)).collect()
    }

    /// The totals as text, with the speed at which they came about.
    pub fn text(&self, took: Duration) -> String {
        let rate = self.seeds as f64 / took.as_secs_f64().max(0.001);
        format!("{self}seconds         {:.1}\nseeds/second    {rate:.1}\n", took.as_secs_f64())
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seeds           {}", self.seeds)?;
        writeln!(f, "simulated hours {}", self.simulated / HOUR)?;
        writeln!(f, "port calls      {}", self.steps)?;
        writeln!(f, "client requests {}", self.requests)?;
        writeln!(f, "deliveries      {}", self.deliveries)?;
        writeln!(f, "POSTs           {}", self.posts)?;
        writeln!(f, "faults")?;
        for kind in FaultKind::ALL {
            writeln!(f, "  {kind:28} {}", self.struck.get(&kind).copied().unwrap_or(0))?;
        }
        writeln!(f, "sometimes")?;
        for what in Sometimes::ALL {
            let number = self.sometimes.get(&what).copied().unwrap_or(0);
            writeln!(f, "  {:28} {number}", format!("{what:?}"))?;
        }
        Ok(())
    }
}

/// A failure for a person: what was broken, what led there, and how to see it again.
pub fn failure(outcome: &Outcome) -> String {
    let mut text = format!("seed {} breaks the rules:\n", outcome.scenario.seed);
    for violation in outcome.violations.iter().take(5) {
        text.push_str(&format!("  {violation}\n"));
    }
    text.push_str("the last steps:\n");
    for line in &outcome.lines {
        text.push_str(&format!("  {line}\n"));
    }
    text.push_str(&format!("again: {}\n", again(outcome)));
    text
}

/// The command that repeats a run.
pub fn again(outcome: &Outcome) -> String {
    let scenario = &outcome.scenario;
    let mut command = format!(
        "cargo run --release -p slotflow-tests --bin simulate -- --from {} --seeds 1 --faults {}",
        scenario.seed, outcome.faults
    );
    if scenario.requests != u64::MAX {
        command.push_str(&format!(" --requests {}", scenario.requests));
    }
    if let Some(strike) = scenario.strike {
        command.push_str(&format!(" --strike {}@{}", strike.kind, strike.occasion));
    }
    if let Some(defect) = scenario.defect {
        command.push_str(&format!(" --defect {defect}"));
    }
    command
}
