//! `GET /v1/webhooks/{id}`

use super::view::{Shown, WebhookView};
use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::error::ApiError;
use crate::api::json_answer::JsonAnswer;
use crate::api::openapi;
use crate::api::path_id::PathId;
use axum::extract::State;
use slotflow_domain::WebhookId;

/// Show a webhook
///
/// One webhook, active or not.
#[utoipa::path(
    get,
    path = "/v1/webhooks/{id}",
    tag = openapi::WEBHOOKS,
    params(openapi::Id),
    responses((status = 200, description = "The webhook", body = WebhookView<'static>))
)]
pub(in crate::api) async fn get(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    PathId(id): PathId<WebhookId>,
) -> Result<JsonAnswer<Shown>, ApiError> {
    let webhook = services.webhooks.get(organization_id, id).await?;
    webhook.map(|webhook| JsonAnswer::ok(Shown(webhook))).ok_or_else(|| ApiError::no_such("webhook"))
}
