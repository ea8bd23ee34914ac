//! `bookings`.

use crate::store::stored_row::{StoredRow, corrupt};
use sea_orm::{QueryResult, Value};
use slotflow_application::ports::StoreError;
use slotflow_domain::booking::{AttendeeEmail, AttendeeName, Booking, DurationMinutes, Metadata, TimeSlot};
use slotflow_domain::{BookingId, HumanId, OrganizationId};

pub(in crate::store) const COLUMNS: &str = "id, organization_id, human_id, starts_at, duration_minutes, \
     attendee_name, attendee_email, status, metadata, created_at";

/// All columns, in the order of [`write`]: with the end, by which overlaps are found.
pub(in crate::store) const ALL_COLUMNS: &str = "id, organization_id, human_id, starts_at, ends_at, \
     duration_minutes, attendee_name, attendee_email, status, metadata, created_at";

pub(in crate::store) fn write(booking: &Booking) -> [Value; 11] {
    [
        booking.id.as_uuid().into(),
        booking.organization_id.as_uuid().into(),
        booking.human_id.as_uuid().into(),
        booking.slot.starts_at().as_millis().into(),
        booking.slot.ends_at().as_millis().into(),
        i32::try_from(booking.slot.duration().as_minutes()).unwrap_or(i32::MAX).into(),
        booking.attendee_name.as_str().into(),
        booking.attendee_email.as_ref().map(|email| email.as_str().to_owned()).into(),
        booking.status.as_str().into(),
        booking.metadata.as_str().into(),
        booking.created_at.as_millis().into(),
    ]
}

pub(in crate::store) fn read(row: &QueryResult) -> Result<Booking, StoreError> {
    let row = StoredRow(row);
    let email: Option<String> = row.get("attendee_email")?;
    Ok(Booking {
        id: BookingId::new(row.uuid("id")?),
        organization_id: OrganizationId::new(row.uuid("organization_id")?),
        human_id: HumanId::new(row.uuid("human_id")?),
        slot: slot(&row)?,
        attendee_name: AttendeeName::parse(&row.text("attendee_name")?)
            .map_err(|error| corrupt("attendee_name", error))?,
        attendee_email: email
            .map(|email| AttendeeEmail::parse(&email).map_err(|error| corrupt("attendee_email", error)))
            .transpose()?,
        status: row.named("status")?,
        metadata: Metadata::from_stored(row.text("metadata")?)
            .ok_or_else(|| corrupt("metadata", "not an object"))?,
        created_at: row.time("created_at")?,
    })
}

/// When the booking is, of `starts_at` and `duration_minutes`.
pub(in crate::store) fn slot(row: &StoredRow<'_>) -> Result<TimeSlot, StoreError> {
    let starts_at = row.time("starts_at")?;
    let minutes: i32 = row.get("duration_minutes")?;
    DurationMinutes::new(minutes.into())
        .and_then(|duration| TimeSlot::new(starts_at, duration))
        .map_err(|error| corrupt("duration_minutes", error))
}
