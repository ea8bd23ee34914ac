//! `GET /v1/webhooks/{id}`

use super::health_view::HealthView;
use super::view::{Shown, WebhookView};
use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::error::ApiError;
use crate::api::json_answer::JsonAnswer;
use crate::api::openapi;
use crate::api::path_id::PathId;
use axum::extract::State;
use serde::Serialize;
use slotflow_domain::WebhookId;
use utoipa::ToSchema;

/// A webhook and how it fares.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct WithHealth {
    #[serde(flatten)]
    #[schema(value_type = WebhookView<'static>)]
    webhook: Shown,
    health: HealthView,
}

/// Show a webhook
///
/// One webhook, active or not, and how it fares.
#[utoipa::path(
    get,
    path = "/v1/webhooks/{id}",
    tag = openapi::WEBHOOKS,
    params(openapi::Id),
    responses((status = 200, description = "The webhook", body = WithHealth))
)]
pub(in crate::api) async fn get(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    PathId(id): PathId<WebhookId>,
) -> Result<JsonAnswer<WithHealth>, ApiError> {
    let found = services.webhooks.get_with_health(organization_id, id).await?;
    let (webhook, health) = found.ok_or_else(|| ApiError::no_such("webhook"))?;
    Ok(JsonAnswer::ok(WithHealth { webhook: Shown(webhook), health: health.into() }))
}
