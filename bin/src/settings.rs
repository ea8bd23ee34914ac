//! The server's flags, checked and typed.

use crate::cli::ServeFlags;
use crate::failure::Failure;
use crate::silent::Silent;
use crate::traces::CollectorUrl;
use slotflow_adapters::sender::EgressProxy;
use slotflow_application::DispatcherSettings;
use slotflow_domain::delivery::{LeaseDuration, RetryPolicy};
use slotflow_domain::event::{EventCatalog, EventDefinition};
use slotflow_domain::health::AutoDisable;
use slotflow_domain::rate_limit::RateLimit;
use slotflow_domain::retention::RetentionPeriod;
use slotflow_domain::webhook::UrlRules;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How the server is to run.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    /// Where the metrics are served instead of on `listen`.
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// How many connections of clients there are at once.
    pub(crate) max_connections: u16,
    /// What each API key is held to.
    pub(crate) rate_limit: Option<RateLimit>,
    /// Whether there are pages beside the API.
    pub(crate) dashboard: bool,
    pub(crate) dev: bool,
    pub(crate) migrate: bool,
    pub(crate) url_rules: UrlRules,
    pub(crate) resolve_on_registration: bool,
    pub(crate) extra_ca_file: Option<PathBuf>,
    /// The only way out to receivers.
    pub(crate) egress_proxy: Option<EgressProxy>,
    /// Which events there are.
    pub(crate) catalog: EventCatalog,
    pub(crate) dispatcher: DispatcherSettings,
    pub(crate) retention: Option<RetentionPeriod>,
    /// Where spans go.
    pub(crate) collector: Option<CollectorUrl>,
}

impl Settings {
    /// Takes the flags, or says in one line which of them cannot be.
    pub(crate) fn from_flags(flags: ServeFlags) -> Result<Self, Failure> {
        let timeout = flags.request_timeout;
        if timeout < Duration::from_millis(1) || timeout > Duration::from_secs(300) {
            return Err(Failure::Usage("--request-timeout: must be between 1ms and 5m".to_owned()));
        }
        let defaults = DispatcherSettings::for_timeout(timeout);
        let lease = match flags.lease {
            Some(duration) => LeaseDuration::new(duration, timeout)
                .map_err(|error| Failure::Usage(format!("--lease: {error}")))?,
            None => defaults.lease,
        };
        Ok(Self {
            listen: flags.listen,
            metrics_listen: flags.metrics_listen,
            max_connections: flags.max_connections,
            rate_limit: flags.rate_limit.map(RateLimit::per_second),
            dashboard: flags.dashboard,
            dev: flags.dev,
            migrate: flags.migrate,
            url_rules: UrlRules {
                allow_http: flags.allow_http || flags.dev,
                allow_private_networks: flags.allow_private_networks || flags.dev,
                allow_nat64: flags.allow_nat64,
                allowed: flags.allow_cidr,
                denied: flags.deny_cidr,
            },
            resolve_on_registration: flags.resolve_on_registration,
            extra_ca_file: flags.extra_ca_file,
            egress_proxy: egress_proxy(flags.egress_proxy.as_ref().map(Silent::as_str))?,
            catalog: catalog(flags.event_types)?,
            dispatcher: DispatcherSettings {
                concurrency: flags.concurrency.into(),
                concurrency_per_webhook: flags.webhook_concurrency.into(),
                lease,
                retry_policy: retry_policy(&flags.retry_delays)?,
                send_traceparent: flags.send_traceparent,
                auto_disable: auto_disable(&flags.disable_after, flags.disable_after_deliveries)?,
                ..defaults
            },
            retention: retention(&flags.retention)?,
            collector: collector(flags.otlp_endpoint.as_deref())?,
        })
    }
}

/// The events of bookings, and these.
fn catalog(further: Vec<EventDefinition>) -> Result<EventCatalog, Failure> {
    let bookings = EventCatalog::bookings();
    EventCatalog::of(bookings.definitions().cloned().chain(further))
        .map_err(|error| Failure::Usage(format!("--event-types: {error}")))
}

fn retry_policy(text: &str) -> Result<RetryPolicy, Failure> {
    let wrong = |why: String| Failure::Usage(format!("--retry-delays: {why}"));
    let delays = match text.trim() {
        "none" => Vec::new(),
        list => list
            .split(',')
            .map(|part| {
                humantime::parse_duration(part.trim()).map_err(|error| wrong(format!("'{part}': {error}")))
            })
            .collect::<Result<_, _>>()?,
    };
    RetryPolicy::new(delays).map_err(|error| wrong(error.to_string()))
}

/// How long what is finished is kept; `None` is for ever.
fn retention(text: &str) -> Result<Option<RetentionPeriod>, Failure> {
    let wrong = |why: String| Failure::Usage(format!("--retention: {why}"));
    match text.trim() {
        "off" => Ok(None),
        span => {
            let period =
                humantime::parse_duration(span).map_err(|error| wrong(format!("'{span}': {error}")))?;
            RetentionPeriod::new(period).map(Some).map_err(|error| wrong(error.to_string()))
        }
    }
}

/// The URL itself is not repeated: it may hold a password, where it should not.
fn collector(url: Option<&str>) -> Result<Option<CollectorUrl>, Failure> {
    let parse = |url: &str| url.parse().map_err(|error| Failure::Usage(format!("--otlp-endpoint: {error}")));
    url.map(parse).transpose()
}

/// Like a collector's URL, it is not repeated.
fn egress_proxy(url: Option<&str>) -> Result<Option<EgressProxy>, Failure> {
    let parse = |url: &str| url.parse().map_err(|error| Failure::Usage(format!("--egress-proxy: {error}")));
    url.map(parse).transpose()
}

fn auto_disable(after: &str, deliveries: u32) -> Result<Option<AutoDisable>, Failure> {
    let wrong = |why: String| Failure::Usage(format!("--disable-after: {why}"));
    match after.trim() {
        "off" => Ok(None),
        text => {
            let after =
                humantime::parse_duration(text).map_err(|error| wrong(format!("'{text}': {error}")))?;
            AutoDisable::new(after, deliveries).map(Some).map_err(|error| wrong(error.to_string()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_a_list_of_durations() {
        assert_eq!(retry_policy("5m,60m").unwrap(), RetryPolicy::default());
        assert_eq!(retry_policy("1s, 250ms").unwrap().max_attempts(), 3);
        assert_eq!(retry_policy("none").unwrap().max_attempts(), 1);
        for wrong in ["", "5", "5m,,6m", "soon", "400d"] {
            assert!(matches!(retry_policy(wrong), Err(Failure::Usage(_))), "{wrong}");
        }
    }

    #[test]
    fn retention_is_an_hour_at_least_or_off() {
        assert_eq!(retention("30d").unwrap(), Some(RetentionPeriod::default()));
        assert!(retention("1h").unwrap().is_some());
        assert_eq!(retention("off").unwrap(), None);
        for wrong in ["", "30", "59m", "0s", "never", "-1d"] {
            assert!(matches!(retention(wrong), Err(Failure::Usage(_))), "{wrong}");
        }
    }

    #[test]
    fn disabling_can_be_turned_off() {
        assert_eq!(auto_disable("5d", 20).unwrap(), Some(AutoDisable::default()));
        assert_eq!(auto_disable("off", 20).unwrap(), None);
        for (after, deliveries) in [("", 20), ("0s", 20), ("5", 20), ("never", 20), ("31d", 20), ("5d", 0)] {
            assert!(
                matches!(auto_disable(after, deliveries), Err(Failure::Usage(_))),
                "{after} {deliveries}"
            );
        }
    }
}
