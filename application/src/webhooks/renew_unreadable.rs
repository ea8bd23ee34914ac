//! Giving a webhook whose secret is lost a new one.

use super::Webhooks;
use crate::ports::StoreError;
use slotflow_domain::signing::{SecretOverlap, SigningSecret};
use slotflow_domain::{OrganizationId, WebhookId};

impl Webhooks {
    /// Gives a webhook whose secrets cannot be read a new one: what is due to it can be signed again, and its owner has
    /// to bring the new secret to the receiver. Answers whether it did; a webhook whose secrets can be read after all
    /// keeps them, and one that was deleted needs none.
    pub async fn renew_unreadable(
        &self,
        organization_id: OrganizationId,
        id: WebhookId,
    ) -> Result<bool, StoreError> {
        let mut work = self.store.begin().await?;
        let found = work.lock_webhook(organization_id, id).await?;
        let Some(mut webhook) = found.filter(|webhook| webhook.secrets.current().is_none()) else {
            return Ok(false);
        };
        let secret = SigningSecret::from_random(self.entropy.secret_bytes());
        webhook.secrets.rotate(secret, SecretOverlap::default(), self.clock.now());
        work.update_webhook(&webhook).await?;
        work.commit().await?;
        Ok(true)
    }
}
