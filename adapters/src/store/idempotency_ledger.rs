//! Keeping first answers, within a unit of work.

use super::rows::kept_answer_row;
use super::statement::{one, values};
use super::unit_of_work::SqlUnitOfWork;
use async_trait::async_trait;
use sea_orm::ConnectionTrait;
use slotflow_application::ports::{IdempotencyLedger, StoreError};
use slotflow_domain::OrganizationId;
use slotflow_domain::idempotency::{IdempotencyKey, KeptAnswer, expired_at};

#[async_trait]
impl<C: ConnectionTrait + Send + Sync> IdempotencyLedger for SqlUnitOfWork<C> {
    async fn keep_answer(&mut self, answer: &KeptAnswer) -> Result<Option<KeptAnswer>, StoreError> {
        // One statement, which PostgreSQL lets wait for another transaction that has this key, and which then
        // sees what that has committed. A plain insert would fail there and take the transaction with it.
        let columns = kept_answer_row::COLUMNS;
        let sql = format!(
            "INSERT INTO kept_answers ({columns}) VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (organization_id, idempotency_key) DO UPDATE SET \
             request_digest = excluded.request_digest, status = excluded.status, body = excluded.body, \
             webhook_id = excluded.webhook_id, answered_at = excluded.answered_at \
             WHERE kept_answers.answered_at <= $8 RETURNING answered_at"
        );
        let mut values = kept_answer_row::write(answer);
        values.push(expired_at(answer.answered_at).as_millis().into());
        if one(&self.connection, sql, values).await?.is_some() {
            return Ok(None);
        }
        let first = kept_answer(&self.connection, answer.organization_id, &answer.key).await?;
        // Only retention removes answers, and no live one.
        first.map(Some).ok_or_else(|| StoreError::Unavailable("a kept answer vanished".into()))
    }
}

/// The answer that is kept under this key, expired or not.
pub(super) async fn kept_answer<C: ConnectionTrait>(
    connection: &C,
    organization_id: OrganizationId,
    key: &IdempotencyKey,
) -> Result<Option<KeptAnswer>, StoreError> {
    let sql = format!(
        "SELECT {} FROM kept_answers WHERE organization_id = $1 AND idempotency_key = $2",
        kept_answer_row::COLUMNS
    );
    let row = one(connection, sql, values![organization_id.as_uuid(), key.expose()]).await?;
    row.map(|row| kept_answer_row::read(&row)).transpose()
}
