//! Reading webhooks.

use super::Webhooks;
use crate::ports::StoreError;
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
}
