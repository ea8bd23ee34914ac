//! Giving a webhook a new secret.

use super::Webhooks;
use crate::ports::StoreError;
use crate::prepared::Prepared;
use slotflow_domain::signing::{SecretOverlap, SigningSecret};
use slotflow_domain::webhook::Webhook;
use slotflow_domain::{OrganizationId, Rejection, WebhookId};

/// What a client asks of a rotation, not judged yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RotateSecret {
    /// How long the old secret signs on beside the new one, in seconds, 0 to 604,800 (7 days); 86,400 (a day) unless said.
    pub overlap_seconds: Option<i64>,
}

/// Why a webhook has the secret that it had.
#[derive(Debug, thiserror::Error)]
pub enum RotateSecretError {
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

impl Webhooks {
    /// Gives a webhook a new secret. Until the overlap ends its deliveries carry signatures of both, so that a
    /// receiver never meets one that it cannot check, whenever it takes over the new secret. Where the old one cannot be
    /// read there is no overlap.
    pub async fn rotate_secret(
        &self,
        organization_id: OrganizationId,
        id: WebhookId,
        request: RotateSecret,
    ) -> Result<Webhook, RotateSecretError> {
        Ok(self.prepare_rotation(organization_id, id, request).await?.commit().await?)
    }

    /// The same, ready to be committed.
    pub async fn prepare_rotation(
        &self,
        organization_id: OrganizationId,
        id: WebhookId,
        request: RotateSecret,
    ) -> Result<Prepared<Webhook>, RotateSecretError> {
        let overlap =
            request.overlap_seconds.map_or(Ok(SecretOverlap::default()), SecretOverlap::from_seconds)?;
        let mut work = self.store.begin().await?;
        let mut webhook = work.lock_webhook(organization_id, id).await?.ok_or(RotateSecretError::NotFound)?;
        let secret = SigningSecret::from_random(self.entropy.secret_bytes());
        webhook.secrets.rotate(secret, overlap, self.clock.now());
        work.update_webhook(&webhook).await?;
        Ok(Prepared::new(work, webhook))
    }
}
