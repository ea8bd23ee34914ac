//! What the API answers, counted.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::borrow::Cow;
use std::time::Duration;

/// Seconds: most calls are one commit.
const ANSWER_SECONDS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// The methods that are told apart. What clients make up is all one.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// What stands for every method that is not known, and for every path that leads nowhere.
const OTHER: &str = "other";

type Labels<const COUNT: usize> = [(&'static str, Cow<'static, str>); COUNT];

pub(super) struct RequestMetrics {
    requests: Family<Labels<3>, Counter>,
    durations: Family<Labels<1>, Histogram>,
}

impl RequestMetrics {
    pub(super) fn registered_in(registry: &mut Registry) -> Self {
        let metrics = Self {
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(ANSWER_SECONDS)),
        };
        registry.register(
            "slotflow_http_requests",
            "Requests that the API answered, by method, route and status",
            metrics.requests.clone(),
        );
        registry.register(
            "slotflow_http_request_duration_seconds",
            "How long the API took to answer, by route",
            metrics.durations.clone(),
        );
        metrics
    }

    /// `route` is the pattern that matched, of which there are as many as the program has routes.
    pub(super) fn answered(&self, method: &str, route: Option<&str>, status: u16, took: Duration) {
        let method = METHODS.into_iter().find(|known| *known == method).unwrap_or(OTHER);
        let route: Cow<'static, str> = route.map_or(OTHER.into(), |route| route.to_owned().into());
        self.durations.get_or_create(&[("route", route.clone())]).observe(took.as_secs_f64());
        let labels = [("method", method.into()), ("route", route), ("status", status.to_string().into())];
        self.requests.get_or_create(&labels).inc();
    }
}
