//! `GET /v1/events/{id}`

use super::view::EventView;
use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::deliveries::DeliveryView;
use crate::api::error::ApiError;
use crate::api::json_answer::JsonAnswer;
use crate::api::openapi;
use crate::api::path_id::PathId;
use axum::extract::State;
use serde::Serialize;
use slotflow_domain::EventId;
use utoipa::ToSchema;

/// An event with the text that receivers get, byte for byte, and where it went: newest delivery first, a thousand
/// at the most (the counts tell of all).
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct EventShown {
    #[serde(flatten)]
    event: EventView,
    payload: String,
    deliveries: Vec<DeliveryView>,
}

/// Show an event
///
/// One event, its payload and its deliveries.
#[utoipa::path(
    get,
    path = "/v1/events/{id}",
    tag = openapi::EVENTS,
    params(openapi::Id),
    responses((status = 200, description = "The event", body = EventShown))
)]
pub(in crate::api) async fn get(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    PathId(id): PathId<EventId>,
) -> Result<JsonAnswer<EventShown>, ApiError> {
    let found = services.events.get(organization_id, id).await?;
    let detail = found.ok_or_else(|| ApiError::no_such("event"))?;
    Ok(JsonAnswer::ok(EventShown {
        event: detail.event.into(),
        payload: String::from_utf8_lossy(detail.payload.as_bytes()).into_owned(),
        deliveries: detail.deliveries.into_iter().map(DeliveryView::from).collect(),
    }))
}
