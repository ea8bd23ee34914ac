//! A process's view of the others, by their locks.

use super::counters::Sometimes;
use super::defect::Defect;
use super::process::Process;
use super::timeline::{Micros, SECOND};
use async_trait::async_trait;
use slotflow_application::ports::{Instances, StoreError};
use slotflow_domain::instance::{InstanceNumber, Look, Watch};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How often a process looks at the locks of the others, and tries to take its own again: as the store on PostgreSQL does.
const PERIOD: Micros = SECOND;
const PERIOD_WITHOUT_LOCK: Micros = SECOND / 4;

/// Faults lie between a process and the locks. Whom it takes for dead is what the domain's rule says. Clones are the same.
#[derive(Clone)]
pub(super) struct ProcessInstances {
    process: Process,
    findings: Arc<Mutex<BTreeSet<InstanceNumber>>>,
    found: Arc<Notify>,
}

impl ProcessInstances {
    pub(super) fn new(process: Process) -> Self {
        Self { process, findings: Arc::default(), found: Arc::default() }
    }

    /// Returns when somebody was found dead.
    pub(super) async fn found(&self) {
        self.found.notified().await;
    }

    /// Keeps the process's own lock and looks at those of the others, until it leaves. Where nobody's lock is free a look
    /// finds nothing, and so there is none.
    pub(super) async fn run(self, left: CancellationToken) {
        let Some(own) = self.process.instance() else { return };
        let world = self.process.world.clone();
        let grace = if world.has(Defect::GraceForgotten) { Duration::ZERO } else { Watch::GRACE };
        let mut watch = Watch::new(grace);
        while !left.is_cancelled() {
            let changes = world.state().roster.changes();
            let changed = changes.notified();
            let is_quiet = {
                let state = world.state();
                state.roster.holds(own) && state.roster.free().is_empty()
            };
            if is_quiet {
                watch.is_blind();
                self.findings().clear();
                tokio::select! {
                    biased;
                    () = left.cancelled() => return,
                    () = changed => {}
                }
                // It comes to look at its own time.
                let phase = world.state().dice.below(PERIOD);
                world.timeline().sleep(phase).await;
                continue;
            }
            let pause = self.look(own, &mut watch).await;
            tokio::select! {
                biased;
                () = left.cancelled() => return,
                () = world.timeline().sleep(pause) => {}
            }
        }
    }

    /// Looks once. Answers how long until the next time.
    async fn look(&self, own: InstanceNumber, watch: &mut Watch) -> Micros {
        let world = &self.process.world;
        self.process.gate().await;
        let began = world.now();
        let delay = {
            let latency = world.plan().latency;
            world.state().dice.below(latency)
        };
        world.timeline().sleep(delay).await;
        self.process.gate().await;
        let now = world.now();
        let free = {
            let mut state = world.state();
            if now < state.store_down_until {
                None
            } else if state.roster.holds(own) {
                Some(state.roster.free())
            } else {
                if state.roster.take(own, now).is_ok() {
                    super::counters::count(&mut state.sometimes, Sometimes::LockTakenAgain);
                }
                None
            }
        };
        let Some(free) = free else {
            watch.is_blind();
            self.findings().clear();
            return PERIOD_WITHOUT_LOCK;
        };
        watch.saw(Look { began: Duration::from_micros(began), ended: Duration::from_micros(now), free });
        let is_news = !watch.dead().is_subset(&self.findings());
        self.findings().clone_from(watch.dead());
        if is_news {
            self.found.notify_one();
        }
        let verdict = watch.next_verdict().map(|at| u64::try_from(at.as_micros()).unwrap_or(u64::MAX));
        verdict.map_or(PERIOD, |verdict| verdict.saturating_sub(now).clamp(1, PERIOD))
    }

    fn findings(&self) -> MutexGuard<'_, BTreeSet<InstanceNumber>> {
        self.findings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Instances for ProcessInstances {
    fn own(&self) -> Option<InstanceNumber> {
        self.process.instance()
    }

    fn dead(&self) -> Vec<InstanceNumber> {
        self.findings().iter().copied().collect()
    }

    async fn forget(&self, dead: Vec<InstanceNumber>) -> Result<(), StoreError> {
        self.process.enter("forget").await?;
        // As the database does it: who has come back stays.
        let gone: Vec<_> = {
            let state = self.process.world.state();
            dead.iter().copied().filter(|number| !state.roster.holds(*number)).collect()
        };
        self.process.world.state().roster.forget(&gone);
        self.findings().retain(|number| !dead.contains(number));
        self.process.leave("forgotten").await
    }
}
