//! Time.

use async_trait::async_trait;
use slotflow_domain::Timestamp;

/// Tells the time, and waits for it.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;

    /// Returns once `moment` has come; at once if it has passed. May be dropped at any time.
    async fn sleep_until(&self, moment: Timestamp);
}
