//! The dispatcher's bounds and policy.

use slotflow_domain::delivery::{LeaseDuration, RetryPolicy};
use slotflow_domain::health::AutoDisable;
use std::time::Duration;

/// How a dispatcher works. Each field says what it is by default, from [`Default`] or by
/// [`for_timeout`](Self::for_timeout), which sets another request timeout and a lease for it.
#[derive(Clone, Debug)]
pub struct DispatcherSettings {
    /// Most requests on the wire at once; 256 by default. Bounds memory too: nothing is claimed without a slot, and no more
    /// than twice as many first attempts wait for one.
    pub concurrency: usize,
    /// Most requests on the wire to one webhook; 8 by default.
    pub concurrency_per_webhook: usize,
    /// How long a claim lasts; 30 s by default, which is the request timeout and the margin of 20 s
    /// ([`LeaseDuration::MARGIN`]).
    pub lease: LeaseDuration,
    /// How long the sender may take for one attempt, from the start of the connection to the end of the response; 10 s by
    /// default.
    pub request_timeout: Duration,
    /// What follows a failed attempt; by default the next one, 5 minutes after the first failed and 60 minutes after the
    /// second, and then nothing.
    pub retry_policy: RetryPolicy,
    /// When a webhook whose every attempt fails is disabled; by default after 5 days of that and at least 20 deliveries,
    /// never if there is no rule.
    pub auto_disable: Option<AutoDisable>,
    /// Whether receivers are told, in a `traceparent`, which span of the trace that caused the event each attempt is; not by
    /// default.
    pub send_traceparent: bool,
    /// How long at the most until the queue is looked at again, whatever the wake-ups say; 1 s by default.
    pub poll_interval: Duration,
}

impl DispatcherSettings {
    /// How long an attempt may take by default, from the start of the connection to the end of the response: 10 s.
    pub const DEFAULT_REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

    /// Settings for attempts of up to `request_timeout`, with leases that last 20 s longer; else the defaults.
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
