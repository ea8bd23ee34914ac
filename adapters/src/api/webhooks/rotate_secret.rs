//! `POST /v1/webhooks/{id}/rotate-secret`

use super::view::{Shown, WebhookView};
use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::error::ApiError;
use crate::api::idempotency::Keyed;
use crate::api::json_answer::JsonAnswer;
use crate::api::json_object::JsonObjectText;
use crate::api::openapi;
use crate::api::path_id::PathId;
use crate::api::request_body::{FromJson, OptionalJsonBody};
use axum::extract::State;
use axum::response::Response;
use slotflow_application::webhooks::RotateSecret;
use slotflow_domain::WebhookId;
use utoipa::ToSchema;

impl FromJson for RotateSecret {
    fn from_json(object: JsonObjectText<'_>) -> Result<Self, ApiError> {
        let [overlap_seconds] = object.members(["overlap_seconds"])?;
        Ok(Self { overlap_seconds: overlap_seconds.optional()?.map(|value| value.integer()).transpose()? })
    }
}

/// How a secret is rotated.
#[derive(ToSchema)]
#[allow(dead_code, reason = "its members are read by `from_json`; here they are described")]
pub(in crate::api) struct Rotation {
    /// How long the old secret signs on beside the new one, in seconds; a day unless said.
    #[schema(minimum = 0, maximum = 604_800)]
    overlap_seconds: Option<u32>,
}

/// Rotate a webhook's secret
///
/// Gives the webhook a new secret, which the answer shows. Until the overlap ends each delivery carries signatures
/// of both.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/rotate-secret",
    tag = openapi::WEBHOOKS,
    params(openapi::Id),
    request_body = Option<Rotation>,
    responses((status = 200, description = "The webhook with its new secret", body = WebhookView<'static>))
)]
pub(in crate::api) async fn rotate_secret(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    PathId(id): PathId<WebhookId>,
    Keyed(key, OptionalJsonBody(request)): Keyed<OptionalJsonBody<RotateSecret>>,
) -> Result<Response, ApiError> {
    let change = services.webhooks.prepare_rotation(organization_id, id, request);
    key.run(&services, organization_id, change, |webhook| JsonAnswer::ok(Shown(webhook))).await
}
