//! `GET /v1/webhooks`

use super::view::{Shown, WebhookView, is_active};
use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::error::ApiError;
use crate::api::json_answer::JsonAnswer;
use crate::api::openapi::{self, schemas};
use crate::api::query::QueryString;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// A listing, which is never paged: plans keep it short.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct WebhookList {
    #[schema(value_type = Vec<WebhookView<'static>>)]
    webhooks: Vec<Shown>,
    total: usize,
}

/// List webhooks
///
/// The organization's webhooks, oldest first: the active ones, or with `active=false` the others, or with
/// `active=any` all.
#[utoipa::path(
    get,
    path = "/v1/webhooks",
    tag = openapi::WEBHOOKS,
    params(("active" = Option<schemas::Activity>, Query, description = "Which of them; `true` unless said")),
    responses((status = 200, description = "All of them", body = WebhookList))
)]
pub(in crate::api) async fn list(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    query: QueryString,
) -> Result<JsonAnswer<WebhookList>, ApiError> {
    let wanted = query.parsed("active", read_active)?.unwrap_or(Some(true));
    let mut webhooks = services.webhooks.list(organization_id).await?;
    webhooks.retain(|webhook| wanted.is_none_or(|wanted| is_active(webhook) == wanted));
    let total = webhooks.len();
    Ok(JsonAnswer::ok(WebhookList { webhooks: webhooks.into_iter().map(Shown).collect(), total }))
}

/// Which webhooks are wanted; `None` is all of them.
fn read_active(text: &str) -> Result<Option<bool>, &'static str> {
    match text {
        "true" => Ok(Some(true)),
        "false" => Ok(Some(false)),
        "any" => Ok(None),
        _ => Err("must be one of true, false, any"),
    }
}
