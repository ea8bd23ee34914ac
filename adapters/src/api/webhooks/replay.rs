//! `POST /v1/webhooks/{id}/replay`

use crate::api::Services;
use crate::api::authentication::Caller;
use crate::api::error::ApiError;
use crate::api::json_answer::JsonAnswer;
use crate::api::json_object::JsonObjectText;
use crate::api::path_id::PathId;
use crate::api::query::QueryString;
use crate::api::request_body::{FromJson, JsonBody};
use axum::extract::State;
use serde::Serialize;
use slotflow_application::repairs::ReplayRequest;
use slotflow_domain::{Timestamp, WebhookId};

/// How many events are sent again.
#[derive(Serialize)]
pub(in crate::api) struct Queued {
    queued: u64,
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

/// Sends the events of a span again, as new deliveries to this webhook: 202 with how many. With `dry_run=true`
/// nothing is sent, and the answer is 200 with how many it would be.
pub(in crate::api) async fn replay(
    State(services): State<Services>,
    Caller(organization_id): Caller,
    PathId(id): PathId<WebhookId>,
    query: QueryString,
    JsonBody(request): JsonBody<ReplayRequest>,
) -> Result<JsonAnswer<Queued>, ApiError> {
    if query.flag("dry_run")? {
        let queued = services.repairs.replay_size(organization_id, id, request).await?;
        return Ok(JsonAnswer::ok(Queued { queued }));
    }
    let queued = services.repairs.replay(organization_id, id, request).await?;
    Ok(JsonAnswer::accepted(Queued { queued }))
}
