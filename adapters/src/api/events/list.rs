//! `GET /v1/events`

use super::view::EventView;
use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::cursor;
use crate::api::error::ApiError;
use crate::api::json_answer::JsonAnswer;
use crate::api::openapi::{self, schemas};
use crate::api::query::QueryString;
use axum::extract::State;
use serde::Serialize;
use slotflow_application::ports::EventFilter;
use slotflow_domain::event::EventType;
use slotflow_domain::{OrganizationId, Rejection};
use utoipa::ToSchema;

/// A page of a listing. `next_cursor` leads to the next one, and is null on the last.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct EventList {
    events: Vec<EventView>,
    #[schema(required)]
    next_cursor: Option<String>,
}

/// List events
///
/// The organization's events that pass the filter, newest first, those that no webhook wanted included.
#[utoipa::path(
    get,
    path = "/v1/events",
    tag = openapi::EVENTS,
    params(
        ("event" = Option<schemas::EventName>, Query, description = "Only those of this type"),
        ("booking_id" = Option<Uuid>, Query, description = "Only those of this booking"),
        openapi::CreatedAfter,
        openapi::CreatedBefore,
        openapi::Limit,
        openapi::Cursor,
    ),
    responses((status = 200, description = "A page", body = EventList))
)]
pub(in crate::api) async fn list(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    query: QueryString,
) -> Result<JsonAnswer<EventList>, ApiError> {
    let filter = read_filter(organization_id, &query)?;
    let page = services.events.list(organization_id, filter).await?;
    let last = page.events.last().filter(|_| page.more);
    let next_cursor = last.map(|event| cursor::write(organization_id, &event.position()));
    let events = page.events.into_iter().map(EventView::from).collect();
    Ok(JsonAnswer::ok(EventList { events, next_cursor }))
}

fn read_filter(organization_id: OrganizationId, query: &QueryString) -> Result<EventFilter, Rejection> {
    Ok(EventFilter {
        event_type: query.parsed("event", EventType::parse)?,
        booking_id: query.parsed("booking_id", str::parse)?,
        created_from: query.time("created_after")?,
        created_until: query.time("created_before")?,
        after: query.parsed("cursor", |text| cursor::read(organization_id, text))?,
        limit: query.limit()?,
    })
}
