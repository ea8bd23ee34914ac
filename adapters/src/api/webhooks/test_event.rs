//! `POST /v1/webhooks/{id}/test`

use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::deliveries::Accepted;
use crate::api::error::ApiError;
use crate::api::json_answer::JsonAnswer;
use crate::api::path_id::PathId;
use axum::extract::State;
use slotflow_domain::WebhookId;

/// Sends a `webhook.test` event to this webhook, once: 202 with its delivery. A body is not looked at.
pub(in crate::api) async fn test(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    PathId(id): PathId<WebhookId>,
) -> Result<JsonAnswer<Accepted>, ApiError> {
    let sent = services.repairs.send_test(organization_id, id).await?;
    let delivery_id = sent.ok_or_else(|| ApiError::no_such("webhook"))?;
    Ok(JsonAnswer::accepted(Accepted { delivery_id }))
}
