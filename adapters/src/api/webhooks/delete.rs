//! `DELETE /v1/webhooks/{id}`

use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::error::ApiError;
use crate::api::json_answer::JsonAnswer;
use crate::api::openapi;
use crate::api::path_id::PathId;
use axum::extract::State;
use serde::Serialize;
use slotflow_application::dispatcher::LAST_BEGINNINGS;
use slotflow_domain::WebhookId;
use utoipa::ToSchema;

/// That a webhook is gone.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct Deleted {
    deleted: bool,
    #[schema(value_type = Uuid)]
    id: WebhookId,
}

/// Delete a webhook
///
/// Its waiting deliveries are cancelled, and after the answer no attempt is begun. The second time there is none: 404.
#[utoipa::path(
    delete,
    path = "/v1/webhooks/{id}",
    tag = openapi::WEBHOOKS,
    params(openapi::Id),
    responses((status = 200, description = "It is gone", body = Deleted))
)]
pub(in crate::api) async fn delete(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    PathId(id): PathId<WebhookId>,
) -> Result<JsonAnswer<Deleted>, ApiError> {
    if services.webhooks.delete(organization_id, id).await? {
        tokio::time::sleep(LAST_BEGINNINGS).await;
        Ok(JsonAnswer::ok(Deleted { deleted: true, id }))
    } else {
        Err(ApiError::no_such("webhook"))
    }
}
