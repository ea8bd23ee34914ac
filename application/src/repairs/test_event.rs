//! Trying a webhook out.

use super::Repairs;
use crate::new_deliveries::NewDeliveries;
use crate::ports::StoreError;
use crate::prepared::Prepared;
use slotflow_domain::delivery::Delivery;
use slotflow_domain::{DeliveryId, Event, EventId, OrganizationId, WebhookId};

/// Why a webhook was not tried out.
#[derive(Debug, thiserror::Error)]
pub enum SendTestError {
    /// The organization has no such webhook.
    #[error("there is no such webhook")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Repairs {
    /// Makes a `webhook.test` event with one delivery, to this webhook only, whatever it subscribes to. Answers
    /// the delivery.
    pub async fn send_test(
        &self,
        organization_id: OrganizationId,
        webhook_id: WebhookId,
    ) -> Result<DeliveryId, SendTestError> {
        Ok(self.prepare_test(organization_id, webhook_id).await?.commit().await?)
    }

    /// The same, ready to be committed.
    pub async fn prepare_test(
        &self,
        organization_id: OrganizationId,
        webhook_id: WebhookId,
    ) -> Result<Prepared<DeliveryId>, SendTestError> {
        let mut work = self.store.begin().await?;
        let found = work.lock_webhook(organization_id, webhook_id).await?;
        let webhook = found.ok_or(SendTestError::NotFound)?;
        let now = self.clock.now();
        let example = self.catalog.example_for(&webhook.events);
        let event = Event::of_test(EventId::new(self.entropy.id(now)), organization_id, example, now);
        let id = DeliveryId::new(self.entropy.id(now));
        let mut new = NewDeliveries::new(self.entropy.as_ref(), &self.first_attempts);
        let standing = webhook.activity.standing();
        new.add(Delivery::of_event(id, &event, webhook_id, standing), &event, &webhook);
        work.insert_events(std::slice::from_ref(&event), new.deliveries()).await?;
        Ok(Prepared::publishing(work, id, new.into_published()))
    }
}
