//! The dispatcher's bounds and policy.

use slotflow_domain::delivery::{LeaseDuration, RetryPolicy};
use slotflow_domain::health::AutoDisable;
use std::time::Duration;

/// How a dispatcher works.
#[derive(Clone, Debug)]
pub struct DispatcherSettings {
    /// Most requests on the wire at once. Bounds memory too: nothing is claimed without a slot, and no more than twice as
    /// many first attempts wait for one.
    pub concurrency: usize,
    /// Most requests on the wire to one webhook.
    pub concurrency_per_webhook: usize,
    /// How long a claim lasts.
    pub lease: LeaseDuration,
    /// How long the sender may take for one attempt.
    pub request_timeout: Duration,
    /// What follows a failed attempt.
    pub retry_policy: RetryPolicy,
    /// When a webhook whose every attempt fails is disabled; never if there is no rule.
    pub auto_disable: Option<AutoDisable>,
    /// Whether receivers are told, in a `traceparent`, which span of the trace that caused the event each attempt is.
    pub send_traceparent: bool,
    /// How long at the most until the queue is looked at again, whatever the wake-ups say.
    pub poll_interval: Duration,
}

impl DispatcherSettings {
    /// How long an attempt may take by default, from the start of the connection to the end of the response.
    pub const DEFAULT_REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

    /// Settings for attempts of up to `request_timeout`, else the defaults.
    pub fn for_timeout(request_timeout: Duration) -> Self {
        Self {
            concurrency: 256,
            concurrency_per_webhook: 8,
            lease: LeaseDuration::for_timeout(request_timeout),
            request_timeout,
            retry_policy: RetryPolicy::default(),
            auto_disable: Some(AutoDisable::default()),
            send_traceparent: false,
            poll_interval: Duration::from_secs(1),
        }
    }
}

impl Default for DispatcherSettings {
    fn default() -> Self {
        Self::for_timeout(Self::DEFAULT_REQUEST_TIMEOUT)
    }
}
