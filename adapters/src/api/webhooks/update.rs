//! `PATCH /v1/webhooks/{id}`

use super::view::{Shown, WebhookView};
use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::error::{ApiError, ErrorBody};
use crate::api::json_answer::JsonAnswer;
use crate::api::json_object::JsonObjectText;
use crate::api::openapi::{self, schemas};
use crate::api::path_id::PathId;
use crate::api::request_body::{FromJson, JsonBody};
use axum::extract::State;
use slotflow_application::dispatcher::LAST_BEGINNINGS;
use slotflow_application::webhooks::UpdateWebhook;
use slotflow_domain::WebhookId;
use slotflow_domain::webhook::HeldDeliveries;
use std::borrow::Cow;
use utoipa::ToSchema;

impl FromJson for UpdateWebhook {
    fn from_json(object: JsonObjectText<'_>) -> Result<Self, ApiError> {
        let [url, events, active, held] = object.members(["url", "events", "active", "held"])?;
        Ok(Self {
            url: url.changed()?.map(|value| value.string().map(Cow::into_owned)).transpose()?,
            events: events.changed()?.map(|value| value.strings()).transpose()?,
            active: active.changed()?.map(|value| value.boolean()).transpose()?,
            held: held.changed()?.map(|value| value.parsed(read_held)).transpose()?,
        })
    }
}

fn read_held(text: &str) -> Result<HeldDeliveries, &'static str> {
    match text {
        "deliver" => Ok(HeldDeliveries::Deliver),
        "discard" => Ok(HeldDeliveries::Discard),
        _ => Err("must be one of deliver, discard"),
    }
}

/// What a client sends to change a webhook. What is not named stays.
#[derive(ToSchema)]
#[schema(example = json!({"active": true, "held": "discard"}))]
#[allow(dead_code, reason = "its members are read by `from_json`; here they are described")]
pub(in crate::api) struct WebhookChanges {
    #[schema(value_type = Option<schemas::WebhookUrl>, nullable = false)]
    url: Option<String>,
    #[schema(value_type = Option<BTreeSet<schemas::EventType>>, min_items = 1, nullable = false)]
    events: Option<Vec<String>>,
    /// `false` holds what waits; `true` makes it due at once.
    #[schema(nullable = false)]
    active: Option<bool>,
    /// What becomes of held deliveries; only with `"active": true`.
    #[schema(value_type = Option<schemas::HeldDeliveries>, nullable = false)]
    held: Option<String>,
}

/// Change a webhook
///
/// Changes what the body names, and nothing if it names nothing: 200 with the webhook as it is then.
#[utoipa::path(
    patch,
    path = "/v1/webhooks/{id}",
    tag = openapi::WEBHOOKS,
    params(openapi::Id),
    request_body = WebhookChanges,
    responses(
        (status = 200, description = "The webhook as it is now", body = WebhookView<'static>),
        (status = 409, description = "`DUPLICATE_WEBHOOK`: the organization has this URL registered already", body = ErrorBody<'static>),
    )
)]
pub(in crate::api) async fn update(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    PathId(id): PathId<WebhookId>,
    JsonBody(request): JsonBody<UpdateWebhook>,
) -> Result<JsonAnswer<Shown>, ApiError> {
    let disables = request.active == Some(false);
    let webhook = services.webhooks.update(organization_id, id, request).await?;
    if disables {
        tokio::time::sleep(LAST_BEGINNINGS).await;
    }
    Ok(JsonAnswer::ok(Shown(webhook)))
}
