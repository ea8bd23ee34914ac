//! `POST /v1/webhooks/{id}/rotate-secret`

use super::view::Shown;
use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::error::ApiError;
use crate::api::json_answer::JsonAnswer;
use crate::api::json_object::JsonObjectText;
use crate::api::path_id::PathId;
use crate::api::request_body::{FromJson, OptionalJsonBody};
use axum::extract::State;
use slotflow_application::webhooks::RotateSecret;
use slotflow_domain::WebhookId;

impl FromJson for RotateSecret {
    fn from_json(object: JsonObjectText<'_>) -> Result<Self, ApiError> {
        let [overlap_seconds] = object.members(["overlap_seconds"])?;
        Ok(Self { overlap_seconds: overlap_seconds.optional()?.map(|value| value.integer()).transpose()? })
    }
}

/// Gives the webhook a new secret: 200 with the webhook, which shows it.
pub(in crate::api) async fn rotate_secret(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    PathId(id): PathId<WebhookId>,
    OptionalJsonBody(request): OptionalJsonBody<RotateSecret>,
) -> Result<JsonAnswer<Shown>, ApiError> {
    let webhook = services.webhooks.rotate_secret(organization_id, id, request).await?;
    Ok(JsonAnswer::ok(Shown(webhook)))
}
