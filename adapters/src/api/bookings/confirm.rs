//! `POST /v1/bookings`

use super::view::{BookingView, Shown};
use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::cause::Cause;
use crate::api::error::{ApiError, ErrorBody};
use crate::api::idempotency::Keyed;
use crate::api::json_answer::JsonAnswer;
use crate::api::json_object::JsonObjectText;
use crate::api::member::MemberValue;
use crate::api::openapi::{self, schemas};
use crate::api::request_body::{FromJson, JsonBody};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use slotflow_application::bookings::Confirmation;
use slotflow_domain::Timestamp;
use slotflow_domain::booking::{
    AttendeeEmail, AttendeeName, BookingRequest, DurationMinutes, Metadata, TimeSlot,
};
use utoipa::ToSchema;
use uuid::Uuid;

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

/// What a client sends to book.
#[derive(ToSchema)]
#[schema(as = NewBooking)]
#[allow(dead_code, reason = "its members are read by `from_json`; here they are described")]
pub(in crate::api) struct NewBooking {
    human_id: Uuid,
    /// With any offset.
    #[schema(value_type = schemas::Time)]
    starts_at: String,
    /// In minutes.
    #[schema(minimum = 1, maximum = 1440)]
    duration: u32,
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\u0000-\u001F\u007F-\u009F]+$",
        example = "Alex Rivera"
    )]
    attendee_name: String,
    #[schema(
        min_length = 3,
        max_length = 254,
        pattern = r"^[^\s\u0000-\u001F\u007F-\u009F]+@[^\s@\u0000-\u001F\u007F-\u009F]+$",
        example = "alex@startup.io"
    )]
    attendee_email: Option<String>,
    /// It reaches receivers value for value.
    #[schema(value_type = Option<schemas::Metadata>)]
    metadata: Option<()>,
}

/// Book
///
/// Makes a booking and publishes `booking.confirmed`: both exist afterwards, or neither.
#[utoipa::path(
    post,
    path = "/v1/bookings",
    tag = openapi::BOOKINGS,
    params(openapi::TraceParent),
    request_body = NewBooking,
    responses(
        (status = 201, description = "The booking", body = BookingView<'static>),
        (status = 409, description = "`SLOT_UNAVAILABLE`: the human has a confirmed booking overlapping that time", body = ErrorBody<'static>),
    )
)]
pub(in crate::api) async fn confirm(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    Cause(cause): Cause,
    Keyed(key, JsonBody(request)): Keyed<JsonBody<BookingRequest>>,
) -> Result<Response, ApiError> {
    let asked = Confirmation { organization_id, request, trace_context: cause };
    if key.is_none() {
        let booking = services.intake.confirm(asked).await?;
        return Ok(JsonAnswer::created(Shown(booking)).into_response());
    }
    let change = services.bookings.prepare_booking(asked);
    key.run(&services, organization_id, change, |booking| JsonAnswer::created(Shown(booking))).await
}
