//! `kept_answers`.

use crate::store::stored_row::{StoredRow, corrupt};
use sea_orm::{QueryResult, Value};
use slotflow_application::ports::StoreError;
use slotflow_domain::idempotency::{Answer, AnswerBody, IdempotencyKey, KeptAnswer, RequestDigest};
use slotflow_domain::{OrganizationId, WebhookId};

pub(in crate::store) const COLUMNS: &str =
    "organization_id, idempotency_key, request_digest, status, body, webhook_id, answered_at";

/// In the order of [`COLUMNS`].
pub(in crate::store) fn write(kept: &KeptAnswer) -> Vec<Value> {
    let (body, webhook_id) = match &kept.answer.body {
        AnswerBody::Bytes(bytes) => (Some(bytes.clone()), None),
        AnswerBody::Webhook(id) => (None, Some(id.as_uuid())),
    };
    vec![
        kept.organization_id.as_uuid().into(),
        kept.key.expose().into(),
        kept.request.as_bytes().to_vec().into(),
        i16::try_from(kept.answer.status).unwrap_or(i16::MAX).into(),
        body.into(),
        webhook_id.into(),
        kept.answered_at.as_millis().into(),
    ]
}

pub(in crate::store) fn read(row: &QueryResult) -> Result<KeptAnswer, StoreError> {
    let row = StoredRow(row);
    let digest: Vec<u8> = row.get("request_digest")?;
    let body = match (row.get::<Option<Vec<u8>>>("body")?, row.get::<Option<_>>("webhook_id")?) {
        (Some(bytes), None) => AnswerBody::Bytes(bytes),
        (None, Some(id)) => AnswerBody::Webhook(WebhookId::new(id)),
        _ => return Err(corrupt("body", "there must be either a body or a webhook")),
    };
    Ok(KeptAnswer {
        organization_id: OrganizationId::new(row.uuid("organization_id")?),
        key: IdempotencyKey::parse(row.text("idempotency_key")?.as_bytes())
            .map_err(|_| corrupt("idempotency_key", "not a key"))?,
        request: RequestDigest::from_bytes(
            digest.try_into().map_err(|_| corrupt("request_digest", "not 32 bytes"))?,
        ),
        answer: Answer { status: row.number::<i16, u16>("status")?, body },
        answered_at: row.time("answered_at")?,
    })
}
