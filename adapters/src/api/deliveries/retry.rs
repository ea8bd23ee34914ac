//! `POST /v1/deliveries/{id}/retry`

use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::error::ApiError;
use crate::api::json_answer::JsonAnswer;
use crate::api::path_id::PathId;
use axum::extract::State;
use serde::Serialize;
use slotflow_domain::DeliveryId;

/// The delivery that was made.
#[derive(Serialize)]
pub(in crate::api) struct Accepted {
    pub(in crate::api) delivery_id: DeliveryId,
}

/// Makes a new delivery of the same event to the same webhook: 202 with it. A body is not looked at.
pub(in crate::api) async fn retry(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    PathId(id): PathId<DeliveryId>,
) -> Result<JsonAnswer<Accepted>, ApiError> {
    let delivery_id = services.repairs.retry(organization_id, id).await?;
    Ok(JsonAnswer::accepted(Accepted { delivery_id }))
}
