//! Ending attempts that were lost too often: nearly no claim has any.

use super::progress_writer::{self, Ended};
use super::rows::attempt_row::Detail;
use super::{news, webhook_hours};
use sea_orm::ConnectionTrait;
use slotflow_application::ports::{ClaimTerms, StoreError};
use slotflow_domain::delivery::{Attempt, DeliveryStatus, Progress};
use slotflow_domain::event::EventType;
use slotflow_domain::health::EndedAttempt;
use slotflow_domain::{DeliveryId, WebhookId};

/// A delivery whose attempt counts as failed, as it was lost too often. Its row is locked.
pub(super) struct Lost {
    pub(super) id: DeliveryId,
    pub(super) webhook_id: WebhookId,
    pub(super) event_type: EventType,
    pub(super) progress: Progress,
    pub(super) attempt: Attempt,
}

impl Lost {
    fn status(&self) -> DeliveryStatus {
        self.progress.state().status()
    }

    fn ended(&self) -> Ended<'_> {
        Ended { delivery_id: self.id, token: None, progress: self.progress, attempt: &self.attempt }
    }
}

/// Writes them, counts them, and tells whoever wants to hear of the deliveries that failed for it. Answers whether
/// anybody was told.
pub(super) async fn write<C: ConnectionTrait>(
    connection: &C,
    lost: &[Lost],
    terms: &ClaimTerms,
) -> Result<bool, StoreError> {
    if lost.is_empty() {
        return Ok(false);
    }
    let ended: Vec<_> = lost.iter().map(Lost::ended).collect();
    progress_writer::write_ended(connection, &ended, Detail::Whole).await?;
    for one in lost {
        // As the dispatcher says it of the attempts that it has seen the end of.
        tracing::info!(
            webhook_id = %one.webhook_id,
            delivery_id = %one.id,
            attempt = one.attempt.number.get(),
            outcome = %one.attempt.report.outcome,
            "attempt ended"
        );
    }
    let announced = announce(connection, lost, terms).await?;
    let attempts: Vec<_> = lost
        .iter()
        .map(|one| EndedAttempt::lost(one.webhook_id, one.attempt.number, terms.now, one.status()))
        .collect();
    webhook_hours::add(connection, &attempts).await?;
    Ok(announced)
}

/// Deliveries are locked here before the webhooks that want to hear of them: a change of one of those may have to
/// be waited for. Should it in turn wait for a delivery, PostgreSQL ends one of the two, which is tried again.
async fn announce<C: ConnectionTrait>(
    connection: &C,
    lost: &[Lost],
    terms: &ClaimTerms,
) -> Result<bool, StoreError> {
    let failed: Vec<_> = lost.iter().filter(|one| one.event_type.end_is_news(one.status())).collect();
    let webhooks = failed.iter().map(|one| one.webhook_id).collect();
    if news::listeners(connection, &webhooks).await?.is_empty() {
        return Ok(false);
    }
    let news = news::of_failures(connection, &failed.iter().map(|one| one.id).collect()).await?;
    news::announce(connection, &terms.announcer, &news).await
}
