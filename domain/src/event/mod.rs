//! Events: that something happened, and the bytes that say so.

mod catalog;
mod data;
mod definition;
mod event_type;
mod new_event;
mod news;
mod outbox_row;
mod payload;
mod trace_context;

pub use catalog::{BadCatalog, EventCatalog, EventRefused, EventSet};
pub use data::{BadEventData, EventData};
pub use definition::{DataSchema, EventDefinition};
pub use event_type::{EventType, NotAnEventType};
pub use new_event::{NewEvent, NotAnEvent};
pub use news::{DisabledWebhook, FailedDelivery, News};
pub use outbox_row::{OutboxEvent, OutboxPosition, OutboxRow, OutboxRowRefused};
pub use payload::Payload;
pub use trace_context::{NotATraceContext, SpanId, TraceContext};

use crate::booking::{Booking, BookingStatus};
use crate::{BookingId, EventId, OrganizationId, Timestamp};

/// Something that happened, once, with the exact bytes every receiver gets.
///
/// The bytes are made here and never again: each attempt, retry and replay, to every webhook, sends them
/// unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its identifier, which receivers see as `webhook-id`.
    pub id: EventId,
    /// Whose event it is.
    pub organization_id: OrganizationId,
    /// What happened.
    pub event_type: EventType,
    /// The booking it happened to, if it is about one.
    pub booking_id: Option<BookingId>,
    /// Its place among its booking's events, from 1, so that a late retry can be told from news.
    pub sequence: Sequence,
    /// The bytes to send.
    pub payload: Payload,
    /// When it happened.
    pub created_at: Timestamp,
    /// What caused it, if that is being traced.
    pub trace_context: Option<TraceContext>,
}

/// The place of an event among its booking's events, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sequence(pub u32);

impl Event {
    /// The event of what has just become of `booking`: confirmed is its first, cancelled its second.
    pub fn of_booking(id: EventId, booking: &Booking, now: Timestamp) -> Self {
        let (event_type, sequence) = match booking.status {
            BookingStatus::Confirmed => (EventType::BOOKING_CONFIRMED, Sequence(1)),
            BookingStatus::Cancelled => (EventType::BOOKING_CANCELLED, Sequence(2)),
        };
        Self {
            id,
            organization_id: booking.organization_id,
            payload: Payload::of_booking(&event_type, booking, now),
            event_type,
            booking_id: Some(booking.id),
            sequence,
            created_at: now,
            trace_context: None,
        }
    }

    /// The same event, as caused by what is being traced there.
    #[must_use]
    pub fn caused_by(self, trace_context: Option<TraceContext>) -> Self {
        Self { trace_context, ..self }
    }

    /// The event that tries a webhook out: about no booking, and the only one of its kind that anybody knows. Its data is
    /// an example ([`EventCatalog::example_for`]).
    pub fn of_test(id: EventId, organization_id: OrganizationId, example: EventData, now: Timestamp) -> Self {
        NewEvent::of(EventType::WEBHOOK_TEST, example).happened(id, organization_id, now)
    }
}
