//! Replays that are not finished.

use super::StoreError;
use async_trait::async_trait;
use slotflow_domain::ReplayId;
use slotflow_domain::delivery::ReplaySelection;

/// Reading what is to be replayed. Locks nothing.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait ReplayQueue: Send + Sync {
    /// The unfinished replays of all organizations, the oldest first, at most `limit`.
    async fn unfinished_replays(&self, limit: usize) -> Result<Vec<ReplayId>, StoreError>;

    /// How many events the selection takes at this moment.
    async fn selection_size(&self, selection: ReplaySelection) -> Result<u64, StoreError>;
}
