//! `PATCH /v1/webhooks/{id}`

use super::view::Shown;
use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::error::ApiError;
use crate::api::json_answer::JsonAnswer;
use crate::api::json_object::JsonObjectText;
use crate::api::path_id::PathId;
use crate::api::request_body::{FromJson, JsonBody};
use axum::extract::State;
use slotflow_application::webhooks::UpdateWebhook;
use slotflow_domain::WebhookId;
use slotflow_domain::webhook::HeldDeliveries;
use std::borrow::Cow;

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

/// Changes what the body names, and nothing if it names nothing: 200 with the webhook as it is then.
pub(in crate::api) async fn update(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    PathId(id): PathId<WebhookId>,
    JsonBody(request): JsonBody<UpdateWebhook>,
) -> Result<JsonAnswer<Shown>, ApiError> {
    let webhook = services.webhooks.update(organization_id, id, request).await?;
    Ok(JsonAnswer::ok(Shown(webhook)))
}
