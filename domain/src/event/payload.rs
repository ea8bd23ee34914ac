//! The exact bytes of an event.

use super::EventType;
use crate::booking::{Booking, BookingStatus};
use crate::{BookingId, HumanId, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;
use std::fmt;
use std::sync::Arc;

/// The body of every POST of an event: made once, stored, sent unchanged ever after.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload(Arc<[u8]>);

/// The members in the order of the mission's payload, and no others.
#[derive(Serialize)]
struct Envelope<'a> {
    event: &'a str,
    created_at: Timestamp,
    data: BookingData<'a>,
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

impl Payload {
    /// What `event_type` says of `booking`. Its metadata stands in it as the text it was sent as.
    pub fn of_booking(event_type: &EventType, booking: &Booking, created_at: Timestamp) -> Self {
        let envelope = Envelope {
            event: event_type.as_str(),
            created_at,
            data: BookingData {
                id: booking.id,
                human_id: booking.human_id,
                starts_at: booking.slot.starts_at(),
                ends_at: booking.slot.ends_at(),
                duration_minutes: booking.slot.duration().as_minutes(),
                attendee_name: booking.attendee_name.as_str(),
                attendee_email: booking.attendee_email.as_ref().map(|email| email.as_str()),
                status: booking.status,
                metadata: booking.metadata.as_raw(),
            },
        };
        // Strings, numbers and raw JSON into a growing buffer: there is nothing here that can fail.
        Self(serde_json::to_vec(&envelope).unwrap_or_default().into())
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
