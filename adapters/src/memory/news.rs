//! Telling organizations of deliveries that failed and webhooks that were disabled.

use super::log::record;
use super::state::{State, insert};
use slotflow_application::Announcer;
use slotflow_application::ports::StoreError;
use slotflow_domain::event::{DisabledWebhook, News};
use slotflow_domain::webhook::DisabledReason;
use slotflow_domain::{DeliveryId, Timestamp, WebhookId};

impl State {
    /// That this delivery has failed, if it has and if that is news.
    pub(super) fn news_of_failure(&self, id: DeliveryId) -> Result<Option<News>, StoreError> {
        let delivery =
            self.deliveries.get(&id).ok_or_else(|| StoreError::corrupt("a failure of no delivery"))?;
        let record = record(self, delivery)?;
        if !record.event_type.end_is_news(record.status) {
            return Ok(None);
        }
        Ok(record.failure(delivery.organization_id).map(News::DeliveryFailed))
    }

    /// That this webhook was disabled.
    pub(super) fn news_of_disabling(
        &self,
        id: WebhookId,
        reason: DisabledReason,
        at: Timestamp,
    ) -> Option<News> {
        let webhook = &self.webhooks.get(&id)?.webhook;
        let (organization_id, url) = (webhook.organization_id, webhook.url.as_sent().to_owned());
        Some(News::WebhookDisabled(DisabledWebhook { organization_id, webhook_id: id, url, reason, at }))
    }

    /// Adds the event of what is news to somebody, and its deliveries. Answers whether there is any.
    pub(super) fn announce(&mut self, announcer: &Announcer, news: &News) -> Result<bool, StoreError> {
        let (organization_id, event_type) = (news.organization_id(), news.event_type());
        let wanting: Vec<_> = self
            .webhooks_of(organization_id)
            .filter(|webhook| webhook.events.contains(&event_type))
            .cloned()
            .collect();
        let Some((event, deliveries)) = announcer.announce(news, &wanting) else { return Ok(false) };
        insert(&mut self.events, event.id, event)?;
        for delivery in deliveries {
            self.insert_delivery(delivery)?;
        }
        Ok(true)
    }
}
