//! Deleting a webhook.

use super::Webhooks;
use crate::ports::StoreError;
use slotflow_domain::webhook::WaitingDeliveries;
use slotflow_domain::{OrganizationId, WebhookId};

impl Webhooks {
    /// Deletes a webhook and cancels the deliveries that wait for it. A little later
    /// ([`LAST_BEGINNINGS`](crate::dispatcher::LAST_BEGINNINGS)) no attempt is begun for it any more; one on the wire may
    /// end. Answers whether there was such a webhook.
    pub async fn delete(&self, organization_id: OrganizationId, id: WebhookId) -> Result<bool, StoreError> {
        let mut work = self.store.begin().await?;
        if work.lock_webhook(organization_id, id).await?.is_none() {
            return Ok(false);
        }
        let now = self.clock.now();
        work.delete_webhook(id, now).await?;
        work.move_waiting(id, WaitingDeliveries::Cancel, now).await?;
        work.commit().await?;
        Ok(true)
    }
}
