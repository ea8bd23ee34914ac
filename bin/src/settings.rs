//! The server's flags, checked and typed.

use crate::cli::ServeFlags;
use crate::failure::Failure;
use slotflow_application::DispatcherSettings;
use slotflow_domain::delivery::{LeaseDuration, RetryPolicy};
use slotflow_domain::health::AutoDisable;
use slotflow_domain::webhook::UrlRules;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How the server is to run.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) dev: bool,
    pub(crate) migrate: bool,
    pub(crate) url_rules: UrlRules,
    pub(crate) resolve_on_registration: bool,
    pub(crate) extra_ca_file: Option<PathBuf>,
    pub(crate) dispatcher: DispatcherSettings,
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
            dev: flags.dev,
            migrate: flags.migrate,
            url_rules: UrlRules {
                allow_http: flags.allow_http || flags.dev,
                allow_private_networks: flags.allow_private_networks || flags.dev,
                allow_nat64: flags.allow_nat64,
            },
            resolve_on_registration: flags.resolve_on_registration,
            extra_ca_file: flags.extra_ca_file,
            dispatcher: DispatcherSettings {
                concurrency: flags.concurrency.into(),
                concurrency_per_webhook: flags.webhook_concurrency.into(),
                lease,
                retry_policy: retry_policy(&flags.retry_delays)?,
                auto_disable: auto_disable(&flags.disable_after, flags.disable_after_deliveries)?,
                ..defaults
            },
        })
    }
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
