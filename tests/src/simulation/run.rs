//! One run of one scenario.

use super::counters::{Count, Sometimes};
use super::fault::{FaultKind, FaultSet};
use super::fleet::Fleet;
use super::process::Process;
use super::scenario::Scenario;
use super::timeline::{HOUR, MINUTE, Micros, Timeline};
use super::world::World;
use super::{client, trace::Trace};

/// What came of a run.
pub struct Outcome {
    /// What was played.
    pub scenario: Scenario,
    /// What could go wrong in it.
    pub faults: FaultSet,
    /// How many requests its clients made.
    pub requests: u64,
    /// The fingerprint of everything that happened.
    pub trace_hash: u64,
    /// How long it took, in true time.
    pub simulated: Micros,
    /// Calls of ports.
    pub steps: u64,
    /// Deliveries committed.
    pub deliveries: u64,
    /// POSTs.
    pub posts: u64,
    /// What went wrong.
    pub struck: Count<FaultKind>,
    /// What came up.
    pub sometimes: Count<Sometimes>,
    /// What was broken; nothing if all is well.
    pub violations: Vec<String>,
    /// The last lines of the trace, if they were wanted.
    pub lines: Vec<String>,
}

/// Plays a scenario from its beginning to its end. The same one has the same outcome each time.
pub fn run(scenario: &Scenario) -> Outcome {
    let world = World::new(scenario);
    let timeline: Timeline = world.timeline().clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .on_thread_park(move || timeline.move_on())
        .build()
        .expect("a runtime without any driver");
    runtime.block_on(play(world.clone()));
    // Its tasks hold the world, and the world holds what they wait for.
    drop(runtime);
    outcome(scenario, &world)
}

async fn play(world: World) {
    client::found(&world).await;
    let fleet = Fleet::start(&world);
    tokio::spawn(fleet.clone().trouble());
    tokio::spawn(client::run(world.clone(), fleet.clone()));
    if pass(&world, world.plan().busy).await {
        fleet.heal();
        // The last request, both delays from then on, lost attempts on the way, and clocks that were wrong
        // when something became due.
        let wrong_clocks =
            if world.plan().faults.contains(FaultKind::ClockStep) { 2 * Process::MAX_SKEW } else { 0 };
        let rest = 2 * HOUR + 40 * MINUTE + wrong_clocks + 8 * world.plan().poll;
        if pass(&world, rest).await {
            world.state().check_end(world.store());
        }
    }
    fleet.end();
}

/// Lets time pass; stops at once if something is broken.
async fn pass(world: &World, span: Micros) -> bool {
    let end = world.now() + span;
    while world.now() < end {
        world.timeline().sleep_until(end.min(world.now() + MINUTE)).await;
        if !world.state().violations.is_empty() {
            return false;
        }
    }
    true
}

fn outcome(scenario: &Scenario, world: &World) -> Outcome {
    let mut state = world.state();
    let state = &mut *state;
    let trace = std::mem::replace(&mut state.trace, Trace::new(false));
    Outcome {
        scenario: *scenario,
        faults: world.plan().faults,
        requests: state.ledger.requests.len() as u64,
        trace_hash: trace.hash(),
        simulated: world.now(),
        steps: trace.steps(),
        deliveries: state.oracle.deliveries() as u64,
        posts: state.ledger.posts.len() as u64,
        struck: std::mem::take(&mut state.faults),
        sometimes: std::mem::take(&mut state.sometimes),
        violations: std::mem::take(&mut state.violations),
        lines: trace.into_lines(),
    }
}
