//! `GET /v1/bookings`

use super::view::Shown;
use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::error::ApiError;
use crate::api::json_answer::JsonAnswer;
use crate::api::query::QueryString;
use axum::extract::State;
use serde::Serialize;
use slotflow_application::ports::BookingFilter;
use slotflow_domain::Rejection;

/// A page of a listing, with the bounds it was read with.
#[derive(Serialize)]
pub(in crate::api) struct BookingList {
    bookings: Vec<Shown>,
    total: u64,
    limit: u32,
    offset: u64,
}

/// The organization's bookings that pass the filter, latest start first.
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
