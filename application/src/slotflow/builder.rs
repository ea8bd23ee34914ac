//! Putting the application together.

use super::{Slotflow, Storage, Worker};
use crate::ports::{
    Clock, DeliveryObserver, DeliveryQueue, Entropy, HostResolver, Instances, NoInstances, WebhookSender,
};
use crate::repairs::ReplayBell;
use crate::{
    Bookings, Deliveries, Dispatcher, DispatcherSettings, Events, Idempotency, Organizations, OutboxRelay,
    OutboxRows, Overview, Repairs, Replayer, Retention, Webhooks,
};
use slotflow_domain::delivery::{LeaseDuration, RetryPolicy};
use slotflow_domain::event::EventCatalog;
use slotflow_domain::health::AutoDisable;
use slotflow_domain::organization::WebhookLimits;
use slotflow_domain::retention::RetentionPeriod;
use slotflow_domain::webhook::UrlRules;
use std::sync::Arc;
use std::time::Duration;

/// Takes what the application runs on and by which policy, and puts it together.
///
/// | what | unless said | by |
/// |---|---|---|
/// | event types | `booking.confirmed` and `booking.cancelled` (the mission's), `delivery.failed` and `webhook.disabled` | [`catalog`](Self::catalog) |
/// | plans (the mission's) | `free` with 2 webhooks, `starter` with 10, `growth` with any number | [`plans`](Self::plans) |
/// | attempts (the mission's schedule) | at once, 5 minutes after the first failed, 60 minutes after the second failed, then no more; without jitter | [`retry_policy`](Self::retry_policy) |
/// | an attempt | may take 10 s; its lease lasts 30 s | [`request_timeout`](Self::request_timeout) |
/// | requests on the wire | 256, of which 8 to one webhook | [`concurrency`](Self::concurrency) |
/// | a webhook whose every attempt fails | is disabled after 5 days of that and at least 20 deliveries | [`auto_disable`](Self::auto_disable) |
/// | URLs | `https` to public addresses only | [`url_rules`](Self::url_rules) |
/// | names in URLs | are not looked up at registration | [`resolver`](Self::resolver) |
/// | what is over | is kept for 30 days | [`retention`](Self::retention) |
/// | observers | there are none | [`observer`](Self::observer) |
/// | this process | is no instance that others watch | [`instances`](Self::instances) |
/// | the queue | is the store's own | [`queue`](Self::queue) |
/// | receivers | get no `traceparent` | [`dispatcher`](Self::dispatcher) |
/// | what is due | is looked for every second at the latest | [`dispatcher`](Self::dispatcher) |
#[must_use = "nothing is put together before `build`"]
pub struct Builder {
    storage: Arc<dyn Storage>,
    queue: Arc<dyn DeliveryQueue>,
    sender: Arc<dyn WebhookSender>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    resolver: Option<Arc<dyn HostResolver>>,
    instances: Arc<dyn Instances>,
    observers: Vec<Arc<dyn DeliveryObserver>>,
    url_rules: UrlRules,
    catalog: EventCatalog,
    limits: WebhookLimits,
    dispatcher: DispatcherSettings,
    retention: Option<RetentionPeriod>,
}

impl Builder {
    pub(super) fn new(
        storage: Arc<dyn Storage>,
        sender: Arc<dyn WebhookSender>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            queue: storage.clone(),
            storage,
            sender,
            clock,
            entropy,
            resolver: None,
            instances: Arc::new(NoInstances),
            observers: Vec::new(),
            url_rules: UrlRules::strict(),
            catalog: EventCatalog::standard(),
            limits: WebhookLimits::default(),
            dispatcher: DispatcherSettings::default(),
            retention: Some(RetentionPeriod::default()),
        }
    }

    /// The event types there are, in place of the two of bookings, `booking.confirmed` and `booking.cancelled`
    /// ([`EventCatalog::standard`]).
    pub fn catalog(self, catalog: EventCatalog) -> Self {
        Self { catalog, ..self }
    }

    /// The plans there are and how many webhooks each allows, in place of `free` with 2 webhooks, `starter` with 10 and
    /// `growth` with any number.
    pub fn plans(self, limits: WebhookLimits) -> Self {
        Self { limits, ..self }
    }

    /// When a failed attempt is made again, and how often. Unless said 5 minutes after the first failed and 60 minutes after
    /// the second, without jitter: three attempts.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.dispatcher.retry_policy = policy;
        self
    }

    /// How long an attempt may take, 10 s unless said; a lease lasts as long and a margin of 20 s. The sender has a timeout
    /// of its own: give it the same.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.dispatcher.request_timeout = timeout;
        self.dispatcher.lease = LeaseDuration::for_timeout(timeout);
        self
    }

    /// Most requests on the wire at once, in all (256 unless said) and to one webhook (8 unless said).
    pub fn concurrency(mut self, total: usize, per_webhook: usize) -> Self {
        self.dispatcher.concurrency = total;
        self.dispatcher.concurrency_per_webhook = per_webhook;
        self
    }

    /// When a webhook whose every attempt fails is disabled: unless said after 5 days of that and at least 20 deliveries;
    /// never, without a rule. One that answers `410 Gone` is disabled at once in any case.
    pub fn auto_disable(mut self, rule: Option<AutoDisable>) -> Self {
        self.dispatcher.auto_disable = rule;
        self
    }

    /// All settings of the dispatcher at once, in place of those that were made before: its retry policy, and a timeout that
    /// has to be the sender's. What they are unless said: [`DispatcherSettings`].
    pub fn dispatcher(self, settings: DispatcherSettings) -> Self {
        Self { dispatcher: settings, ..self }
    }

    /// Which URLs may be registered: unless said `https` to public addresses only ([`UrlRules::strict`]). The sender judges by
    /// rules of its own, at every attempt: give it the same.
    pub fn url_rules(self, rules: UrlRules) -> Self {
        Self { url_rules: rules, ..self }
    }

    /// Looks up the names of URLs when they are registered. Without it, as by default, names are taken on trust until they
    /// are connected to.
    pub fn resolver(self, resolver: Arc<dyn HostResolver>) -> Self {
        Self { resolver: Some(resolver), ..self }
    }

    /// How long deliveries and events are kept once they are over: 30 days unless said; for ever, without a period.
    pub fn retention(self, period: Option<RetentionPeriod>) -> Self {
        Self { retention: period, ..self }
    }

    /// One more who is told of all that the dispatcher does. Unless said there is nobody.
    pub fn observer(mut self, observer: Arc<dyn DeliveryObserver>) -> Self {
        self.observers.push(observer);
        self
    }

    /// This process among others on the store, so that what a dead one held is taken over before its leases end. Unless said
    /// it is none of them ([`NoInstances`]), and the end of leases is waited for: the request timeout and 20 s at the most.
    pub fn instances(self, instances: Arc<dyn Instances>) -> Self {
        Self { instances, ..self }
    }

    /// The queue as the dispatcher is to see it, for whoever stands in between: with a stopwatch, say. Unless said it is the
    /// store itself.
    pub fn queue(self, queue: Arc<dyn DeliveryQueue>) -> Self {
        Self { queue, ..self }
    }

    /// What can be done, and the worker that makes the deliveries, which does not run yet. First attempts right after a
    /// commit are made while it runs in the same process.
    pub fn build(self) -> (Slotflow, Worker) {
        let Self { storage, queue, sender, clock, entropy, .. } = self;
        let limit = self.dispatcher.request_timeout + Worker::STOP_MARGIN;
        let mut dispatcher = Dispatcher::new(queue, sender, clock.clone(), entropy.clone(), self.dispatcher)
            .with_instances(self.instances);
        if !self.observers.is_empty() {
            dispatcher = dispatcher.with_observer(Arc::new(self.observers));
        }
        let first_attempts = dispatcher.first_attempts();
        let replayer = Replayer {
            store: storage.clone(),
            replays: storage.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            bell: ReplayBell::default(),
        };
        let relay = OutboxRelay {
            store: storage.clone(),
            reader: storage.clone(),
            directory: storage.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            first_attempts: first_attempts.clone(),
            catalog: self.catalog.clone(),
        };
        let slotflow = Slotflow {
            organizations: Organizations {
                store: storage.clone(),
                directory: storage.clone(),
                clock: clock.clone(),
                entropy: entropy.clone(),
            },
            webhooks: Webhooks {
                store: storage.clone(),
                directory: storage.clone(),
                resolver: self.resolver,
                clock: clock.clone(),
                entropy: entropy.clone(),
                url_rules: self.url_rules,
                catalog: self.catalog.clone(),
                limits: self.limits,
            },
            bookings: Bookings {
                store: storage.clone(),
                directory: storage.clone(),
                clock: clock.clone(),
                entropy: entropy.clone(),
                first_attempts: first_attempts.clone(),
            },
            deliveries: Deliveries { log: storage.clone() },
            events: Events { log: storage.clone() },
            overview: Overview { directory: storage.clone(), log: storage.clone(), clock: clock.clone() },
            repairs: Repairs {
                store: storage.clone(),
                directory: storage.clone(),
                replays: storage.clone(),
                clock: clock.clone(),
                entropy: entropy.clone(),
                first_attempts: first_attempts.clone(),
                catalog: self.catalog.clone(),
                bell: replayer.bell.clone(),
            },
            outbox: OutboxRows { store: storage.clone(), reader: storage.clone() },
            idempotency: Idempotency {
                store: storage.clone(),
                directory: storage.clone(),
                clock: clock.clone(),
            },
            storage: storage.clone(),
            catalog: self.catalog,
            clock: clock.clone(),
            entropy,
            first_attempts,
        };
        let retention = Retention { store: storage, clock, period: self.retention };
        (slotflow, Worker { dispatcher, replayer, relay, retention, limit })
    }
}
