//! `deliveries`.

use super::event_row;
use crate::store::stored_row::{StoredRow, corrupt};
use sea_orm::{QueryResult, Value};
use slotflow_application::ports::{DeliveryRecord, StoreError};
use slotflow_domain::delivery::{ClaimToken, Delivery, DeliveryState, DeliveryStatus, Lease, Progress};
use slotflow_domain::{BookingId, DeliveryId, EventId, OrganizationId, Timestamp, WebhookId};

/// The columns of a new delivery, in the order of [`write`].
pub(in crate::store) const NEW_COLUMNS: &str = "id, organization_id, webhook_id, event_id, status, wake_at, \
     claim_token, finished_attempts, lost_claims, retry_of, created_at, completed_at, listed_status";

pub(in crate::store) fn write(delivery: &Delivery) -> [Value; 13] {
    let [status, wake_at, claim_token, finished_attempts, lost_claims, completed_at] =
        write_progress(&delivery.progress);
    [
        delivery.id.as_uuid().into(),
        delivery.organization_id.as_uuid().into(),
        delivery.webhook_id.as_uuid().into(),
        delivery.event_id.as_uuid().into(),
        status,
        wake_at,
        claim_token,
        finished_attempts,
        lost_claims,
        delivery.retry_of.map(|id| id.as_uuid()).into(),
        delivery.created_at.as_millis().into(),
        completed_at,
        listed_status(delivery.progress.state().status()).map(DeliveryStatus::as_str).into(),
    ]
}

/// The status under which lists find a new delivery: none while its first attempt is being made.
fn listed_status(status: DeliveryStatus) -> Option<DeliveryStatus> {
    Some(status).filter(|status| *status != DeliveryStatus::Delivering)
}

/// `status, wake_at, claim_token, finished_attempts, lost_claims, completed_at`.
pub(in crate::store) fn write_progress(progress: &Progress) -> [Value; 6] {
    let state = progress.state();
    let claim_token = match state {
        DeliveryState::Delivering { lease } => Some(lease.token.as_uuid()),
        _ => None,
    };
    [
        state.status().as_str().into(),
        state.wake_at().map(Timestamp::as_millis).into(),
        claim_token.into(),
        small(progress.finished_attempts()).into(),
        small(progress.lost_claims()).into(),
        state.completed_at().map(Timestamp::as_millis).into(),
    ]
}

/// Counts are far below the limit; one that is not fails the table's check.
pub(in crate::store) fn small(count: u16) -> i16 {
    i16::try_from(count).unwrap_or(i16::MAX)
}

pub(in crate::store) fn read_progress(row: &StoredRow<'_>) -> Result<Progress, StoreError> {
    let wake_at = || row.maybe_time("wake_at")?.ok_or_else(|| corrupt("wake_at", "missing"));
    let completed_at = || row.maybe_time("completed_at")?.ok_or_else(|| corrupt("completed_at", "missing"));
    let state = match row.named("status")? {
        DeliveryStatus::Pending => DeliveryState::Pending { due: wake_at()? },
        DeliveryStatus::Delivering => DeliveryState::Delivering {
            lease: Lease { token: ClaimToken::new(row.uuid("claim_token")?), until: wake_at()? },
        },
        DeliveryStatus::Held => DeliveryState::Held,
        DeliveryStatus::Delivered => DeliveryState::Delivered { at: completed_at()? },
        DeliveryStatus::Failed => DeliveryState::Failed { at: completed_at()? },
        DeliveryStatus::Cancelled => DeliveryState::Cancelled { at: completed_at()? },
    };
    let finished_attempts = row.number::<i16, u16>("finished_attempts")?;
    Ok(Progress::from_stored(state, finished_attempts, row.number::<i16, u16>("lost_claims")?))
}

/// All of a delivery `d`, for [`read`].
pub(in crate::store) const COLUMNS: &str = "d.id, d.organization_id, d.webhook_id, d.event_id, d.status, \
     d.wake_at, d.claim_token, d.finished_attempts, d.lost_claims, d.retry_of, d.created_at, d.completed_at";

pub(in crate::store) fn read(row: &QueryResult) -> Result<Delivery, StoreError> {
    let row = StoredRow(row);
    Ok(Delivery {
        id: DeliveryId::new(row.uuid("id")?),
        organization_id: OrganizationId::new(row.uuid("organization_id")?),
        webhook_id: WebhookId::new(row.uuid("webhook_id")?),
        event_id: EventId::new(row.uuid("event_id")?),
        progress: read_progress(&row)?,
        retry_of: row.get::<Option<_>>("retry_of")?.map(DeliveryId::new),
        created_at: row.time("created_at")?,
    })
}

/// What the log shows of deliveries `d`, webhooks `w` and events `e`.
pub(in crate::store) const RECORD_COLUMNS: &str = "d.id, d.webhook_id, w.url, d.event_id, e.event_type, \
     e.booking_id, d.status, d.finished_attempts, d.wake_at, d.last_outcome, d.last_response_status, \
     d.last_error, d.retry_of, d.created_at, d.completed_at";

pub(in crate::store) fn read_record(row: &QueryResult) -> Result<DeliveryRecord, StoreError> {
    let row = StoredRow(row);
    let status: DeliveryStatus = row.named("status")?;
    let wake_at = row.maybe_time("wake_at")?;
    Ok(DeliveryRecord {
        id: DeliveryId::new(row.uuid("id")?),
        webhook_id: WebhookId::new(row.uuid("webhook_id")?),
        url: row.text("url")?,
        event_id: EventId::new(row.uuid("event_id")?),
        event_type: event_row::event_type(&row)?,
        booking_id: row.get::<Option<_>>("booking_id")?.map(BookingId::new),
        status,
        attempt_count: row.number::<i16, u16>("finished_attempts")?,
        next_attempt_at: wake_at.filter(|_| status == DeliveryStatus::Pending),
        last_outcome: row.maybe_named("last_outcome")?,
        last_response_status: super::attempt_row::status(&row, "last_response_status")?,
        last_error: row.get("last_error")?,
        retry_of: row.get::<Option<_>>("retry_of")?.map(DeliveryId::new),
        created_at: row.time("created_at")?,
        completed_at: row.maybe_time("completed_at")?,
    })
}
