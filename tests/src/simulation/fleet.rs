//! The processes on the one store: the real use cases and the real dispatcher, on simulated ports.

use super::counters::Sometimes;
use super::fault::FaultKind;
use super::ledger::FaultRecord;
use super::process::Process;
use super::process_instances::ProcessInstances;
use super::process_queue::ProcessQueue;
use super::process_sender::ProcessSender;
use super::process_store::ProcessStore;
use super::timeline::{HOUR, MINUTE, Micros, SECOND};
use super::world::World;
use futures_util::FutureExt as _;
use slotflow_adapters::memory::SeededEntropy;
use slotflow_application::ports::{DeliveryQueue as _, Store};
use slotflow_application::{
    BookingIntake, Bookings, Dispatcher, DispatcherSettings, Idempotency, Organizations, Webhooks,
};
use slotflow_domain::delivery::LeaseDuration;
use slotflow_domain::event::EventCatalog;
use slotflow_domain::organization::WebhookLimits;
use slotflow_domain::webhook::UrlRules;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The processes that run. Clones are the same fleet.
#[derive(Clone)]
pub struct Fleet {
    world: World,
    running: Arc<Mutex<Vec<Instance>>>,
}

/// One process with what runs in it.
#[derive(Clone)]
pub struct Instance {
    /// The process.
    pub process: Process,
    /// Its use cases around webhooks.
    pub webhooks: Webhooks,
    /// Its use cases around bookings.
    pub bookings: Bookings,
    /// Where bookings come in that may come together.
    pub intake: BookingIntake,
    /// Its use cases around organizations.
    pub organizations: Organizations,
    /// What carries out its clients' requests once per key.
    pub idempotency: Idempotency,
    stop: CancellationToken,
}

impl Fleet {
    /// A fleet with all its processes started.
    pub fn start(world: &World) -> Self {
        let fleet = Self { world: world.clone(), running: Arc::default() };
        for _ in 0..world.plan().processes {
            fleet.start_one();
        }
        fleet
    }

    /// One of the processes that are not dead, or nothing if all are.
    pub fn any(&self) -> Option<Instance> {
        let running: Vec<_> =
            self.running().iter().filter(|instance| !instance.process.is_dead()).cloned().collect();
        self.world.state().dice.one_of(&running).cloned()
    }

    /// Starts a process, and another in its place when it dies.
    fn start_one(&self) {
        let process = Process::new(&self.world);
        let instances = ProcessInstances::new(process.clone());
        let (instance, dispatcher) = Instance::new(process.clone(), instances.clone());
        let (stop, left) = (instance.stop.clone(), CancellationToken::new());
        if let Some(number) = process.instance() {
            self.world.state().roster.enrol(number);
        }
        tokio::spawn(instances.run(left.clone()));
        {
            let mut running = self.running();
            running.retain(|instance| !instance.process.is_dead());
            running.push(instance);
        }
        let ended = tokio::spawn(dispatcher.run(stop.clone()));
        let fleet = self.clone();
        tokio::spawn(async move {
            let stopped = tokio::select! {
                biased;
                () = process.died() => false,
                _ = ended => true,
            };
            fleet.running().retain(|instance| instance.process.number != process.number);
            if stopped {
                left.cancel();
                if let Some(number) = process.instance() {
                    fleet.world.state().roster.leave(number);
                }
                fleet.world.sometimes(Sometimes::StoppedInOrder);
                fleet.check_nothing_held(&process);
            }
            let healed = fleet.world.state().healed;
            let pause = fleet.world.state().dice.within(SECOND..10 * MINUTE);
            fleet.world.timeline().sleep(if healed || stopped { SECOND } else { pause }).await;
            fleet.start_one();
        });
    }

    /// Whoever stopped in order has left nothing claimed.
    fn check_nothing_held(&self, process: &Process) {
        let mut state = self.world.state();
        if let Some(id) = state.oracle.held_by(process.number)
            && !state.ledger.fault_between(0, self.world.now(), &[process.number])
        {
            state.violation(format!("S6: process {} stopped and still holds delivery {id}", process.number));
        }
    }

    /// What happens by the clock until everything is healed: clocks set, the store down, processes stopped in
    /// order, receivers of another mind.
    pub async fn trouble(self) {
        loop {
            let span = self.world.state().dice.within(SECOND..HOUR / 2);
            self.world.timeline().sleep(span).await;
            if self.world.state().healed {
                return;
            }
            let what = self.world.state().dice.below(8);
            match what {
                0..=2 => self.set_a_clock(),
                3..=4 => self.take_store_down(),
                5 => self.stop_one(),
                _ => self.change_a_receiver(),
            }
        }
    }

    fn set_a_clock(&self) {
        if !self.world.plan().faults.contains(FaultKind::ClockStep) {
            return;
        }
        let Some(instance) = self.any() else { return };
        let before = instance.process.wall();
        let most = Process::MAX_SKEW / 1_000;
        let skew = {
            let mut state = self.world.state();
            let far = if state.dice.chance(500_000) { most } else { 60_000 };
            i64::try_from(state.dice.below(2 * far)).unwrap_or(0) - i64::try_from(far).unwrap_or(0)
        };
        let now = self.world.now();
        self.world.state().fault(FaultRecord {
            at: now,
            until: Micros::MAX,
            kind: FaultKind::ClockStep,
            process: Some(instance.process.number),
        });
        instance.process.set_skew(skew);
        let after = instance.process.wall();
        let (first, last) = (before.min(after), before.max(after));
        let due = self.world.store().next_due_after(first).now_or_never().and_then(Result::ok).flatten();
        if due.is_some_and(|due| due <= last) {
            self.world.sometimes(Sometimes::ClockSteppedOverDue);
        }
    }

    fn take_store_down(&self) {
        if self.world.plan().faults.contains(FaultKind::StoreDown) {
            let span = self.world.state().dice.within(SECOND..15 * MINUTE);
            self.world.take_store_down(span);
        }
    }

    /// As a rolling update does it: no fault, and nothing may be repeated for it.
    fn stop_one(&self) {
        if let Some(instance) = self.any() {
            instance.stop.cancel();
        }
    }

    fn change_a_receiver(&self) {
        let mut state = self.world.state();
        let urls = super::client::urls(self.world.plan());
        if let Some(url) = state.dice.one_of(&urls).cloned() {
            let canonical = slotflow_domain::webhook::WebhookUrl::from_stored(&url)
                .map_or(url, |url| url.canonical().as_str().to_owned());
            state.receivers.change(&canonical);
        }
    }

    /// From now on nothing goes wrong: every process goes on or is started again, every clock is right.
    pub fn heal(&self) {
        {
            let mut state = self.world.state();
            state.healed = true;
            state.store_down_until = 0;
            state.roster.heal();
        }
        for instance in self.running().iter() {
            instance.process.set_skew(0);
            instance.process.wake_up();
        }
    }

    /// Ends every process and forgets it.
    pub fn end(&self) {
        for instance in std::mem::take(&mut *self.running()) {
            instance.process.kill();
        }
    }

    fn running(&self) -> MutexGuard<'_, Vec<Instance>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Instance {
    fn new(process: Process, instances: ProcessInstances) -> (Self, Dispatcher) {
        let world = process.world.clone();
        let plan = *world.plan();
        let timeout = DispatcherSettings::DEFAULT_REQUEST_TIMEOUT;
        let settings = DispatcherSettings {
            concurrency: plan.concurrency,
            concurrency_per_webhook: plan.concurrency_per_webhook,
            lease: LeaseDuration::for_timeout(timeout),
            poll_interval: Duration::from_micros(plan.poll),
            ..DispatcherSettings::for_timeout(timeout)
        };
        let settings = world.defect().map_or(settings.clone(), |defect| defect.settings(settings));
        let store = Arc::new(ProcessStore { process: process.clone() });
        let clock = Arc::new(process.clone());
        let entropy = Arc::new(SeededEntropy::new(world.state().dice.number()));
        let dispatcher = Dispatcher::new(
            Arc::new(ProcessQueue { process: process.clone(), instances: instances.clone() }),
            Arc::new(ProcessSender { process: process.clone() }),
            Arc::<Process>::clone(&clock),
            Arc::<SeededEntropy>::clone(&entropy),
            settings,
        )
        .with_instances(Arc::new(instances));
        let (for_webhooks, for_organizations): (Arc<dyn Store>, Arc<dyn Store>) =
            (Arc::<ProcessStore>::clone(&store), Arc::<ProcessStore>::clone(&store));
        let bookings = Bookings {
            store: Arc::<ProcessStore>::clone(&store),
            directory: Arc::<ProcessStore>::clone(&store),
            clock: Arc::<Process>::clone(&clock),
            entropy: Arc::<SeededEntropy>::clone(&entropy),
            first_attempts: dispatcher.first_attempts(),
        };
        let instance = Self {
            webhooks: Webhooks {
                store: for_webhooks,
                directory: Arc::<ProcessStore>::clone(&store),
                resolver: None,
                clock: Arc::<Process>::clone(&clock),
                entropy: Arc::<SeededEntropy>::clone(&entropy),
                url_rules: UrlRules::strict(),
                catalog: EventCatalog::bookings(),
                limits: WebhookLimits::default(),
            },
            organizations: Organizations {
                store: for_organizations,
                directory: Arc::<ProcessStore>::clone(&store),
                clock: Arc::<Process>::clone(&clock),
                entropy: Arc::<SeededEntropy>::clone(&entropy),
            },
            idempotency: Idempotency {
                store: Arc::<ProcessStore>::clone(&store),
                directory: Arc::<ProcessStore>::clone(&store),
                clock: Arc::<Process>::clone(&clock),
            },
            intake: BookingIntake::new(bookings.clone(), 2),
            bookings,
            stop: CancellationToken::new(),
            process,
        };
        (instance, dispatcher)
    }
}
