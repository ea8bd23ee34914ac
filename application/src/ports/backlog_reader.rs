//! How much waits.

use super::StoreError;
use async_trait::async_trait;
use slotflow_domain::Timestamp;

/// The deliveries of all organizations that are not at their end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Waiting for their next attempt, due or not.
    pub pending: u64,
    /// Claimed for an attempt, those included whose lease has ended and that nobody has taken over yet.
    pub delivering: u64,
    /// Held for a disabled webhook.
    pub held: u64,
    /// Since when the one that has been due the longest is due. Nothing if none is.
    pub oldest_due: Option<Timestamp>,
}

/// Counts what waits. For operators: the cost grows with the backlog, though never with the history.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait BacklogReader: Send + Sync {
    /// What waits, with what is due at `now`. The numbers may be of slightly different moments.
    async fn backlog(&self, now: Timestamp) -> Result<Backlog, StoreError>;
}
