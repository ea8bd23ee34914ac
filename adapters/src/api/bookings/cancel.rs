//! `DELETE /v1/bookings/{id}`

use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::error::ApiError;
use crate::api::json_answer::JsonAnswer;
use crate::api::path_id::PathId;
use axum::extract::State;
use serde::Serialize;
use slotflow_domain::BookingId;
use slotflow_domain::booking::BookingStatus;

/// What has become of a booking.
#[derive(Serialize)]
pub(in crate::api) struct Cancelled {
    id: BookingId,
    status: BookingStatus,
}

/// Cancels a booking. However often it is called, the answer is the same and the event is one.
pub(in crate::api) async fn cancel(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    PathId(id): PathId<BookingId>,
) -> Result<JsonAnswer<Cancelled>, ApiError> {
    let booking = services.bookings.cancel(organization_id, id).await?;
    let booking = booking.ok_or_else(|| ApiError::no_such("booking"))?;
    Ok(JsonAnswer::ok(Cancelled { id: booking.id, status: booking.status }))
}
