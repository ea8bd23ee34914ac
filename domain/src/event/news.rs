//! What organizations may hear of their own webhooks: the operational events.
//!
//! They are deliveries like all others, so they could fail and cause more of themselves for ever. That they never
//! do is decided here. Of a delivery that failed nothing is told if it was to tell something itself. Of a webhook
//! that was disabled all others are told, whatever it was that it failed to take: a disabling can cause no more
//! disablings than there are active webhooks, as nothing is sent to those that are disabled.

use super::{Event, EventType, Payload, Sequence};
use crate::delivery::DeliveryStatus;
use crate::webhook::DisabledReason;
use crate::{BookingId, DeliveryId, EventId, OrganizationId, Timestamp, WebhookId};

impl EventType {
    /// Whether events of this type tell of deliveries and webhooks, not of what those are about.
    pub fn is_operational(&self) -> bool {
        *self == Self::DELIVERY_FAILED || *self == Self::WEBHOOK_DISABLED
    }

    /// Whether only the product makes events of this type: the operational ones, and tests.
    pub fn is_reserved(&self) -> bool {
        self.is_operational() || *self == Self::WEBHOOK_TEST
    }

    /// Whether it is worth a `delivery.failed` that a delivery of an event of this type has become this: if it was
    /// given up. Not if the event is operational itself; nor if it was a test, whose outcome somebody is looking at.
    pub fn end_is_news(&self, delivery: DeliveryStatus) -> bool {
        delivery == DeliveryStatus::Failed && !self.is_reserved()
    }
}

/// Something that an organization may want to hear of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// A delivery was given up: `delivery.failed`.
    DeliveryFailed(FailedDelivery),
    /// A webhook was disabled, not on request: `webhook.disabled`.
    WebhookDisabled(DisabledWebhook),
}

/// A delivery that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedDelivery {
    /// Whose delivery it was.
    pub organization_id: OrganizationId,
    /// The delivery.
    pub delivery_id: DeliveryId,
    /// Where it should have gone.
    pub webhook_id: WebhookId,
    /// The webhook's URL.
    pub url: String,
    /// What it should have brought.
    pub event_id: EventId,
    /// The event's type.
    pub event_type: EventType,
    /// The booking that the event is about.
    pub booking_id: Option<BookingId>,
    /// How many attempts were made.
    pub attempt_count: u16,
    /// The status of the last answer.
    pub last_response_status: Option<u16>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it was given up.
    pub at: Timestamp,
}

/// A webhook that was disabled, and nobody asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisabledWebhook {
    /// Whose webhook it is.
    pub organization_id: OrganizationId,
    /// The webhook.
    pub webhook_id: WebhookId,
    /// Its URL.
    pub url: String,
    /// Why.
    pub reason: DisabledReason,
    /// When.
    pub at: Timestamp,
}

impl News {
    /// Whose news it is.
    pub const fn organization_id(&self) -> OrganizationId {
        match self {
            Self::DeliveryFailed(failed) => failed.organization_id,
            Self::WebhookDisabled(disabled) => disabled.organization_id,
        }
    }

    /// Whether this webhook may be told. Not of its own disabling: it could hear of it only once it is enabled.
    pub fn may_be_told_to(&self, webhook_id: WebhookId) -> bool {
        match self {
            Self::DeliveryFailed(_) => true,
            Self::WebhookDisabled(disabled) => disabled.webhook_id != webhook_id,
        }
    }

    /// The type of its event.
    pub const fn event_type(&self) -> EventType {
        match self {
            Self::DeliveryFailed(_) => EventType::DELIVERY_FAILED,
            Self::WebhookDisabled(_) => EventType::WEBHOOK_DISABLED,
        }
    }

    /// When it happened.
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::DeliveryFailed(failed) => failed.at,
            Self::WebhookDisabled(disabled) => disabled.at,
        }
    }

    /// Its event. That of a failed delivery is about the same booking as the event that was not delivered.
    pub fn event(&self, id: EventId) -> Event {
        let (booking_id, payload) = match self {
            Self::DeliveryFailed(failed) => (failed.booking_id, Payload::of_failed_delivery(failed)),
            Self::WebhookDisabled(disabled) => (None, Payload::of_disabled_webhook(disabled)),
        };
        Event {
            id,
            organization_id: self.organization_id(),
            event_type: self.event_type(),
            booking_id,
            sequence: Sequence(1),
            payload,
            created_at: self.at(),
            trace_context: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventCatalog;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn at() -> Timestamp {
        Timestamp::parse_rfc3339("2026-03-10T14:05:00Z").unwrap()
    }

    fn text(event: &Event) -> &str {
        std::str::from_utf8(event.payload.as_bytes()).unwrap()
    }

    #[test]
    fn only_what_was_given_up_is_news_and_nothing_operational_causes_more_of_itself() {
        let operational = [EventType::DELIVERY_FAILED, EventType::WEBHOOK_DISABLED];
        for event_type in &operational {
            assert!(event_type.is_operational() && EventCatalog::standard().contains(event_type));
            assert!(!event_type.end_is_news(DeliveryStatus::Failed), "{event_type}");
        }
        for event_type in [EventType::BOOKING_CONFIRMED, EventType::BOOKING_CANCELLED] {
            for status in DeliveryStatus::ALL {
                assert_eq!(event_type.end_is_news(status), status == DeliveryStatus::Failed, "{status}");
            }
        }
        assert!(!EventType::WEBHOOK_TEST.end_is_news(DeliveryStatus::Failed), "somebody is looking at it");
    }

    #[test]
    fn a_webhook_is_told_of_all_disablings_but_its_own() {
        let id = |number| Uuid::from_u128(number);
        let news = News::WebhookDisabled(DisabledWebhook {
            organization_id: OrganizationId::new(id(1)),
            webhook_id: WebhookId::new(id(2)),
            url: "https://a.io/".to_owned(),
            reason: DisabledReason::Failing,
            at: at(),
        });
        assert!(!news.may_be_told_to(WebhookId::new(id(2))) && news.may_be_told_to(WebhookId::new(id(3))));
    }

    #[test]
    fn a_failed_delivery_is_told_with_all_that_finds_it() {
        let id = |number| Uuid::from_u128(number);
        let news = News::DeliveryFailed(FailedDelivery {
            organization_id: OrganizationId::new(id(1)),
            delivery_id: DeliveryId::new(id(2)),
            webhook_id: WebhookId::new(id(3)),
            url: "https://a.io/\"x\"".to_owned(),
            event_id: EventId::new(id(4)),
            event_type: EventType::BOOKING_CONFIRMED,
            booking_id: Some(BookingId::new(id(5))),
            attempt_count: 3,
            last_response_status: Some(503),
            last_error: Some("no room".to_owned()),
            at: at(),
        });
        let event = news.event(EventId::new(id(6)));
        assert_eq!((event.event_type.as_str(), event.sequence), ("delivery.failed", Sequence(1)));
        assert_eq!(event.booking_id, Some(BookingId::new(id(5))), "so that it is found by its booking");
        assert_eq!(
            text(&event),
            concat!(
                r#"{"event":"delivery.failed","created_at":"2026-03-10T14:05:00.000Z","data":{"#,
                r#""delivery_id":"00000000-0000-0000-0000-000000000002","#,
                r#""webhook_id":"00000000-0000-0000-0000-000000000003","url":"https://a.io/\"x\"","#,
                r#""event_id":"00000000-0000-0000-0000-000000000004","event":"booking.confirmed","#,
                r#""booking_id":"00000000-0000-0000-0000-000000000005","attempt_count":3,"#,
                r#""last_response_status":503,"last_error":"no room"}}"#
            )
        );
    }

    #[test]
    fn a_disabled_webhook_is_told_with_the_reason_in_words() {
        let news = News::WebhookDisabled(DisabledWebhook {
            organization_id: OrganizationId::new(Uuid::from_u128(1)),
            webhook_id: WebhookId::new(Uuid::from_u128(3)),
            url: "https://a.io/".to_owned(),
            reason: DisabledReason::Gone,
            at: at(),
        });
        let event = news.event(EventId::new(Uuid::from_u128(6)));
        assert_eq!((event.event_type.as_str(), event.booking_id), ("webhook.disabled", None));
        assert_eq!(
            text(&event),
            concat!(
                r#"{"event":"webhook.disabled","created_at":"2026-03-10T14:05:00.000Z","data":{"#,
                r#""webhook_id":"00000000-0000-0000-0000-000000000003","url":"https://a.io/","#,
                r#""reason":"the receiver answered 410 Gone"}}"#
            )
        );
    }

    proptest! {
        /// What went wrong was written by a receiver: whatever it is, the payload is JSON that says the same.
        #[test]
        fn any_error_text_can_be_told(error in ".*", url in "\\PC*") {
            let failed = FailedDelivery {
                organization_id: OrganizationId::new(Uuid::nil()),
                delivery_id: DeliveryId::new(Uuid::nil()),
                webhook_id: WebhookId::new(Uuid::nil()),
                url: url.clone(),
                event_id: EventId::new(Uuid::nil()),
                event_type: EventType::BOOKING_CONFIRMED,
                booking_id: None,
                attempt_count: 1,
                last_response_status: None,
                last_error: Some(error.clone()),
                at: at(),
            };
            let event = News::DeliveryFailed(failed).event(EventId::new(Uuid::nil()));
            let told: serde_json::Value = serde_json::from_slice(event.payload.as_bytes()).unwrap();
            prop_assert_eq!(told["data"]["last_error"].as_str(), Some(error.as_str()));
            prop_assert_eq!(told["data"]["url"].as_str(), Some(url.as_str()));
        }
    }
}
