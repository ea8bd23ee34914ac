//! Accepting a replay.

use super::Repairs;
use crate::ports::StoreError;
use crate::prepared::Prepared;
use slotflow_domain::delivery::{FinalStatus, Replay, ReplaySelection, ReplaySpan};
use slotflow_domain::{OrganizationId, Rejection, ReplayId, Timestamp, WebhookId};

/// What a client asks to have sent again, not judged yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayRequest {
    /// The first moment whose events are wanted.
    pub since: Timestamp,
    /// The first moment whose events are not wanted any more; now if not given.
    pub until: Option<Timestamp>,
    /// How their latest delivery must have ended; any end if not given.
    pub status: Option<FinalStatus>,
}

/// Why a replay was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// A member of the request breaks a rule.
    #[error(transparent)]
    Invalid(#[from] Rejection),
    /// The organization has no such webhook.
    #[error("there is no such webhook")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Repairs {
    /// Accepts a replay, which the [`Replayer`](super::Replayer) then carries out. Answers how many events it
    /// takes.
    pub async fn replay(
        &self,
        organization_id: OrganizationId,
        webhook_id: WebhookId,
        request: ReplayRequest,
    ) -> Result<u64, ReplayError> {
        Ok(self.prepare_replay(organization_id, webhook_id, request).await?.commit().await?)
    }

    /// The same, ready to be committed.
    pub async fn prepare_replay(
        &self,
        organization_id: OrganizationId,
        webhook_id: WebhookId,
        request: ReplayRequest,
    ) -> Result<Prepared<u64>, ReplayError> {
        // Counted before anything is begun or locked: that takes as long as the span is, and there may be one writer
        // only.
        let (selection, queued) = self.count(organization_id, webhook_id, request).await?;
        let mut work = self.store.begin().await?;
        work.lock_webhook(organization_id, webhook_id).await?.ok_or(ReplayError::NotFound)?;
        let id = ReplayId::new(self.entropy.id(selection.accepted_at));
        work.insert_replay(&Replay::accept(id, selection, queued)).await?;
        let bell = self.bell.clone();
        Ok(Prepared::followed_by(work, queued, move || bell.ring()))
    }

    /// How many events the same replay would take now. Nothing is sent, and nothing kept.
    pub async fn replay_size(
        &self,
        organization_id: OrganizationId,
        webhook_id: WebhookId,
        request: ReplayRequest,
    ) -> Result<u64, ReplayError> {
        Ok(self.count(organization_id, webhook_id, request).await?.1)
    }

    /// What is asked for at this moment, and how many events that takes.
    async fn count(
        &self,
        organization_id: OrganizationId,
        webhook_id: WebhookId,
        request: ReplayRequest,
    ) -> Result<(ReplaySelection, u64), ReplayError> {
        let selection = request.select(organization_id, webhook_id, self.clock.now())?;
        if self.directory.webhook(organization_id, webhook_id).await?.is_none() {
            return Err(ReplayError::NotFound);
        }
        let queued = self.replays.selection_size(selection).await?;
        Ok((selection, queued))
    }
}

impl ReplayRequest {
    fn select(
        self,
        organization_id: OrganizationId,
        webhook_id: WebhookId,
        now: Timestamp,
    ) -> Result<ReplaySelection, Rejection> {
        let span = ReplaySpan::new(self.since, self.until, now)?;
        Ok(ReplaySelection { organization_id, webhook_id, span, status: self.status, accepted_at: now })
    }
}
