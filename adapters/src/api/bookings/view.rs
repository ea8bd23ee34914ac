//! A booking as clients see it.

use crate::api::json_answer::Kept;
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;
use slotflow_domain::booking::{AttendeeEmail, Booking, BookingStatus};
use slotflow_domain::{BookingId, HumanId, Timestamp};

/// The contract's booking. Metadata is the text that was sent in, unchanged.
#[derive(serde::Serialize)]
struct BookingView<'a> {
    id: BookingId,
    human_id: HumanId,
    starts_at: Timestamp,
    ends_at: Timestamp,
    duration_minutes: u32,
    attendee_name: &'a str,
    attendee_email: Option<&'a str>,
    status: BookingStatus,
    metadata: &'a RawValue,
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
