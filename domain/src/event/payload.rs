//! The exact bytes of an event.

use super::{DisabledWebhook, EventData, EventType, FailedDelivery};
use crate::booking::{Booking, BookingStatus};
use crate::{BookingId, DeliveryId, EventId, HumanId, Timestamp, WebhookId};
use serde::Serialize;
use serde_json::value::RawValue;
use std::fmt;
use std::sync::Arc;

/// The body of every POST of an event: made once, stored, sent unchanged ever after.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload(Arc<[u8]>);

/// The members in the order of the mission's payload, and no others.
#[derive(Serialize)]
struct Envelope<'a, D> {
    event: &'a str,
    created_at: Timestamp,
    data: D,
}

#[derive(Serialize)]
struct BookingData<'a> {
    id: BookingId,
    human_id: HumanId,
    starts_at: Timestamp,
    ends_at: Timestamp,
    duration_minutes: u32,
    attendee_name: &'a str,
    attendee_email: Option<&'a str>,
    status: BookingStatus,
    metadata: &'a RawValue,
}

/// The booking of the mission's example, as the `data` of a payload.
const EXAMPLE_BOOKING: &str = concat!(
    r#"{"id":"b9e4f2a1-3c5d-4e6f-8a9b-0c1d2e3f4a5b","human_id":"f47ac10b-58cc-4372-a567-0e02b2c3d479","#,
    r#""starts_at":"2026-03-10T14:00:00.000Z","ends_at":"2026-03-10T14:30:00.000Z","duration_minutes":30,"#,
    r#""attendee_name":"Alex Rivera","attendee_email":"alex@startup.io","status":"confirmed","#,
    r#""metadata":{"lead_id":"lead_8294","conversation_id":"conv_1847","source":"ai_sdr"}}"#,
);

#[derive(Serialize)]
struct FailedDeliveryData<'a> {
    delivery_id: DeliveryId,
    webhook_id: WebhookId,
    url: &'a str,
    event_id: EventId,
    event: &'a str,
    booking_id: Option<BookingId>,
    attempt_count: u16,
    last_response_status: Option<u16>,
    last_error: Option<&'a str>,
}

#[derive(Serialize)]
struct DisabledWebhookData<'a> {
    webhook_id: WebhookId,
    url: &'a str,
    reason: String,
}

impl Payload {
    /// What `event_type` says of `booking`. Its metadata stands in it as the text it was sent as.
    pub fn of_booking(event_type: &EventType, booking: &Booking, created_at: Timestamp) -> Self {
        let data = BookingData {
            id: booking.id,
            human_id: booking.human_id,
            starts_at: booking.slot.starts_at(),
            ends_at: booking.slot.ends_at(),
            duration_minutes: booking.slot.duration().as_minutes(),
            attendee_name: booking.attendee_name.as_str(),
            attendee_email: booking.attendee_email.as_ref().map(|email| email.as_str()),
            status: booking.status,
            metadata: booking.metadata.as_raw(),
        };
        Self::of(event_type, created_at, data)
    }

    /// What `delivery.failed` says.
    pub(super) fn of_failed_delivery(failed: &FailedDelivery) -> Self {
        let data = FailedDeliveryData {
            delivery_id: failed.delivery_id,
            webhook_id: failed.webhook_id,
            url: &failed.url,
            event_id: failed.event_id,
            event: failed.event_type.as_str(),
            booking_id: failed.booking_id,
            attempt_count: failed.attempt_count,
            last_response_status: failed.last_response_status,
            last_error: failed.last_error.as_deref(),
        };
        Self::of(&EventType::DELIVERY_FAILED, failed.at, data)
    }

    /// What `webhook.disabled` says.
    pub(super) fn of_disabled_webhook(disabled: &DisabledWebhook) -> Self {
        let data = DisabledWebhookData {
            webhook_id: disabled.webhook_id,
            url: &disabled.url,
            reason: disabled.reason.to_string(),
        };
        Self::of(&EventType::WEBHOOK_DISABLED, disabled.at, data)
    }

    fn of(event_type: &EventType, created_at: Timestamp, data: impl Serialize) -> Self {
        let envelope = Envelope { event: event_type.as_str(), created_at, data };
        // Strings, numbers and raw JSON into a growing buffer: there is nothing here that can fail.
        Self(serde_json::to_vec(&envelope).unwrap_or_default().into())
    }

    /// An event of any type, whose data stands in it as the text it was given as.
    pub fn of_data(event_type: &EventType, created_at: Timestamp, data: &EventData) -> Self {
        Self::of(event_type, created_at, data.as_raw())
    }

    /// The data that an event of a booking brings, of a booking that nobody made.
    pub(super) fn example_booking(event_type: &EventType) -> EventData {
        let cancelled = *event_type == EventType::BOOKING_CANCELLED;
        let status = if cancelled { r#""status":"cancelled""# } else { r#""status":"confirmed""# };
        let text = EXAMPLE_BOOKING.replace(r#""status":"confirmed""#, status);
        EventData::parse(&text).unwrap_or_else(|_| EventData::empty())
    }

    /// The bytes as a store kept them.
    pub fn from_stored(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes to send.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes to send, shared without copying.
    pub fn to_shared(&self) -> Arc<[u8]> {
        Arc::clone(&self.0)
    }
}

/// Prints its length only: attendees are people.
impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OrganizationId;
    use crate::booking::{AttendeeEmail, AttendeeName, BookingRequest, DurationMinutes, Metadata, TimeSlot};
    use uuid::Uuid;

    #[test]
    fn a_test_says_what_an_event_of_the_example_booking_would() {
        let time = |text| Timestamp::parse_rfc3339(text).unwrap();
        let metadata = r#"{"lead_id":"lead_8294","conversation_id":"conv_1847","source":"ai_sdr"}"#;
        let request = BookingRequest {
            human_id: "f47ac10b-58cc-4372-a567-0e02b2c3d479".parse().unwrap(),
            slot: TimeSlot::new(time("2026-03-10T14:00:00Z"), DurationMinutes::new(30).unwrap()).unwrap(),
            attendee_name: AttendeeName::parse("Alex Rivera").unwrap(),
            attendee_email: Some(AttendeeEmail::parse("alex@startup.io").unwrap()),
            metadata: Metadata::from_stored(metadata.to_owned()).unwrap(),
        };
        let id = "b9e4f2a1-3c5d-4e6f-8a9b-0c1d2e3f4a5b".parse().unwrap();
        let now = time("2026-03-10T14:05:00Z");
        let organization_id = OrganizationId::new(Uuid::from_u128(1));
        let booking = Booking::confirm(id, organization_id, request, &[], now).unwrap();
        let mut cancelled = booking.clone();
        cancelled.status = BookingStatus::Cancelled;
        for (booking, event_type) in
            [(booking, EventType::BOOKING_CONFIRMED), (cancelled, EventType::BOOKING_CANCELLED)]
        {
            let expected = Payload::of_booking(&EventType::WEBHOOK_TEST, &booking, now);
            let example = Payload::example_booking(&event_type);
            let payload = Payload::of_data(&EventType::WEBHOOK_TEST, now, &example);
            assert_eq!(
                String::from_utf8_lossy(payload.as_bytes()),
                String::from_utf8_lossy(expected.as_bytes())
            );
        }
    }
}
