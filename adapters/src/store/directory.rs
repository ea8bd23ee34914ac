//! Reading organizations, webhooks and bookings.

use super::SqlStore;
use super::conditions::Conditions;
use super::idempotency_ledger;
use super::rows::{api_key_row, booking_row, organization_row, webhook_row};
use super::statement::{all, one, values};
use super::stored_row::{StoredRow, corrupt};
use super::{organization_hours, webhook_histories, webhook_hours};
use async_trait::async_trait;
use slotflow_application::ports::{
    ApiKeyRecord, BookingFilter, BookingPage, Directory, StoreError, WebhookHistory,
};
use slotflow_domain::booking::Booking;
use slotflow_domain::health::OrganizationHour;
use slotflow_domain::idempotency::{IdempotencyKey, KeptAnswer};
use slotflow_domain::organization::{ApiKeyDigest, Organization};
use slotflow_domain::webhook::Webhook;
use slotflow_domain::{ApiKeyId, BookingId, OrganizationId, Timestamp, WebhookId};

#[async_trait]
impl Directory for SqlStore {
    async fn key_holder(&self, digest: ApiKeyDigest) -> Result<Option<OrganizationId>, StoreError> {
        self.key_holders().submit(digest).await
    }

    async fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKeyRecord>, StoreError> {
        let sql =
            format!("SELECT {} FROM api_keys WHERE id = $1 AND revoked_at IS NULL", api_key_row::COLUMNS);
        let row = one(self.reader(), sql, values![id.as_uuid()]).await?;
        row.map(|row| api_key_row::read(&row)).transpose()
    }

    async fn organizations(&self) -> Result<Vec<Organization>, StoreError> {
        let sql = format!("SELECT {} FROM organizations ORDER BY created_at, id", organization_row::COLUMNS);
        all(self.reader(), sql, vec![]).await?.iter().map(organization_row::read).collect()
    }

    async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        let sql = format!("SELECT {} FROM organizations WHERE id = $1", organization_row::COLUMNS);
        let row = one(self.reader(), sql, values![id.as_uuid()]).await?;
        row.map(|row| organization_row::read(&row)).transpose()
    }

    async fn api_keys(&self, organization_id: OrganizationId) -> Result<Vec<ApiKeyRecord>, StoreError> {
        let sql = format!(
            "SELECT {} FROM api_keys WHERE organization_id = $1 ORDER BY created_at, id",
            api_key_row::COLUMNS
        );
        let rows = all(self.reader(), sql, values![organization_id.as_uuid()]).await?;
        rows.iter().map(api_key_row::read).collect()
    }

    async fn webhooks(&self, organization_id: OrganizationId) -> Result<Vec<Webhook>, StoreError> {
        let sql = format!(
            "SELECT {} FROM webhooks WHERE organization_id = $1 AND deleted_at IS NULL \
             ORDER BY created_at, id",
            webhook_row::COLUMNS
        );
        let rows = all(self.reader(), sql, values![organization_id.as_uuid()]).await?;
        rows.iter().map(|row| webhook_row::read(row, self.secret_keys())).collect()
    }

    async fn webhook(
        &self,
        organization_id: OrganizationId,
        id: WebhookId,
    ) -> Result<Option<Webhook>, StoreError> {
        let sql = format!(
            "SELECT {} FROM webhooks WHERE id = $1 AND organization_id = $2 AND deleted_at IS NULL",
            webhook_row::COLUMNS
        );
        let row = one(self.reader(), sql, values![id.as_uuid(), organization_id.as_uuid()]).await?;
        row.map(|row| webhook_row::read(&row, self.secret_keys())).transpose()
    }

    async fn webhook_history(
        &self,
        organization_id: OrganizationId,
        id: WebhookId,
        from: Timestamp,
    ) -> Result<WebhookHistory, StoreError> {
        if self.webhook(organization_id, id).await?.is_none() {
            return Ok(WebhookHistory::default());
        }
        let hours = webhook_hours::since(self.reader(), id, from).await?;
        let row = one(self.reader(), webhook_hours::OLDEST_PENDING, values![id.as_uuid()]).await?;
        let oldest_pending_at = row.map(|row| StoredRow(&row).time("created_at")).transpose()?;
        Ok(WebhookHistory { hours, oldest_pending_at })
    }

    async fn webhook_histories(
        &self,
        organization_id: OrganizationId,
        ids: Vec<WebhookId>,
        from: Timestamp,
    ) -> Result<Vec<(WebhookId, WebhookHistory)>, StoreError> {
        let ids = ids.into_iter().collect();
        let histories = webhook_histories::since(self.reader(), organization_id, ids, from).await?;
        Ok(histories.into_iter().collect())
    }

    async fn organization_hours(
        &self,
        organization_id: OrganizationId,
        from: Timestamp,
    ) -> Result<Vec<OrganizationHour>, StoreError> {
        organization_hours::since(self.reader(), organization_id, from).await
    }

    async fn failing_webhooks(
        &self,
        organization_id: OrganizationId,
        from: Timestamp,
        limit: u32,
    ) -> Result<Vec<WebhookId>, StoreError> {
        organization_hours::failing(self.reader(), organization_id, from, limit).await
    }

    async fn bookings(
        &self,
        organization_id: OrganizationId,
        filter: BookingFilter,
    ) -> Result<BookingPage, StoreError> {
        let mut conditions = Conditions::default();
        conditions.and("organization_id =", organization_id.as_uuid());
        conditions.and_if("human_id =", filter.human_id.map(|id| id.as_uuid()));
        conditions.and_if("status =", filter.status.map(|status| status.as_str()));
        conditions.and_if("starts_at >=", filter.starts_from.map(Timestamp::as_millis));
        conditions.and_if("starts_at <=", filter.starts_until.map(Timestamp::as_millis));

        let count = format!("SELECT COUNT(*) AS total FROM bookings WHERE {}", conditions.sql());
        let row = one(self.reader(), count, conditions.values()).await?;
        let row = row.ok_or_else(|| corrupt("total", "no count"))?;
        let total = StoredRow(&row).number::<i64, u64>("total")?;

        // `bookings_listing` yields this order: no sort.
        let limit = conditions.placeholder(i64::from(filter.limit));
        let offset = conditions.placeholder(i64::try_from(filter.offset).unwrap_or(i64::MAX));
        let page = format!(
            "SELECT {} FROM bookings WHERE {} ORDER BY starts_at DESC, id DESC LIMIT {limit} OFFSET {offset}",
            booking_row::COLUMNS,
            conditions.sql()
        );
        let rows = all(self.reader(), page, conditions.values()).await?;
        Ok(BookingPage { bookings: rows.iter().map(booking_row::read).collect::<Result<_, _>>()?, total })
    }

    async fn booking(
        &self,
        organization_id: OrganizationId,
        id: BookingId,
    ) -> Result<Option<Booking>, StoreError> {
        let sql =
            format!("SELECT {} FROM bookings WHERE id = $1 AND organization_id = $2", booking_row::COLUMNS);
        let row = one(self.reader(), sql, values![id.as_uuid(), organization_id.as_uuid()]).await?;
        row.map(|row| booking_row::read(&row)).transpose()
    }

    async fn kept_answer(
        &self,
        organization_id: OrganizationId,
        key: IdempotencyKey,
    ) -> Result<Option<KeptAnswer>, StoreError> {
        idempotency_ledger::kept_answer(self.reader(), organization_id, &key).await
    }
}
