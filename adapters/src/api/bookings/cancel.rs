//! `DELETE /v1/bookings/{id}`

use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::cause::Cause;
use crate::api::error::ApiError;
use crate::api::json_answer::JsonAnswer;
use crate::api::openapi::{self, schemas};
use crate::api::path_id::PathId;
use axum::extract::State;
use serde::Serialize;
use slotflow_domain::BookingId;
use slotflow_domain::booking::BookingStatus;
use utoipa::ToSchema;

/// What has become of a booking.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct Cancelled {
    #[schema(value_type = Uuid)]
    id: BookingId,
    #[schema(value_type = schemas::BookingStatus)]
    status: BookingStatus,
}

/// Cancel a booking
///
/// Cancels it, publishes `booking.cancelled` and frees the slot. However often it is called, the answer is the same and the event is one.
#[utoipa::path(
    delete,
    path = "/v1/bookings/{id}",
    tag = openapi::BOOKINGS,
    params(openapi::Id, openapi::TraceParent),
    responses((status = 200, description = "It is cancelled", body = Cancelled))
)]
pub(in crate::api) async fn cancel(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    PathId(id): PathId<BookingId>,
    Cause(cause): Cause,
) -> Result<JsonAnswer<Cancelled>, ApiError> {
    let booking = services.bookings.cancel(organization_id, id, cause).await?;
    let booking = booking.ok_or_else(|| ApiError::no_such("booking"))?;
    Ok(JsonAnswer::ok(Cancelled { id: booking.id, status: booking.status }))
}
