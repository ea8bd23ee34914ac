//! `GET /v1/deliveries/{id}`

use super::attempt_view::AttemptView;
use super::request_view::RequestView;
use super::view::DeliveryView;
use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::error::ApiError;
use crate::api::json_answer::JsonAnswer;
use crate::api::openapi;
use crate::api::path_id::PathId;
use axum::extract::State;
use serde::Serialize;
use slotflow_domain::DeliveryId;
use utoipa::ToSchema;

/// A delivery with what it sends and its attempts, first to last.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct DeliveryDetail {
    #[serde(flatten)]
    delivery: DeliveryView,
    request: RequestView,
    attempts: Vec<AttemptView>,
}

/// Show a delivery
///
/// One delivery, its request, and what came of each attempt.
#[utoipa::path(
    get,
    path = "/v1/deliveries/{id}",
    tag = openapi::DELIVERIES,
    params(openapi::Id),
    responses((status = 200, description = "The delivery", body = DeliveryDetail))
)]
pub(in crate::api) async fn get(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    PathId(id): PathId<DeliveryId>,
) -> Result<JsonAnswer<DeliveryDetail>, ApiError> {
    let found = services.deliveries.get(organization_id, id).await?;
    let log = found.ok_or_else(|| ApiError::no_such("delivery"))?;
    let request = RequestView::of(&log);
    let attempts = log.attempts.into_iter().map(AttemptView::from).collect();
    Ok(JsonAnswer::ok(DeliveryDetail { delivery: log.delivery.into(), request, attempts }))
}
