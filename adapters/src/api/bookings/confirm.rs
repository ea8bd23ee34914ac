//! `POST /v1/bookings`

use super::view::Shown;
use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::error::ApiError;
use crate::api::idempotency::Keyed;
use crate::api::json_answer::JsonAnswer;
use crate::api::json_object::JsonObjectText;
use crate::api::member::MemberValue;
use crate::api::request_body::{FromJson, JsonBody};
use axum::extract::State;
use axum::response::Response;
use slotflow_domain::Timestamp;
use slotflow_domain::booking::{
    AttendeeEmail, AttendeeName, BookingRequest, DurationMinutes, Metadata, TimeSlot,
};

impl FromJson for BookingRequest {
    fn from_json(object: JsonObjectText<'_>) -> Result<Self, ApiError> {
        let [human_id, starts_at, duration, attendee_name, attendee_email, metadata] = object.members([
            "human_id",
            "starts_at",
            "duration",
            "attendee_name",
            "attendee_email",
            "metadata",
        ])?;
        let human_id = human_id.required()?.parsed(str::parse)?;
        let starts_at = starts_at.required()?.parsed(Timestamp::parse_rfc3339)?;
        let duration = DurationMinutes::new(duration.required()?.integer()?)?;
        Ok(Self {
            human_id,
            slot: TimeSlot::new(starts_at, duration)?,
            attendee_name: AttendeeName::parse(&attendee_name.required()?.string()?)?,
            attendee_email: match attendee_email.optional()? {
                Some(value) => Some(AttendeeEmail::parse(&value.string()?)?),
                None => None,
            },
            metadata: Metadata::parse(metadata.optional()?.map(MemberValue::raw))?,
        })
    }
}

/// Makes a booking: 201 with it.
pub(in crate::api) async fn confirm(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    Keyed(key, JsonBody(request)): Keyed<JsonBody<BookingRequest>>,
) -> Result<Response, ApiError> {
    let change = services.bookings.prepare_booking(organization_id, request);
    key.run(&services, organization_id, change, |booking| JsonAnswer::created(Shown(booking))).await
}
