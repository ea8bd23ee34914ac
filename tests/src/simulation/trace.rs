//! What happened, as a fingerprint of all of it and as text for the last of it.

use super::timeline::Micros;
use std::collections::{BTreeMap, VecDeque};
use uuid::Uuid;

/// How many lines are kept.
const KEPT: usize = 60;

/// The trace of a run.
pub struct Trace {
    hash: u64,
    steps: u64,
    lines: Option<VecDeque<String>>,
    names: BTreeMap<Uuid, String>,
}

impl Trace {
    /// An empty trace, which keeps its last lines as text if wanted: that takes time.
    pub fn new(keep: bool) -> Self {
        let lines = keep.then(|| VecDeque::with_capacity(KEPT));
        Self { hash: 0xcbf2_9ce4_8422_2325, steps: 0, lines, names: BTreeMap::new() }
    }

    /// Adds a step.
    pub fn step(&mut self, now: Micros, process: usize, point: &str, fingerprint: u64) {
        self.steps += 1;
        self.mix(now);
        self.mix(process as u64);
        self.mix(point.len() as u64 ^ u64::from(point.bytes().next_back().unwrap_or(0)) << 8);
        self.mix(fingerprint);
    }

    /// Adds a line to the text, if that is kept.
    pub fn say(
        &mut self,
        now: Micros,
        process: usize,
        text: impl FnOnce(&mut dyn FnMut(Uuid) -> String) -> String,
    ) {
        let Some(lines) = &mut self.lines else { return };
        let names = &mut self.names;
        let mut name = |id: Uuid| {
            let next = names.len() + 1;
            names.entry(id).or_insert_with(|| format!("#{next}")).clone()
        };
        let text = text(&mut name);
        if lines.len() == KEPT {
            lines.pop_front();
        }
        let (seconds, micros) = (now / 1_000_000, now % 1_000_000);
        let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        lines.push_back(format!("{hours:3}:{minutes:02}:{seconds:02}.{micros:06}  p{process:<3} {text}"));
    }

    /// Adds to the fingerprint.
    pub const fn mix(&mut self, number: u64) {
        self.hash = (self.hash ^ number).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
    }

    /// The fingerprint of everything so far.
    pub const fn hash(&self) -> u64 {
        self.hash
    }

    /// How many steps there were.
    pub const fn steps(&self) -> u64 {
        self.steps
    }

    /// The last lines.
    pub fn into_lines(self) -> Vec<String> {
        self.lines.unwrap_or_default().into()
    }
}
