//! The network, one POST at a time.

use async_trait::async_trait;
use slotflow_domain::delivery::{AttemptReport, AttemptRequest};

/// Makes one attempt.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait WebhookSender: Send + Sync {
    /// Sends the request once and reports what came of it. Never an error: all that can happen on the wire
    /// is an outcome.
    ///
    /// Returns within the sender's request timeout (10 s by default), follows no redirect, and connects
    /// only to addresses that the rules allow.
    async fn send(&self, request: AttemptRequest) -> AttemptReport;
}
