//! Bookings: the source of events.
//!
//! Humans, availability and slots are kept elsewhere. The one scheduling rule here is that a human's
//! confirmed bookings never overlap.

mod attendee;
mod metadata;
mod time_slot;

pub use attendee::{AttendeeEmail, AttendeeName};
pub use metadata::Metadata;
pub use time_slot::{DurationMinutes, TimeSlot};

use crate::{BookingId, HumanId, OrganizationId, Timestamp};
use serde::Serialize;
use std::str::FromStr;

/// A human's time, taken by an attendee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// Its identifier.
    pub id: BookingId,
    /// Whose booking it is.
    pub organization_id: OrganizationId,
    /// Who is booked.
    pub human_id: HumanId,
    /// When.
    pub slot: TimeSlot,
    /// Who booked.
    pub attendee_name: AttendeeName,
    /// How to reach whoever booked.
    pub attendee_email: Option<AttendeeEmail>,
    /// Whether it still stands.
    pub status: BookingStatus,
    /// Whatever the client wants to find again in the webhook's payload.
    pub metadata: Metadata,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a client says of the booking it wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookingRequest {
    /// Who is to be booked.
    pub human_id: HumanId,
    /// When.
    pub slot: TimeSlot,
    /// Who books.
    pub attendee_name: AttendeeName,
    /// How to reach whoever books.
    pub attendee_email: Option<AttendeeEmail>,
    /// Whatever should come back in the webhook's payload.
    pub metadata: Metadata,
}

/// The human has a confirmed booking at that time already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the human already has a confirmed booking that overlaps this time")]
pub struct SlotUnavailable;

impl Booking {
    /// Confirms what was requested, unless it overlaps one of the human's `confirmed` bookings.
    ///
    /// `confirmed` must hold at least those that touch the wanted time, and must not change until the
    /// new booking is stored.
    pub fn confirm(
        id: BookingId,
        organization_id: OrganizationId,
        request: BookingRequest,
        confirmed: &[TimeSlot],
        now: Timestamp,
    ) -> Result<Self, SlotUnavailable> {
        if confirmed.iter().any(|taken| taken.overlaps(&request.slot)) {
            return Err(SlotUnavailable);
        }
        let BookingRequest { human_id, slot, attendee_name, attendee_email, metadata } = request;
        Ok(Self {
            id,
            organization_id,
            human_id,
            slot,
            attendee_name,
            attendee_email,
            status: BookingStatus::Confirmed,
            metadata,
            created_at: now,
        })
    }

    /// Cancels the booking. Says whether that changed anything: only then is there an event.
    pub fn cancel(&mut self) -> bool {
        std::mem::replace(&mut self.status, BookingStatus::Cancelled) == BookingStatus::Confirmed
    }
}

/// Whether a booking stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BookingStatus {
    /// It stands and takes its human's time.
    Confirmed,
    /// It was called off; its time is free again.
    Cancelled,
}

/// A name that no booking status has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of confirmed, cancelled")]
pub struct UnknownBookingStatus;

impl BookingStatus {
    /// `confirmed` or `cancelled`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl FromStr for BookingStatus {
    type Err = UnknownBookingStatus;

    fn from_str(text: &str) -> Result<Self, UnknownBookingStatus> {
        [Self::Confirmed, Self::Cancelled]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(UnknownBookingStatus)
    }
}
