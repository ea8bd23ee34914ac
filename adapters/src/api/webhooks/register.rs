//! `POST /v1/webhooks`

use super::view::Shown;
use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::error::ApiError;
use crate::api::idempotency::Keyed;
use crate::api::json_answer::JsonAnswer;
use crate::api::json_object::JsonObjectText;
use crate::api::request_body::{FromJson, JsonBody};
use axum::extract::State;
use axum::response::Response;
use slotflow_application::webhooks::RegisterWebhook;

impl FromJson for RegisterWebhook {
    fn from_json(object: JsonObjectText<'_>) -> Result<Self, ApiError> {
        let [url, events] = object.members(["url", "events"])?;
        Ok(Self { url: url.required()?.string()?.into_owned(), events: events.required()?.strings()? })
    }
}

/// Registers a webhook: 201 with it.
pub(in crate::api) async fn register(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    Keyed(key, JsonBody(request)): Keyed<JsonBody<RegisterWebhook>>,
) -> Result<Response, ApiError> {
    let change = services.webhooks.prepare_registration(organization_id, request);
    key.run(&services, organization_id, change, |webhook| JsonAnswer::created(Shown(webhook))).await
}
