//! An event as clients see it.

use crate::api::openapi::schemas;
use serde::Serialize;
use slotflow_application::ports::{DeliveryCounts, EventRecord};
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::{BookingId, EventId, Timestamp};
use utoipa::ToSchema;

/// Something that happened.
#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
pub(in crate::api) struct EventView {
    /// What receivers see as `webhook-id`.
    #[schema(value_type = Uuid)]
    id: EventId,
    /// Its type.
    #[schema(example = "booking.confirmed")]
    event: String,
    #[schema(value_type = Option<Uuid>, required)]
    booking_id: Option<BookingId>,
    /// Its place among its booking's events.
    sequence: u32,
    #[schema(value_type = schemas::Time)]
    created_at: Timestamp,
    delivery_counts: CountsView,
}

/// How many of an event's deliveries have which status; every status is named.
#[derive(Serialize, ToSchema)]
#[schema(as = DeliveryCounts)]
struct CountsView {
    pending: u64,
    delivering: u64,
    held: u64,
    delivered: u64,
    failed: u64,
    cancelled: u64,
}

impl From<DeliveryCounts> for CountsView {
    fn from(counts: DeliveryCounts) -> Self {
        Self {
            pending: counts.of(DeliveryStatus::Pending),
            delivering: counts.of(DeliveryStatus::Delivering),
            held: counts.of(DeliveryStatus::Held),
            delivered: counts.of(DeliveryStatus::Delivered),
            failed: counts.of(DeliveryStatus::Failed),
            cancelled: counts.of(DeliveryStatus::Cancelled),
        }
    }
}

impl From<EventRecord> for EventView {
    fn from(record: EventRecord) -> Self {
        Self {
            id: record.id,
            event: record.event_type.as_str().to_owned(),
            booking_id: record.booking_id,
            sequence: record.sequence.0,
            created_at: record.created_at,
            delivery_counts: record.delivery_counts.into(),
        }
    }
}
