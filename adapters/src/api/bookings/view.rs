//! A booking as clients see it.

use crate::api::json_answer::Kept;
use crate::api::openapi::schemas;
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;
use slotflow_domain::booking::{AttendeeEmail, Booking, BookingStatus};
use slotflow_domain::{BookingId, HumanId, Timestamp};
use utoipa::ToSchema;

/// A booking.
// Metadata is the text that was sent in, unchanged.
#[derive(serde::Serialize, ToSchema)]
#[schema(as = Booking)]
pub(in crate::api) struct BookingView<'a> {
    #[schema(value_type = Uuid)]
    id: BookingId,
    /// Whoever is booked.
    #[schema(value_type = Uuid)]
    human_id: HumanId,
    #[schema(value_type = schemas::Time)]
    starts_at: Timestamp,
    #[schema(value_type = schemas::Time)]
    ends_at: Timestamp,
    duration_minutes: u32,
    attendee_name: &'a str,
    #[schema(required)]
    attendee_email: Option<&'a str>,
    #[schema(value_type = schemas::BookingStatus)]
    status: BookingStatus,
    /// What was sent in with the booking, value for value.
    #[schema(value_type = schemas::Metadata)]
    metadata: &'a RawValue,
    #[schema(value_type = schemas::Time)]
    created_at: Timestamp,
}

/// An owned booking, written as its view.
pub(in crate::api) struct Shown(pub(super) Booking);

impl Kept for Shown {}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let booking = &self.0;
        let view = BookingView {
            id: booking.id,
            human_id: booking.human_id,
            starts_at: booking.slot.starts_at(),
            ends_at: booking.slot.ends_at(),
            duration_minutes: booking.slot.duration().as_minutes(),
            attendee_name: booking.attendee_name.as_str(),
            attendee_email: booking.attendee_email.as_ref().map(AttendeeEmail::as_str),
            status: booking.status,
            metadata: booking.metadata.as_raw(),
            created_at: booking.created_at,
        };
        view.serialize(serializer)
    }
}
