//! Replays that are not finished.

use super::{ListPosition, StoreError};
use async_trait::async_trait;
use slotflow_domain::delivery::ReplaySelection;
use slotflow_domain::{ReplayId, WebhookId};

/// A replay that is not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnfinishedReplay {
    /// Which, and where it stands among the others: when it was accepted never changes.
    pub place: ListPosition<ReplayId>,
    /// To which webhook.
    pub webhook_id: WebhookId,
}

/// Reading what is to be replayed. Locks nothing.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait ReplayQueue: Send + Sync {
    /// The unfinished replays of all organizations, the oldest first: those behind `after`, at most `limit`.
    async fn unfinished_replays(
        &self,
        after: Option<ListPosition<ReplayId>>,
        limit: usize,
    ) -> Result<Vec<UnfinishedReplay>, StoreError>;

    /// How many of the webhook's deliveries wait (pending, being made or held), counted up to `at_most`.
    async fn waiting_deliveries(&self, webhook_id: WebhookId, at_most: usize) -> Result<usize, StoreError>;

    /// How many events the selection takes at this moment.
    async fn selection_size(&self, selection: ReplaySelection) -> Result<u64, StoreError>;
}
