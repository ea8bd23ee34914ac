//! An installation in memory, and how to let it run until it is quiet.

use super::{MemoryInstances, MemoryStore, ScriptedResolver, ScriptedSender, SeededEntropy, VirtualClock};
#[cfg(feature = "api")]
use crate::api::ApiServices;
#[cfg(feature = "api")]
use slotflow_application::BookingIntake;
use slotflow_application::ports::Clock as _;
use slotflow_application::repairs::ReplayBell;
use slotflow_application::slotflow::Worker;
use slotflow_application::{
    Bookings, Deliveries, Dispatcher, DispatcherSettings, Events, Idempotency, Organizations, Overview,
    Repairs, Replayer, Retention, Slotflow, Webhooks,
};
use slotflow_domain::delivery::{DeliveryState, Replay};
use slotflow_domain::event::EventCatalog;
use slotflow_domain::organization::WebhookLimits;
use slotflow_domain::retention::RetentionPeriod;
use slotflow_domain::webhook::UrlRules;
use slotflow_domain::{Timestamp, WebhookId};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio_util::sync::{CancellationToken, DropGuard};

/// The use cases and a dispatcher on parts that a test controls.
///
/// What is set in its fields holds from the first use case on that is asked for, which puts the whole together.
///
/// Nothing is sent until [`settle_down`](Self::settle_down) or [`advance`](Self::advance) is called first;
/// they start the dispatcher, which stops when the kit is dropped. On a runtime with one thread, as
/// `#[tokio::test]` makes, every run is the same; with several threads the order of parallel attempts is not.
/// Nothing is removed by itself, and nobody looks into the table `outbox`.
///
/// # Code that publishes in a transaction of yours
///
/// A transaction of sea-orm's, enlisted in an `SqlStore`, and the unit of work of the kit's store have the port in common
/// that [`Slotflow::publish`] takes: `Outbox`. So have your function take that. The service calls it with
/// `&mut store.enlist(&transaction)`, a test with what the kit's store begins:
///
/// ```
/// use serde_json::json;
/// use slotflow_adapters::memory::TestKit;
/// use slotflow_application::Slotflow;
/// use slotflow_application::ports::{Outbox, Store};
/// use slotflow_application::slotflow::PublishedEvent;
/// use slotflow_domain::OrganizationId;
/// use slotflow_domain::event::{EventCatalog, EventDefinition, NewEvent};
/// # use slotflow_application::webhooks::RegisterWebhook;
/// # use slotflow_domain::organization::{OrganizationName, Plan};
///
/// async fn tell_paid(
///     slotflow: &Slotflow,
///     outbox: &mut (impl Outbox + Send + ?Sized),
///     shop: OrganizationId,
///     order: u64,
/// ) -> Result<PublishedEvent, Box<dyn std::error::Error>> {
///     let event = NewEvent::new("order.paid", &json!({"order_id": order}))?;
///     Ok(slotflow.publish(outbox, shop, event).await?)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut kit = TestKit::new();
/// kit.catalog = EventCatalog::of([EventDefinition::new("order.paid")?])?;
/// # let shop = OrganizationId::new(uuid::Uuid::from_u128(1));
/// # kit.organizations().ensure(shop, OrganizationName::parse("Shop")?, Plan::Free).await?;
/// # let webhook = RegisterWebhook { url: "https://shop.dev/".into(), events: vec!["order.paid".into()] };
/// # kit.webhooks().register(shop, webhook).await?;
/// // … and an organization `shop` with a webhook for it …
/// let mut work = kit.store.begin().await?;
/// let published = tell_paid(kit.slotflow(), work.as_mut(), shop, 7).await?;
/// work.commit().await?;
/// published.committed();
///
/// kit.settle_down().await;
/// assert_eq!(kit.sender.requests().len(), 1);
/// # Ok(())
/// # }
/// ```
///
/// Your own rows have no place in the kit. What writes them stays outside of such a function, or takes a port of your own.
#[derive(Debug)]
pub struct TestKit {
    /// Time.
    pub clock: VirtualClock,
    /// The database.
    pub store: MemoryStore,
    /// The processes on it: one for each dispatcher of the kit.
    pub instances: MemoryInstances,
    /// The receivers: they accept everything until told otherwise.
    pub sender: ScriptedSender,
    /// The name service: every name is public until told otherwise.
    pub resolver: ScriptedResolver,
    /// Randomness.
    pub entropy: SeededEntropy,
    /// Which URLs may be registered: by default `https` to public addresses only.
    pub url_rules: UrlRules,
    /// The event types: by default those of the product, `booking.confirmed` and `booking.cancelled` among them.
    pub catalog: EventCatalog,
    /// The plans and their limits: by default those of the product, free 2, starter 10, growth without limit.
    pub plans: WebhookLimits,
    /// The dispatcher's bounds and policy: by default those of the product, as [`DispatcherSettings`] says them.
    pub settings: DispatcherSettings,
    installation: OnceLock<Box<Installation>>,
}

/// All of it put together, when something first needs it.
struct Installation {
    slotflow: Slotflow,
    not_started: Mutex<Option<Worker>>,
    stop: DropGuard,
}

/// What moves while something happens.
#[derive(PartialEq, Eq)]
struct Motion {
    now: Timestamp,
    store_version: u64,
    requests: (usize, usize),
}

impl TestKit {
    /// How often the other tasks get their turn without anything moving before that counts as quiet, although
    /// something looks unfinished: a claim that the test itself made, for one.
    const PATIENCE: u32 = 10_000;

    /// A kit with the product's defaults, and randomness that follows from the seed 1.
    pub fn new() -> Self {
        Self::with(1, DispatcherSettings::default())
    }

    /// A kit whose randomness follows from `seed`, and whose dispatcher works with `settings`.
    pub fn with(seed: u64, settings: DispatcherSettings) -> Self {
        let clock = VirtualClock::default();
        let store = MemoryStore::new();
        Self {
            sender: ScriptedSender::accepting(clock.clone()),
            clock,
            instances: MemoryInstances::new(&store),
            store,
            resolver: ScriptedResolver::default(),
            entropy: SeededEntropy::new(seed),
            url_rules: UrlRules::strict(),
            catalog: EventCatalog::standard(),
            plans: WebhookLimits::default(),
            settings,
            installation: OnceLock::new(),
        }
    }

    /// The use cases, and publishing.
    pub fn slotflow(&self) -> &Slotflow {
        &self.installation().slotflow
    }

    /// The use cases around organizations.
    pub fn organizations(&self) -> Organizations {
        self.slotflow().organizations.clone()
    }

    /// The use cases around webhooks.
    pub fn webhooks(&self) -> Webhooks {
        self.slotflow().webhooks.clone()
    }

    /// The use cases around bookings.
    pub fn bookings(&self) -> Bookings {
        self.slotflow().bookings.clone()
    }

    /// How an organization's webhooks fare.
    pub fn overview(&self) -> Overview {
        self.slotflow().overview.clone()
    }

    /// What became of deliveries.
    pub fn deliveries(&self) -> Deliveries {
        self.slotflow().deliveries.clone()
    }

    /// Carries out requests once per key.
    pub fn idempotency(&self) -> Idempotency {
        self.slotflow().idempotency.clone()
    }

    /// What happened.
    pub fn events(&self) -> Events {
        self.slotflow().events.clone()
    }

    /// Retrying, replaying and trying out.
    pub fn repairs(&self) -> Repairs {
        self.slotflow().repairs.clone()
    }

    /// Removes what was kept for `period`, when a test tells it to.
    pub fn retention(&self, period: RetentionPeriod) -> Retention {
        Retention {
            store: Arc::new(self.store.clone()),
            clock: Arc::new(self.clock.clone()),
            period: Some(period),
        }
    }

    /// What the API needs, for a router on the kit that API keys are recognized by. Requests are not limited.
    #[cfg(feature = "api")]
    pub fn api_services(&self) -> ApiServices {
        ApiServices {
            intake: BookingIntake::new(self.bookings(), 1),
            ..ApiServices::with_api_keys(self.slotflow())
        }
    }

    /// A dispatcher on the kit's parts, enrolled and not running. For tests that want several, or stop them themselves.
    pub fn dispatcher(&self) -> Dispatcher {
        self.put_together().1.dispatcher
    }

    /// A replayer on the kit's parts that hears `bell`, not running.
    pub fn replayer(&self, bell: ReplayBell) -> Replayer {
        Replayer {
            store: Arc::new(self.store.clone()),
            replays: Arc::new(self.store.clone()),
            clock: Arc::new(self.clock.clone()),
            entropy: Arc::new(self.entropy.clone()),
            bell,
        }
    }

    /// Lets the dispatcher and the replayer act until nothing more happens at this moment: all that is due has been attempted
    /// and recorded, except what hangs, or waits behind what hangs. No real time is waited for.
    pub async fn settle_down(&self) {
        self.installation().start();
        let (mut last, mut still) = (self.motion(), 0);
        while !self.is_quiet() && still < Self::PATIENCE {
            tokio::task::yield_now().await;
            let motion = self.motion();
            still = if motion == last { still + 1 } else { 0 };
            last = motion;
        }
    }

    /// Lets `span` pass, stopping at each moment at which a delivery becomes due, a lease ends or a replay looks
    /// again, so that whatever happens on the way happens in time. Replies that take time may make it longer.
    pub async fn advance(&self, span: Duration) {
        let end = self.clock.now() + span;
        loop {
            self.settle_down().await;
            let now = self.clock.now();
            let state = self.store.state();
            let replays = state.unfinished_replays().next().map(|_| now + Replayer::POLL);
            let next = state.first_wake_after(now).into_iter().chain(replays).min();
            match next.filter(|next| *next <= end) {
                Some(next) => self.clock.advance_to(next),
                None if now < end => self.clock.advance_to(end),
                None => return,
            }
        }
    }

    fn installation(&self) -> &Installation {
        self.installation.get_or_init(|| {
            let (slotflow, worker) = self.put_together();
            let stop = CancellationToken::new().drop_guard();
            Box::new(Installation { slotflow, not_started: Mutex::new(Some(worker)), stop })
        })
    }

    fn put_together(&self) -> (Slotflow, Worker) {
        let (store, sender) = (Arc::new(self.store.clone()), Arc::new(self.sender.clone()));
        let (clock, entropy) = (Arc::new(self.clock.clone()), Arc::new(self.entropy.clone()));
        Slotflow::builder(store, sender, clock, entropy)
            .resolver(Arc::new(self.resolver.clone()))
            .url_rules(self.url_rules.clone())
            .catalog(self.catalog.clone())
            .plans(self.plans.clone())
            .dispatcher(self.settings.clone())
            .instances(Arc::new(self.instances.enrol()))
            .build()
    }

    /// Whether nothing is due that could be sent, and nothing is claimed but what hangs.
    fn is_quiet(&self) -> bool {
        let (now, state, hanging) = (self.clock.now(), self.store.state(), self.sender.hanging());
        let mut on_the_wire: BTreeMap<WebhookId, usize> = BTreeMap::new();
        for (id, _) in &hanging {
            if let Some(delivery) = state.deliveries.get(id) {
                *on_the_wire.entry(delivery.webhook_id).or_default() += 1;
            }
        }
        let may_go_on = |replay: &Replay| Replay::room(state.count_waiting(replay.selection.webhook_id)) > 0;
        if state.unfinished_replays().any(may_go_on) {
            return false;
        }
        state.waiting.iter().all(|(moment, id)| {
            let Some(delivery) = state.deliveries.get(id) else {
                return true;
            };
            if *moment <= now {
                let theirs = on_the_wire.get(&delivery.webhook_id).copied().unwrap_or(0);
                return hanging.len() >= self.settings.concurrency
                    || theirs >= self.settings.concurrency_per_webhook;
            }
            match delivery.progress.state() {
                DeliveryState::Delivering { lease } => {
                    // Hanging since before this lease is another request, of a claim that was lost.
                    let begun = self.settings.lease.began(lease);
                    hanging.iter().any(|(hanging, since)| hanging == id && *since >= begun)
                }
                _ => true,
            }
        })
    }

    fn motion(&self) -> Motion {
        Motion { now: self.clock.now(), store_version: self.store.version(), requests: self.sender.counts() }
    }
}

impl Installation {
    /// Starts what delivers. Nothing is removed by itself: that is for a test to say.
    fn start(&self) {
        let not_started = self.not_started.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Worker { dispatcher, replayer, .. }) = not_started {
            let stop = self.stop.token().clone();
            tokio::spawn(replayer.run(stop.clone()));
            tokio::spawn(dispatcher.run(stop));
        }
    }
}

impl fmt::Debug for Installation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Installation")
    }
}

impl Default for TestKit {
    fn default() -> Self {
        Self::new()
    }
}
