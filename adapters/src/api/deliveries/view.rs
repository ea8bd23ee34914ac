//! A delivery as clients see it.

use serde::Serialize;
use slotflow_application::ports::DeliveryRecord;
use slotflow_domain::{BookingId, DeliveryId, EventId, Timestamp, WebhookId};

/// The contract's delivery.
#[derive(Serialize)]
pub(in crate::api) struct DeliveryView {
    id: DeliveryId,
    webhook_id: WebhookId,
    url: String,
    event_id: EventId,
    event: String,
    booking_id: Option<BookingId>,
    status: &'static str,
    attempt_count: u16,
    next_attempt_at: Option<Timestamp>,
    last_response_status: Option<u16>,
    last_error: Option<String>,
    retry_of: Option<DeliveryId>,
    created_at: Timestamp,
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
