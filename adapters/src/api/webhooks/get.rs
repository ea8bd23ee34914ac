//! `GET /v1/webhooks/{id}`

use super::view::Shown;
use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::error::ApiError;
use crate::api::json_answer::JsonAnswer;
use crate::api::path_id::PathId;
use axum::extract::State;
use slotflow_domain::WebhookId;

/// One webhook, active or not.
pub(in crate::api) async fn get(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    PathId(id): PathId<WebhookId>,
) -> Result<JsonAnswer<Shown>, ApiError> {
    let webhook = services.webhooks.get(organization_id, id).await?;
    webhook.map(|webhook| JsonAnswer::ok(Shown(webhook))).ok_or_else(|| ApiError::no_such("webhook"))
}
