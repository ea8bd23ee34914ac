//! `POST /v1/webhooks/{id}/replay`

use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::error::ApiError;
use crate::api::idempotency::Keyed;
use crate::api::json_answer::{JsonAnswer, Kept};
use crate::api::json_object::JsonObjectText;
use crate::api::openapi::{self, schemas};
use crate::api::path_id::PathId;
use crate::api::query::QueryString;
use crate::api::request_body::{FromJson, JsonBody};
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use slotflow_application::repairs::ReplayRequest;
use slotflow_domain::{Timestamp, WebhookId};
use utoipa::ToSchema;

/// Whether only to count. Read before the body is, as everything in the URL.
pub(in crate::api) struct DryRun(bool);

impl<S: Send + Sync> FromRequestParts<S> for DryRun {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = match QueryString::from_request_parts(parts, state).await {
            Ok(query) => query,
            Err(never) => match never {},
        };
        Ok(Self(query.flag("dry_run")?))
    }
}

/// How many events are sent again.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct Queued {
    queued: u64,
}

impl Kept for Queued {}

/// What a client sends to have events sent again.
#[derive(ToSchema)]
#[schema(example = json!({"since": "2026-03-10T14:00:00.000Z", "until": "2026-03-10T15:00:00.000Z", "status": "failed"}))]
#[allow(dead_code, reason = "its members are read by `from_json`; here they are described")]
pub(in crate::api) struct ReplayOrder {
    /// The first moment whose events are wanted.
    #[schema(value_type = schemas::Time)]
    since: String,
    /// The first moment whose events are not wanted any more; now unless said.
    #[schema(value_type = Option<schemas::Time>)]
    until: Option<String>,
    /// How the latest delivery of an event to this webhook must have ended; any end unless said.
    #[schema(value_type = Option<schemas::FinalStatus>)]
    status: Option<String>,
}

impl FromJson for ReplayRequest {
    fn from_json(object: JsonObjectText<'_>) -> Result<Self, ApiError> {
        let [since, until, status] = object.members(["since", "until", "status"])?;
        Ok(Self {
            since: since.required()?.parsed(Timestamp::parse_rfc3339)?,
            until: until.optional()?.map(|value| value.parsed(Timestamp::parse_rfc3339)).transpose()?,
            status: status.optional()?.map(|value| value.parsed(str::parse)).transpose()?,
        })
    }
}

/// Replay
///
/// Sends the events of a span again, as new deliveries to this webhook, a few at a time. With `dry_run=true`
/// nothing is sent, and the answer says how many it would be.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/replay",
    tag = openapi::WEBHOOKS,
    params(openapi::Id, ("dry_run" = Option<bool>, Query, description = "Only count")),
    request_body = ReplayOrder,
    responses(
        (status = 202, description = "So many will be sent", body = Queued),
        (status = 200, description = "So many would be sent", body = Queued),
    )
)]
pub(in crate::api) async fn replay(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    PathId(id): PathId<WebhookId>,
    DryRun(dry_run): DryRun,
    Keyed(key, JsonBody(request)): Keyed<JsonBody<ReplayRequest>>,
) -> Result<Response, ApiError> {
    if dry_run {
        // It changes nothing, so that there is nothing to be done only once.
        let queued = services.repairs.replay_size(organization_id, id, request).await?;
        return Ok(JsonAnswer::ok(Queued { queued }).into_response());
    }
    let change = services.repairs.prepare_replay(organization_id, id, request);
    key.run(&services, organization_id, change, |queued| JsonAnswer::accepted(Queued { queued })).await
}
