//! Trying a webhook out.

use super::Repairs;
use crate::new_deliveries::NewDeliveries;
use crate::ports::StoreError;
use slotflow_domain::delivery::Delivery;
use slotflow_domain::{DeliveryId, Event, EventId, OrganizationId, WebhookId};

impl Repairs {
    /// Makes a `webhook.test` event with one delivery, to this webhook only, whatever it subscribes to. Answers
    /// the delivery, or nothing if there is no such webhook.
    pub async fn send_test(
        &self,
        organization_id: OrganizationId,
        webhook_id: WebhookId,
    ) -> Result<Option<DeliveryId>, StoreError> {
        let mut work = self.store.begin().await?;
        let Some(webhook) = work.lock_webhook(organization_id, webhook_id).await? else {
            return Ok(None);
        };
        let now = self.clock.now();
        let event = Event::of_test(EventId::new(self.entropy.id(now)), organization_id, now);
        let id = DeliveryId::new(self.entropy.id(now));
        let mut new = NewDeliveries::new(self.entropy.as_ref(), &self.first_attempts);
        let standing = webhook.activity.standing();
        new.add(Delivery::of_event(id, &event, webhook_id, standing), &event, &webhook);
        work.insert_event(&event, new.deliveries()).await?;
        let published = new.into_published();
        work.commit().await?;
        published.committed();
        Ok(Some(id))
    }
}
