//! `replays`.

use crate::store::stored_row::StoredRow;
use sea_orm::{QueryResult, Value};
use slotflow_application::ports::StoreError;
use slotflow_domain::delivery::{EventPlace, Replay, ReplaySelection, ReplaySpan};
use slotflow_domain::{EventId, OrganizationId, ReplayId, Timestamp, WebhookId};

pub(in crate::store) const COLUMNS: &str = "id, organization_id, webhook_id, since_at, until_at, status, \
     position_at, position_id, queued, made, created_at, finished_at";

pub(in crate::store) const INSERT: &str = "INSERT INTO replays (id, organization_id, webhook_id, since_at, \
     until_at, status, position_at, position_id, queued, made, created_at, finished_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

/// What changes as a replay goes on.
pub(in crate::store) const UPDATE: &str =
    "UPDATE replays SET position_at = $2, position_id = $3, made = $4, finished_at = $5 WHERE id = $1";

pub(in crate::store) fn write(replay: &Replay) -> Vec<Value> {
    let selection = &replay.selection;
    vec![
        replay.id.as_uuid().into(),
        selection.organization_id.as_uuid().into(),
        selection.webhook_id.as_uuid().into(),
        selection.span.since().as_millis().into(),
        selection.span.until().as_millis().into(),
        selection.status.map(|it| it.status().as_str()).into(),
        replay.position.created_at.as_millis().into(),
        replay.position.id.as_uuid().into(),
        count(replay.queued),
        count(replay.made),
        selection.accepted_at.as_millis().into(),
        replay.finished_at.map(Timestamp::as_millis).into(),
    ]
}

pub(in crate::store) fn write_update(replay: &Replay) -> Vec<Value> {
    vec![
        replay.id.as_uuid().into(),
        replay.position.created_at.as_millis().into(),
        replay.position.id.as_uuid().into(),
        count(replay.made),
        replay.finished_at.map(Timestamp::as_millis).into(),
    ]
}

pub(in crate::store) fn read(row: &QueryResult) -> Result<Replay, StoreError> {
    let row = StoredRow(row);
    let selection = ReplaySelection {
        organization_id: OrganizationId::new(row.uuid("organization_id")?),
        webhook_id: WebhookId::new(row.uuid("webhook_id")?),
        span: ReplaySpan::from_stored(row.time("since_at")?, row.time("until_at")?),
        status: row.maybe_named("status")?,
        accepted_at: row.time("created_at")?,
    };
    Ok(Replay {
        id: ReplayId::new(row.uuid("id")?),
        selection,
        position: EventPlace {
            created_at: row.time("position_at")?,
            id: EventId::new(row.uuid("position_id")?),
        },
        queued: row.number::<i64, u64>("queued")?,
        made: row.number::<i64, u64>("made")?,
        finished_at: row.maybe_time("finished_at")?,
    })
}

/// Far below the limit: nobody has that many events.
fn count(count: u64) -> Value {
    i64::try_from(count).unwrap_or(i64::MAX).into()
}
