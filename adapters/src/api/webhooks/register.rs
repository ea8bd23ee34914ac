//! `POST /v1/webhooks`

use super::view::{Shown, WebhookView};
use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::error::{ApiError, ErrorBody};
use crate::api::idempotency::Keyed;
use crate::api::json_answer::JsonAnswer;
use crate::api::json_object::JsonObjectText;
use crate::api::openapi::{self, schemas};
use crate::api::request_body::{FromJson, JsonBody};
use axum::extract::State;
use axum::response::Response;
use slotflow_application::webhooks::RegisterWebhook;
use utoipa::ToSchema;

impl FromJson for RegisterWebhook {
    fn from_json(object: JsonObjectText<'_>) -> Result<Self, ApiError> {
        let [url, events] = object.members(["url", "events"])?;
        Ok(Self { url: url.required()?.string()?.into_owned(), events: events.required()?.strings()? })
    }
}

/// What a client sends to register a webhook.
#[derive(ToSchema)]
#[allow(dead_code, reason = "its members are read by `from_json`; here they are described")]
pub(in crate::api) struct NewWebhook {
    #[schema(value_type = schemas::WebhookUrl)]
    url: String,
    /// At least one, none twice.
    #[schema(value_type = BTreeSet<schemas::EventType>, min_items = 1)]
    events: Vec<String>,
}

/// Register a webhook
///
/// From now on the organization's events of these types are sent to the URL. Each URL is registered once per
/// organization, and the plan limits how many there are.
#[utoipa::path(
    post,
    path = "/v1/webhooks",
    tag = openapi::WEBHOOKS,
    request_body = NewWebhook,
    responses(
        (status = 201, description = "The webhook", body = WebhookView<'static>),
        (status = 402, description = "`LIMIT_REACHED`: the plan's webhook limit is reached", body = ErrorBody<'static>),
        (status = 409, description = "`DUPLICATE_WEBHOOK`: the organization has this URL registered already", body = ErrorBody<'static>),
    )
)]
pub(in crate::api) async fn register(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    Keyed(key, JsonBody(request)): Keyed<JsonBody<RegisterWebhook>>,
) -> Result<Response, ApiError> {
    let change = services.webhooks.prepare_registration(organization_id, request);
    key.run(&services, organization_id, change, |webhook| JsonAnswer::created(Shown(webhook))).await
}
