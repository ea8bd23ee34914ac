//! Telling organizations of their own webhooks.

use crate::ports::{DeliveryRecord, Entropy};
use slotflow_domain::delivery::Delivery;
use slotflow_domain::event::{Event, FailedDelivery, News};
use slotflow_domain::webhook::Webhook;
use slotflow_domain::{DeliveryId, EventId, OrganizationId};
use std::fmt;
use std::sync::Arc;

/// Makes the events by which organizations hear of their webhooks (`delivery.failed`, `webhook.disabled`).
///
/// Stores are given one with whatever may be news, as the news must be written in the transaction that makes it.
#[derive(Clone)]
pub struct Announcer(Arc<dyn Entropy>);

impl Announcer {
    /// An announcer that takes its identifiers from here.
    pub fn new(entropy: Arc<dyn Entropy>) -> Self {
        Self(entropy)
    }

    /// The event, and one delivery for each webhook in `wanting`: the organization's that want events of its
    /// type and may be told. Nothing if there is none. They are pending or held; whoever stores them wakes the dispatchers.
    pub fn announce(&self, news: &News, wanting: &[Webhook]) -> Option<(Event, Vec<Delivery>)> {
        let told: Vec<_> = wanting.iter().filter(|webhook| news.may_be_told_to(webhook.id)).collect();
        if told.is_empty() {
            return None;
        }
        let event = news.event(EventId::new(self.0.id(news.at())));
        let delivery = |webhook: &Webhook| {
            let id = DeliveryId::new(self.0.id(event.created_at));
            Delivery::of_event(id, &event, webhook.id, webhook.activity.standing())
        };
        let deliveries = told.into_iter().map(delivery).collect();
        Some((event, deliveries))
    }
}

/// Prints nothing of what it makes.
impl fmt::Debug for Announcer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Announcer")
    }
}

impl DeliveryRecord {
    /// That this delivery of the organization's has failed; nothing unless it has come to its end.
    pub fn failure(self, organization_id: OrganizationId) -> Option<FailedDelivery> {
        Some(FailedDelivery {
            organization_id,
            delivery_id: self.id,
            webhook_id: self.webhook_id,
            url: self.url,
            event_id: self.event_id,
            event_type: self.event_type,
            booking_id: self.booking_id,
            attempt_count: self.attempt_count,
            last_response_status: self.last_response_status,
            last_error: self.last_error,
            at: self.completed_at?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::MockEntropy;
    use slotflow_domain::delivery::DeliveryStatus;
    use slotflow_domain::event::{DisabledWebhook, EventCatalog, EventSet};
    use slotflow_domain::signing::SigningSecret;
    use slotflow_domain::webhook::{DisabledReason, UrlRules, WebhookActivity, WebhookUrl};
    use slotflow_domain::{Timestamp, WebhookId};
    use std::sync::atomic::{AtomicU64, Ordering};
    use uuid::Uuid;

    fn webhook(activity: WebhookActivity) -> Webhook {
        let now = Timestamp::parse_rfc3339("2026-03-10T14:00:00Z").unwrap();
        Webhook {
            id: WebhookId::new(Uuid::from_u128(2)),
            organization_id: OrganizationId::new(Uuid::from_u128(1)),
            url: WebhookUrl::parse("https://receiver.dev/", &UrlRules::strict()).unwrap(),
            events: EventSet::parse(&["webhook.disabled"], &EventCatalog::standard()).unwrap(),
            secrets: SigningSecret::from_random([7; 32]).into(),
            activity,
            active_since: now,
            created_at: now,
        }
    }

    fn news() -> News {
        let Webhook { id, organization_id, created_at, .. } = webhook(WebhookActivity::Active);
        let (url, reason) = ("https://gone.dev/".to_owned(), DisabledReason::Gone);
        let webhook_id = WebhookId::new(Uuid::from_u128(id.as_uuid().as_u128() + 1));
        News::WebhookDisabled(DisabledWebhook { organization_id, webhook_id, url, reason, at: created_at })
    }

    fn announcer() -> Announcer {
        let mut entropy = MockEntropy::new();
        let count = AtomicU64::new(100);
        entropy.expect_id().returning(move |_| Uuid::from_u128(count.fetch_add(1, Ordering::Relaxed).into()));
        Announcer::new(Arc::new(entropy))
    }

    #[test]
    fn whoever_wants_the_news_gets_a_delivery_which_waits_while_it_is_disabled() {
        let wanting =
            [webhook(WebhookActivity::Active), webhook(WebhookActivity::Disabled(DisabledReason::Requested))];
        let (event, deliveries) = announcer().announce(&news(), &wanting).unwrap();
        assert_eq!((event.created_at, event.organization_id), (news().at(), news().organization_id()));
        let statuses: Vec<_> = deliveries.iter().map(|it| it.progress.state().status()).collect();
        assert_eq!(statuses, [DeliveryStatus::Pending, DeliveryStatus::Held]);
        assert!(deliveries.iter().all(|delivery| delivery.event_id == event.id));
    }

    #[test]
    fn a_webhook_is_not_told_of_its_own_end() {
        let News::WebhookDisabled(mut disabled) = news() else { panic!("it is") };
        let listener = webhook(WebhookActivity::Disabled(DisabledReason::Gone));
        disabled.webhook_id = listener.id;
        assert_eq!(announcer().announce(&News::WebhookDisabled(disabled), &[listener]), None);
    }

    #[test]
    fn news_that_nobody_wants_is_no_event() {
        assert_eq!(announcer().announce(&news(), &[]), None);
    }
}
