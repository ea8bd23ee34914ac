//! Reading webhooks.

use super::Webhooks;
use crate::ports::{StoreError, WebhookHistory};
use slotflow_domain::health::WebhookHealth;
use slotflow_domain::webhook::Webhook;
use slotflow_domain::{OrganizationId, WebhookId};

impl Webhooks {
    /// The organization's webhooks, oldest first; disabled ones too, deleted ones not.
    pub async fn list(&self, organization_id: OrganizationId) -> Result<Vec<Webhook>, StoreError> {
        self.directory.webhooks(organization_id).await
    }

    /// One of them.
    pub async fn get(
        &self,
        organization_id: OrganizationId,
        id: WebhookId,
    ) -> Result<Option<Webhook>, StoreError> {
        self.directory.webhook(organization_id, id).await
    }

    /// One of them, and how it fares.
    pub async fn get_with_health(
        &self,
        organization_id: OrganizationId,
        id: WebhookId,
    ) -> Result<Option<(Webhook, WebhookHealth)>, StoreError> {
        let Some(webhook) = self.get(organization_id, id).await? else { return Ok(None) };
        let now = self.clock.now();
        let from = WebhookHealth::looks_back_to(now);
        let WebhookHistory { hours, oldest_pending_at } =
            self.directory.webhook_history(organization_id, id, from).await?;
        Ok(Some((webhook, WebhookHealth::of(&hours, now, oldest_pending_at))))
    }
}
