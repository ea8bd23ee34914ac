//! `POST /v1/deliveries/{id}/retry`

use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::error::ApiError;
use crate::api::idempotency::Keyed;
use crate::api::json_answer::{JsonAnswer, Kept};
use crate::api::openapi;
use crate::api::path_id::PathId;
use axum::extract::{Request, State};
use axum::response::Response;
use serde::Serialize;
use slotflow_domain::DeliveryId;
use utoipa::ToSchema;

/// The delivery that was made.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct Accepted {
    #[schema(value_type = Uuid)]
    pub(in crate::api) delivery_id: DeliveryId,
}

impl Kept for Accepted {}

/// Retry a delivery
///
/// Makes a new delivery of the same event to the same webhook, and names it. Only what is delivered, failed or
/// cancelled can be retried. A body is not looked at.
#[utoipa::path(
    post,
    path = "/v1/deliveries/{id}/retry",
    tag = openapi::DELIVERIES,
    params(openapi::Id),
    responses((status = 202, description = "The new delivery", body = Accepted))
)]
pub(in crate::api) async fn retry(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    PathId(id): PathId<DeliveryId>,
    Keyed(key, _): Keyed<Request>,
) -> Result<Response, ApiError> {
    let change = services.repairs.prepare_retry(organization_id, id);
    let accepted = |delivery_id| JsonAnswer::accepted(Accepted { delivery_id });
    key.run(&services, organization_id, change, accepted).await
}
