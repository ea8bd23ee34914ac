//! Delivering one event to one webhook again.

use super::Repairs;
use crate::new_deliveries::NewDeliveries;
use crate::ports::StoreError;
use crate::prepared::Prepared;
use slotflow_domain::delivery::NotRepeatable;
use slotflow_domain::webhook::WebhookStanding;
use slotflow_domain::{DeliveryId, OrganizationId};

/// Why a delivery was not retried.
#[derive(Debug, thiserror::Error)]
pub enum RetryError {
    /// It cannot be.
    #[error(transparent)]
    NotRepeatable(#[from] NotRepeatable),
    /// The organization has no such delivery.
    #[error("there is no such delivery")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Repairs {
    /// Makes a new delivery of the same event to the same webhook, which begins at once if a sending slot is
    /// free. Answers the new one.
    pub async fn retry(
        &self,
        organization_id: OrganizationId,
        id: DeliveryId,
    ) -> Result<DeliveryId, RetryError> {
        Ok(self.prepare_retry(organization_id, id).await?.commit().await?)
    }

    /// The same, ready to be committed.
    pub async fn prepare_retry(
        &self,
        organization_id: OrganizationId,
        id: DeliveryId,
    ) -> Result<Prepared<DeliveryId>, RetryError> {
        let mut work = self.store.begin().await?;
        let found = work.delivery_and_event(organization_id, id).await?;
        let (old, event) = found.ok_or(RetryError::NotFound)?;
        // Before anything is locked that claims would pass over.
        old.check_over()?;
        let webhook = work.lock_webhook(organization_id, old.webhook_id).await?;
        let standing =
            webhook.as_ref().map_or(WebhookStanding::Deleted, |webhook| webhook.activity.standing());

        let now = self.clock.now();
        let new_id = DeliveryId::new(self.entropy.id(now));
        let repeated = old.repeat(new_id, standing, now)?;
        let webhook = webhook.ok_or(NotRepeatable::WebhookDeleted)?;
        let mut new = NewDeliveries::new(self.entropy.as_ref(), &self.first_attempts);
        new.add(repeated, &event, &webhook);
        work.insert_deliveries(new.deliveries()).await?;
        Ok(Prepared::publishing(work, new_id, new.into_published()))
    }
}
