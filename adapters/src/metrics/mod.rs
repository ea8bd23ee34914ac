//! What happens, counted for Prometheus.
//!
//! [`Metrics`] watches the dispatcher, its queue and the API, reads the backlog when it is asked for it, and renders all of it
//! as OpenMetrics text. Nothing is global: each value has a registry of its own. Every label takes a few known
//! values; none of them is an id, a URL or anything else that a client or a receiver wrote.
//!
//! | of [`Metrics`] | counts |
//! |---|---|
//! | itself, as an observer of the dispatcher | what that does |
//! | [`timed`](Metrics::timed) | how long the store takes over it |
//! | `watch` (with the feature `api`), [`request_answered`](Metrics::request_answered) | what the API answers |
//! | [`new`](Metrics::new), by the reader that it is given | what waits in the store, read again after 10 s |
//! | [`render`](Metrics::render), `routes` (with the feature `api`) | nothing: they tell it all, as text of the type [`CONTENT_TYPE`] or over HTTP |
//!
//! The metrics are explained in `docs/operations/monitoring.md`.

// | module | counts |
// |---|---|
// | `deliveries` | what the dispatcher does |
// | `timed_queue` | how long the store takes over it |
// | `requests` | what the API answers |
// | `backlog` | what waits in the store, read again after some seconds |
// | `endpoint` | serves it all over HTTP (with the feature `api`) |

mod backlog;
mod deliveries;
#[cfg(feature = "api")]
mod endpoint;
mod requests;
#[cfg(test)]
mod tests;
mod timed_queue;

use backlog::BacklogGauges;
use deliveries::DeliveryMetrics;
use prometheus_client::encoding::text;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use requests::RequestMetrics;
use slotflow_application::ports::{
    BacklogReader, Clock, DeliveryObserver, DeliveryQueue, EndedAttempt, LostAttempt, QueueOperation,
    SettlementMade, StoreError,
};
use slotflow_domain::WebhookId;
use slotflow_domain::webhook::DisabledReason;
use std::sync::Arc;
use std::time::Duration;
use timed_queue::TimedQueue;

/// The media type of what [`Metrics::render`] returns.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All metrics of one process. A clone is the same ones.
#[derive(Clone)]
pub struct Metrics(Arc<Shared>);

struct Shared {
    registry: Registry,
    deliveries: DeliveryMetrics,
    requests: RequestMetrics,
    backlog: Arc<BacklogGauges>,
}

impl Metrics {
    /// Metrics that are all zero, of a program with this `version`, whose backlog is what `reader` says.
    pub fn new(reader: Arc<dyn BacklogReader>, clock: Arc<dyn Clock>, version: &'static str) -> Self {
        let mut registry = Registry::default();
        registry.register("slotflow_build", "The program that runs", Info::new([("version", version)]));
        let deliveries = DeliveryMetrics::registered_in(&mut registry);
        let requests = RequestMetrics::registered_in(&mut registry);
        let backlog = Arc::new(BacklogGauges::new(reader, clock));
        registry.register_collector(Box::new(Arc::clone(&backlog)));
        Self(Arc::new(Shared { registry, deliveries, requests, backlog }))
    }

    /// All metrics as they are now, as OpenMetrics text. While the store cannot be reached the backlog is left out.
    pub async fn render(&self) -> String {
        self.0.backlog.refresh().await;
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = text::encode(&mut text, &self.0.registry);
        text
    }

    /// The same queue, timed: for the dispatcher that these metrics watch.
    pub fn timed(&self, queue: Arc<dyn DeliveryQueue>) -> Arc<dyn DeliveryQueue> {
        Arc::new(TimedQueue { queue, metrics: self.clone() })
    }

    /// Counts an answer of the API. `route` is the pattern that matched; nothing if none did.
    pub fn request_answered(&self, method: &str, route: Option<&str>, status: u16, took: Duration) {
        self.0.requests.answered(method, route, status, took);
    }
}

impl DeliveryObserver for Metrics {
    fn attempt_ended<'a>(&self, attempt: &EndedAttempt<'a>) {
        self.0.deliveries.attempt_ended(attempt.report);
    }

    fn attempt_lost(&self, attempt: &LostAttempt) {
        self.0.deliveries.attempt_lost(attempt);
    }

    fn claimed(&self, deliveries: usize) {
        self.0.deliveries.claimed(deliveries);
    }

    fn settled(&self, settlement: SettlementMade) {
        self.0.deliveries.settled(settlement);
    }

    fn given_back(&self, claims: usize) {
        self.0.deliveries.given_back(claims);
    }

    fn webhook_disabled(&self, _: WebhookId, reason: DisabledReason) {
        self.0.deliveries.webhook_disabled(reason);
    }

    fn store_failed(&self, operation: QueueOperation, _: &StoreError) {
        self.0.deliveries.store_failed(operation);
    }
}
