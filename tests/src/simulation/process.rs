//! One process: alive, standing still or dead, with a wall clock of its own.

use super::counters::Sometimes;
use super::fault::FaultKind;
use super::ledger::{FaultRecord, Moment};
use super::timeline::{HOUR, MINUTE, Micros, SECOND};
use super::world::World;
use slotflow_adapters::memory::VirtualClock;
use slotflow_application::ports::StoreError;
use slotflow_domain::Timestamp;
use slotflow_domain::instance::InstanceNumber;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// A process, as its ports see it. Clones are the same process.
///
/// A dead one's calls never return: whatever it had begun stays as it is for ever, as if the machine had
/// lost power.
#[derive(Clone)]
pub struct Process {
    /// The world it lives in.
    pub world: World,
    /// Its number, never used twice.
    pub number: usize,
    shared: Arc<Shared>,
}

struct Shared {
    condition: Mutex<Condition>,
    clock_was_set: Notify,
    died: Notify,
}

#[derive(Default)]
struct Condition {
    dead: bool,
    stands_still_until: Micros,
    skew_millis: i64,
}

/// What keeps a process from going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// It stands still.
    StandsStill,
    /// It is dead.
    Dead,
}

impl Process {
    /// A new process, whose clock is right.
    pub fn new(world: &World) -> Self {
        let number = {
            let mut state = world.state();
            state.processes += 1;
            state.processes
        };
        let shared =
            Shared { condition: Mutex::default(), clock_was_set: Notify::new(), died: Notify::new() };
        Self { world: world.clone(), number, shared: Arc::new(shared) }
    }

    /// Its number as an instance.
    pub fn instance(&self) -> Option<InstanceNumber> {
        InstanceNumber::new(u32::try_from(self.number).unwrap_or(0))
    }

    /// Its wall clock.
    pub fn wall(&self) -> Timestamp {
        let skew = self.condition().skew_millis;
        let true_millis = i64::try_from(self.world.now() / 1_000).unwrap_or(i64::MAX);
        Timestamp::from_millis(VirtualClock::START_MILLIS + true_millis + skew).unwrap_or(Timestamp::MAX)
    }

    /// Now, in truth and by its clock.
    pub fn moment(&self) -> Moment {
        Moment { truth: self.world.now(), wall: self.wall() }
    }

    /// How far its clock is off, in milliseconds.
    pub fn skew_millis(&self) -> i64 {
        self.condition().skew_millis
    }

    /// Sets its clock.
    pub fn set_skew(&self, millis: i64) {
        self.condition().skew_millis = millis;
        self.shared.clock_was_set.notify_waiters();
    }

    /// Returns when its clock was set.
    pub async fn clock_was_set(&self) {
        self.shared.clock_was_set.notified().await;
    }

    /// Ends it, between one step and the next.
    pub fn kill(&self) {
        let was_dead = std::mem::replace(&mut self.condition().dead, true);
        if !was_dead {
            let now = self.world.now();
            let mut state = self.world.state();
            state.dead.insert(self.number);
            if let Some(instance) = self.instance() {
                state.roster.lose(instance, now, Micros::MAX);
            }
            if state.ledger.posts.iter().rev().any(|post| {
                post.process == self.number && post.ended.is_some() && !state.oracle.is_settled(post)
            }) {
                super::counters::count(&mut state.sometimes, Sometimes::CrashBetweenPostAndRecord);
            }
            drop(state);
            self.shared.died.notify_one();
        }
    }

    /// Returns when it has died.
    pub async fn died(&self) {
        self.shared.died.notified().await;
    }

    /// Whether it is dead.
    pub fn is_dead(&self) -> bool {
        self.condition().dead
    }

    /// Lets it go on if it stands still.
    pub fn wake_up(&self) {
        self.condition().stands_still_until = 0;
    }

    /// What keeps it from going on now.
    pub fn hindrance(&self) -> Option<Hindrance> {
        let condition = self.condition();
        if condition.dead {
            Some(Hindrance::Dead)
        } else if condition.stands_still_until > self.world.now() {
            Some(Hindrance::StandsStill)
        } else {
            None
        }
    }

    /// Waits while it stands still; for ever if it is dead.
    pub async fn gate(&self) {
        loop {
            let until = {
                let condition = self.condition();
                if condition.dead { None } else { Some(condition.stands_still_until) }
            };
            match until {
                None => pending().await,
                Some(until) if until > self.world.now() => self.world.timeline().sleep_until(until).await,
                Some(_) => return,
            }
        }
    }

    /// Lets some time pass, as a call of the store takes it, and lets crashes and pauses strike.
    pub async fn interlude(&self, point: &'static str) {
        self.world.step(self.number, point);
        let latency = self.world.plan().latency;
        let mut span = {
            let mut state = self.world.state();
            if state.healed { state.dice.below(1_000) } else { state.dice.below(latency) }
        };
        if self.world.strikes(FaultKind::StoreSlow, self.number) {
            span += self.world.state().dice.within(SECOND..9 * SECOND);
            let (at, until) = (self.world.now(), self.world.now() + span);
            // Others wait behind it.
            let record = FaultRecord { at, until, kind: FaultKind::StoreSlow, process: None };
            self.world.state().ledger.faults.push(record);
        }
        self.world.timeline().sleep(span).await;
        self.strike();
    }

    /// Lets a crash or a pause strike.
    pub fn strike(&self) {
        if self.is_dead() {
            return;
        }
        if self.world.strikes(FaultKind::Crash, self.number) {
            self.kill();
        } else if self.world.strikes(FaultKind::Pause, self.number) {
            let now = self.world.now();
            let mut state = self.world.state();
            let span = if state.dice.chance(500_000) {
                state.dice.within(SECOND..30 * SECOND)
            } else {
                state.dice.within(30 * SECOND..10 * MINUTE)
            };
            let until = now + span;
            let (kind, process) = (FaultKind::Pause, Some(self.number));
            state.ledger.faults.push(FaultRecord { at: now, until, kind, process });
            drop(state);
            self.condition().stands_still_until = until;
        } else if self.world.strikes(FaultKind::LockLost, self.number) {
            self.lose_lock();
        }
    }

    /// Loses the lock that says that it lives, for less than the others wait or for longer.
    fn lose_lock(&self) {
        let now = self.world.now();
        let mut state = self.world.state();
        let span = if state.dice.chance(700_000) {
            state.dice.within(SECOND / 10..2 * SECOND)
        } else {
            state.dice.within(3 * SECOND..MINUTE)
        };
        let (until, kind, process) = (now + span, FaultKind::LockLost, Some(self.number));
        state.ledger.faults.push(FaultRecord { at: now, until, kind, process });
        if let Some(instance) = self.instance() {
            state.roster.lose(instance, now, until);
        }
    }

    /// Before a call of the store: it may never happen, or fail without effect.
    pub async fn enter(&self, point: &'static str) -> Result<(), StoreError> {
        self.interlude(point).await;
        self.gate().await;
        self.reach_store()
    }

    /// Whether the store can be reached at this moment.
    pub fn reach_store(&self) -> Result<(), StoreError> {
        if self.world.now() < self.world.state().store_down_until {
            return Err(unavailable("the store is down"));
        }
        if self.world.strikes(FaultKind::StoreError, self.number) {
            return Err(unavailable("the call did not arrive"));
        }
        Ok(())
    }

    /// After a call of the store: its process may be gone, or not hear the answer.
    pub async fn leave(&self, point: &'static str) -> Result<(), StoreError> {
        let lost = self.world.strikes(FaultKind::AnswerLost, self.number);
        self.interlude(point).await;
        if self.is_dead() && point == "committed" {
            self.world.sometimes(Sometimes::CrashBetweenCommitAndAnswer);
        }
        self.gate().await;
        if lost { Err(unavailable("the answer was lost")) } else { Ok(()) }
    }

    /// The longest by which a clock is ever off.
    pub const MAX_SKEW: Micros = 2 * HOUR;

    fn condition(&self) -> MutexGuard<'_, Condition> {
        self.shared.condition.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a process hears when the store does not answer.
pub fn unavailable(why: &'static str) -> StoreError {
    StoreError::Unavailable(why.into())
}
