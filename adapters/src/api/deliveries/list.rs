//! `GET /v1/deliveries`

use super::view::DeliveryView;
use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::cursor;
use crate::api::error::ApiError;
use crate::api::json_answer::JsonAnswer;
use crate::api::openapi::{self, schemas};
use crate::api::query::QueryString;
use axum::extract::State;
use serde::Serialize;
use slotflow_application::ports::DeliveryFilter;
use slotflow_domain::event::EventType;
use slotflow_domain::{OrganizationId, Rejection};
use utoipa::ToSchema;

/// A page of a listing. `next_cursor` leads to the next one, and is null on the last.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct DeliveryList {
    deliveries: Vec<DeliveryView>,
    #[schema(required)]
    next_cursor: Option<String>,
}

/// List deliveries
///
/// The organization's deliveries that pass the filter, newest first. The listing stays stable while more arrive.
#[utoipa::path(
    get,
    path = "/v1/deliveries",
    tag = openapi::DELIVERIES,
    params(
        ("webhook_id" = Option<Uuid>, Query, description = "Only those to this webhook"),
        ("status" = Option<schemas::DeliveryStatus>, Query, description = "Only those with this status"),
        ("event" = Option<schemas::EventName>, Query, description = "Only those of events of this type"),
        ("booking_id" = Option<Uuid>, Query, description = "Only those of events of this booking"),
        openapi::CreatedAfter,
        openapi::CreatedBefore,
        openapi::Limit,
        openapi::Cursor,
    ),
    responses((status = 200, description = "A page", body = DeliveryList))
)]
pub(in crate::api) async fn list(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    query: QueryString,
) -> Result<JsonAnswer<DeliveryList>, ApiError> {
    let filter = read_filter(organization_id, &query)?;
    let page = services.deliveries.list(organization_id, filter).await?;
    let last = page.deliveries.last().filter(|_| page.more);
    let next_cursor = last.map(|delivery| cursor::write(organization_id, &delivery.position()));
    let deliveries = page.deliveries.into_iter().map(DeliveryView::from).collect();
    Ok(JsonAnswer::ok(DeliveryList { deliveries, next_cursor }))
}

fn read_filter(organization_id: OrganizationId, query: &QueryString) -> Result<DeliveryFilter, Rejection> {
    Ok(DeliveryFilter {
        webhook_id: query.parsed("webhook_id", str::parse)?,
        status: query.parsed("status", str::parse)?,
        event_type: query.parsed("event", EventType::parse)?,
        booking_id: query.parsed("booking_id", str::parse)?,
        created_from: query.time("created_after")?,
        created_until: query.time("created_before")?,
        after: query.parsed("cursor", |text| cursor::read(organization_id, text))?,
        limit: query.limit()?,
    })
}
