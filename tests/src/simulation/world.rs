//! What everything in a run shares: true time, chance, faults, the ledger and the oracle.

use super::counters::{Count, Sometimes, count};
use super::defect::Defect;
use super::dice::Dice;
use super::fault::FaultKind;
use super::ledger::{FaultRecord, Ledger};
use super::oracle::Oracle;
use super::receivers::Receivers;
use super::roster::Roster;
use super::scenario::{Plan, Scenario};
use super::timeline::{Micros, Timeline};
use super::trace::Trace;
use slotflow_adapters::memory::MemoryStore;
use slotflow_domain::OrganizationId;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// The world of one run. Clones are the same world.
#[derive(Clone)]
pub struct World(Arc<Parts>);

struct Parts {
    timeline: Timeline,
    store: MemoryStore,
    plan: Plan,
    scenario: Scenario,
    state: Mutex<State>,
}

/// What changes in a world.
pub struct State {
    /// Chance.
    pub dice: Dice,
    /// Whether nothing goes wrong any more.
    pub healed: bool,
    /// Until when nobody reaches the store.
    pub store_down_until: Micros,
    /// What is known outside the system.
    pub ledger: Ledger,
    /// What must be true of it.
    pub oracle: Oracle,
    /// How receivers behave.
    pub receivers: Receivers,
    /// What the store knows of the processes.
    pub roster: Roster,
    /// The processes that have died.
    pub dead: BTreeSet<usize>,
    /// The organizations there are.
    pub organizations: Vec<OrganizationId>,
    /// What happened.
    pub trace: Trace,
    /// Faults by kind.
    pub faults: Count<FaultKind>,
    /// Situations that should come up.
    pub sometimes: Count<Sometimes>,
    /// What was broken.
    pub violations: Vec<String>,
    /// Processes started so far.
    pub processes: usize,
    /// How often a planned fault could have struck so far.
    pub occasions: u64,
}

impl World {
    /// More steps than any run needs: beyond them something turns in a circle.
    const MOST_STEPS: u64 = 3_000_000;

    /// The world of a scenario, at its beginning.
    pub fn new(scenario: &Scenario) -> Self {
        let (plan, mut dice) = scenario.plan();
        let receivers = Receivers::new(dice.split(), &plan);
        let state = State {
            dice,
            healed: false,
            store_down_until: 0,
            ledger: Ledger::default(),
            oracle: Oracle::default(),
            receivers,
            roster: Roster::default(),
            dead: BTreeSet::new(),
            organizations: Vec::new(),
            trace: Trace::new(scenario.keep_trace),
            faults: Count::new(),
            sometimes: Count::new(),
            violations: Vec::new(),
            processes: 0,
            occasions: 0,
        };
        Self(Arc::new(Parts {
            timeline: Timeline::default(),
            store: MemoryStore::new(),
            plan,
            scenario: *scenario,
            state: Mutex::new(state),
        }))
    }

    /// True time.
    pub fn timeline(&self) -> &Timeline {
        &self.0.timeline
    }

    /// Now, in truth.
    pub fn now(&self) -> Micros {
        self.0.timeline.now()
    }

    /// The one store.
    pub fn store(&self) -> &MemoryStore {
        &self.0.store
    }

    /// What the seed decided.
    pub fn plan(&self) -> &Plan {
        &self.0.plan
    }

    /// What is deliberately wrong.
    pub fn defect(&self) -> Option<Defect> {
        self.0.scenario.defect
    }

    /// Whether this is what is deliberately wrong.
    pub fn has(&self, defect: Defect) -> bool {
        self.defect() == Some(defect)
    }

    /// What changes. Never held over an await.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a fault of this kind strikes at this step; if so it is on record.
    pub fn strikes(&self, kind: FaultKind, process: usize) -> bool {
        let rate = self.plan().rate(kind);
        let now = self.now();
        let mut state = self.state();
        let planned = self.0.scenario.strike.is_some_and(|strike| {
            let counts = strike.kind == kind && !state.healed;
            state.occasions += u64::from(counts);
            counts && state.occasions == strike.occasion
        });
        let strikes = planned || (rate > 0 && !state.healed && state.dice.chance(rate));
        if strikes {
            state.fault(FaultRecord { at: now, until: now, kind, process: Some(process) });
        }
        strikes
    }

    /// Nobody reaches the store for a while, which has lost all locks when it is back.
    pub fn take_store_down(&self, span: Micros) {
        let now = self.now();
        let until = now + span;
        let mut state = self.state();
        state.store_down_until = until;
        state.roster.lose_all(now);
        state.fault(FaultRecord { at: now, until, kind: FaultKind::StoreDown, process: None });
    }

    /// Notes a step of a process.
    pub fn step(&self, process: usize, point: &'static str) {
        let now = self.now();
        let mut state = self.state();
        let fingerprint = state.dice.clone().number();
        state.trace.step(now, process, point, fingerprint);
        if state.trace.steps() == Self::MOST_STEPS {
            state.violation("it turns in a circle: there is no end to its steps".to_owned());
        }
    }

    /// Adds a line to the trace's text, if that is kept. `text` is given a namer of identifiers.
    pub fn say(&self, process: usize, text: impl FnOnce(&mut dyn FnMut(Uuid) -> String) -> String) {
        let now = self.now();
        self.state().trace.say(now, process, text);
    }

    /// Notes that a situation came up.
    pub fn sometimes(&self, what: Sometimes) {
        count(&mut self.state().sometimes, what);
    }
}

impl State {
    /// Puts a fault on record.
    pub fn fault(&mut self, fault: FaultRecord) {
        count(&mut self.faults, fault.kind);
        self.ledger.faults.push(fault);
        self.trace.mix(fault.kind as u64);
        let process = fault.process.unwrap_or(0);
        self.trace.say(fault.at, process, |_| format!("FAULT {}", fault.kind));
    }

    /// Puts a broken invariant on record.
    pub fn violation(&mut self, what: String) {
        self.violations.push(what);
    }
}
