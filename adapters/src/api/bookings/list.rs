//! `GET /v1/bookings`

use super::view::{BookingView, Shown};
use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::error::ApiError;
use crate::api::json_answer::JsonAnswer;
use crate::api::openapi::{self, schemas};
use crate::api::query::QueryString;
use axum::extract::State;
use serde::Serialize;
use slotflow_application::ports::BookingFilter;
use slotflow_domain::Rejection;
use utoipa::ToSchema;

/// A page of a listing, with the bounds it was read with.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct BookingList {
    #[schema(value_type = Vec<BookingView<'static>>)]
    bookings: Vec<Shown>,
    /// How many there are in all that pass the filter.
    total: u64,
    limit: u32,
    offset: u64,
}

/// List bookings
///
/// The organization's bookings that pass the filter, latest start first.
#[utoipa::path(
    get,
    path = "/v1/bookings",
    tag = openapi::BOOKINGS,
    params(
        ("human_id" = Option<Uuid>, Query, description = "Only this human's"),
        ("status" = Option<schemas::BookingStatus>, Query, description = "Only those with this status"),
        ("date_from" = Option<schemas::TimeOrDate>, Query, description = "Only those that start at this time or later; a time or a date"),
        ("date_to" = Option<schemas::TimeOrDate>, Query, description = "Only those that start at this time or earlier; a time or a date, which counts to its end"),
        openapi::Limit,
        ("offset" = Option<u64>, Query, description = "How many to pass over"),
    ),
    responses((status = 200, description = "A page", body = BookingList))
)]
pub(in crate::api) async fn list(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    query: QueryString,
) -> Result<JsonAnswer<BookingList>, ApiError> {
    let filter = read_filter(&query)?;
    let (limit, offset) = (filter.limit, filter.offset);
    let page = services.bookings.list(organization_id, filter).await?;
    let bookings = page.bookings.into_iter().map(Shown).collect();
    Ok(JsonAnswer::ok(BookingList { bookings, total: page.total, limit, offset }))
}

fn read_filter(query: &QueryString) -> Result<BookingFilter, Rejection> {
    Ok(BookingFilter {
        human_id: query.parsed("human_id", str::parse)?,
        status: query.parsed("status", str::parse)?,
        starts_from: query.time_or_start_of_day("date_from")?,
        starts_until: query.time_or_end_of_day("date_to")?,
        limit: query.limit()?,
        offset: query.offset()?,
    })
}
