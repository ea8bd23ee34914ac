//! `POST /v1/webhooks/{id}/test`

use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::deliveries::Accepted;
use crate::api::error::ApiError;
use crate::api::idempotency::Keyed;
use crate::api::json_answer::JsonAnswer;
use crate::api::openapi;
use crate::api::path_id::PathId;
use axum::extract::{Request, State};
use axum::response::Response;
use slotflow_domain::WebhookId;

/// Try a webhook out
///
/// Sends one `webhook.test` event to this webhook, whatever it subscribes to: one attempt, no retry. A body is not
/// looked at.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/test",
    tag = openapi::WEBHOOKS,
    params(openapi::Id),
    responses((status = 202, description = "Its delivery", body = Accepted))
)]
pub(in crate::api) async fn test(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    PathId(id): PathId<WebhookId>,
    Keyed(key, _): Keyed<Request>,
) -> Result<Response, ApiError> {
    let change = services.repairs.prepare_test(organization_id, id);
    let accepted = |delivery_id| JsonAnswer::accepted(Accepted { delivery_id });
    key.run(&services, organization_id, change, accepted).await
}
