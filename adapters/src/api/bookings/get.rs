//! `GET /v1/bookings/{id}`

use super::view::{BookingView, Shown};
use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::error::ApiError;
use crate::api::json_answer::JsonAnswer;
use crate::api::openapi;
use crate::api::path_id::PathId;
use axum::extract::State;
use slotflow_domain::BookingId;

/// Show a booking
///
/// One booking, cancelled or not.
#[utoipa::path(
    get,
    path = "/v1/bookings/{id}",
    tag = openapi::BOOKINGS,
    params(openapi::Id),
    responses((status = 200, description = "The booking", body = BookingView<'static>))
)]
pub(in crate::api) async fn get(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    PathId(id): PathId<BookingId>,
) -> Result<JsonAnswer<Shown>, ApiError> {
    let booking = services.bookings.get(organization_id, id).await?;
    booking.map(|booking| JsonAnswer::ok(Shown(booking))).ok_or_else(|| ApiError::no_such("booking"))
}
