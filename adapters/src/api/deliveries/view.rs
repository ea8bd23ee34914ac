//! A delivery as clients see it.

use crate::api::openapi::schemas;
use serde::Serialize;
use slotflow_application::ports::DeliveryRecord;
use slotflow_domain::{BookingId, DeliveryId, EventId, Timestamp, WebhookId};
use utoipa::ToSchema;

/// One event on its way to one webhook.
#[derive(Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(in crate::api) struct DeliveryView {
    #[schema(value_type = Uuid)]
    id: DeliveryId,
    #[schema(value_type = Uuid)]
    webhook_id: WebhookId,
    /// The webhook's, as it is now.
    url: String,
    /// What receivers see as `webhook-id`.
    #[schema(value_type = Uuid)]
    event_id: EventId,
    /// The event's type.
    #[schema(example = "booking.confirmed")]
    event: String,
    #[schema(value_type = Option<Uuid>, required)]
    booking_id: Option<BookingId>,
    #[schema(value_type = schemas::DeliveryStatus)]
    status: &'static str,
    /// How many attempts are over.
    attempt_count: u16,
    /// When the next one is due, while it is pending.
    #[schema(value_type = Option<schemas::Time>, required)]
    next_attempt_at: Option<Timestamp>,
    #[schema(required)]
    last_response_status: Option<u16>,
    /// What went wrong last, in words.
    #[schema(required)]
    last_error: Option<String>,
    /// The delivery that this one repeats.
    #[schema(value_type = Option<Uuid>, required)]
    retry_of: Option<DeliveryId>,
    #[schema(value_type = schemas::Time)]
    created_at: Timestamp,
    /// When it came to its end.
    #[schema(value_type = Option<schemas::Time>, required)]
    completed_at: Option<Timestamp>,
}

impl From<DeliveryRecord> for DeliveryView {
    fn from(record: DeliveryRecord) -> Self {
        Self {
            id: record.id,
            webhook_id: record.webhook_id,
            url: record.url,
            event_id: record.event_id,
            event: record.event_type.as_str().to_owned(),
            booking_id: record.booking_id,
            status: record.status.as_str(),
            attempt_count: record.attempt_count,
            next_attempt_at: record.next_attempt_at,
            last_response_status: record.last_response_status,
            last_error: record.last_error,
            retry_of: record.retry_of,
            created_at: record.created_at,
            completed_at: record.completed_at,
        }
    }
}
