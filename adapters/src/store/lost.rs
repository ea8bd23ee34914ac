//! Ending attempts that were lost too often: nearly no claim has any.

use super::progress_writer::{self, Ended};
use super::rows::attempt_row::Detail;
use super::{SecretKeys, news, webhook_hours};
use sea_orm::ConnectionTrait;
use slotflow_application::ports::{ClaimTerms, LostAttempt, StoreError};
use slotflow_domain::delivery::Progress;
use slotflow_domain::event::EventType;
use slotflow_domain::health::EndedAttempt;

/// A delivery whose attempt counts as failed, as it was lost too often. Its row is locked.
pub(super) struct Lost {
    pub(super) event_type: EventType,
    pub(super) progress: Progress,
    /// What whoever claimed is told of it, once it is committed.
    pub(super) told: LostAttempt,
}

impl Lost {
    fn ended(&self) -> Ended<'_> {
        let LostAttempt { delivery_id, attempt, .. } = &self.told;
        Ended { delivery_id: *delivery_id, token: None, progress: self.progress, attempt }
    }
}

/// Writes them, counts them, and tells whoever wants to hear of the deliveries that failed for it. Answers whether
/// anybody was told.
pub(super) async fn write<C: ConnectionTrait>(
    connection: &C,
    lost: &[Lost],
    terms: &ClaimTerms,
    secret_keys: &SecretKeys,
) -> Result<bool, StoreError> {
    if lost.is_empty() {
        return Ok(false);
    }
    let ended: Vec<_> = lost.iter().map(Lost::ended).collect();
    progress_writer::write_ended(connection, &ended, Detail::Whole).await?;
    let announced = announce(connection, lost, terms, secret_keys).await?;
    let attempts: Vec<_> = lost
        .iter()
        .map(|Lost { told, .. }| {
            EndedAttempt::lost(told.webhook_id, told.attempt.number, terms.now, told.status)
        })
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
    secret_keys: &SecretKeys,
) -> Result<bool, StoreError> {
    let failed: Vec<_> = lost.iter().filter(|one| one.event_type.end_is_news(one.told.status)).collect();
    let webhooks = failed.iter().map(|one| one.told.webhook_id).collect();
    if news::listeners(connection, &webhooks).await?.is_empty() {
        return Ok(false);
    }
    let news =
        news::of_failures(connection, &failed.iter().map(|one| one.told.delivery_id).collect()).await?;
    news::announce(connection, &terms.announcer, &news, secret_keys).await
}
