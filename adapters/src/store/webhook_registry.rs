//! Webhooks, within a unit of work.

use super::rows::webhook_row;
use super::statement::{execute, one, values};
use super::stored_row::{StoredRow, corrupt};
use super::{dialect::Dialect, unit_of_work::SqlUnitOfWork, waiting};
use async_trait::async_trait;
use sea_orm::ConnectionTrait;
use slotflow_application::ports::{StoreError, WebhookRegistry};
use slotflow_domain::webhook::{CanonicalUrl, RegistrationFacts, WaitingDeliveries, Webhook};
use slotflow_domain::{OrganizationId, Timestamp, WebhookId};

#[async_trait]
impl<C: ConnectionTrait + Send + Sync> WebhookRegistry for SqlUnitOfWork<C> {
    async fn registration_facts(
        &mut self,
        organization_id: OrganizationId,
        url: &CanonicalUrl,
        except: Option<WebhookId>,
    ) -> Result<RegistrationFacts, StoreError> {
        // The unique index serves both counts: its condition is this one, its first column is the organization.
        let sql = "SELECT COUNT(*) AS registered, COUNT(CASE WHEN url_digest = $2 THEN 1 END) AS same_url \
                   FROM webhooks WHERE organization_id = $1 AND deleted_at IS NULL AND id <> $3";
        // No webhook has the nil id.
        let except = except.map_or(uuid::Uuid::nil(), WebhookId::as_uuid);
        let values = values![organization_id.as_uuid(), webhook_row::digest(url), except];
        let row =
            one(&self.connection, sql, values).await?.ok_or_else(|| corrupt("registered", "no count"))?;
        let row = StoredRow(&row);
        Ok(RegistrationFacts {
            registered: row.number::<i64, u32>("registered")?,
            url_taken: row.get::<i64>("same_url")? > 0,
        })
    }

    async fn insert_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError> {
        let values = webhook_row::write(webhook, &self.secret_keys)?;
        execute(&self.connection, webhook_row::INSERT, values).await?;
        Ok(())
    }

    async fn lock_webhook(
        &mut self,
        organization_id: OrganizationId,
        id: WebhookId,
    ) -> Result<Option<Webhook>, StoreError> {
        // Claims pass over the webhook's deliveries until this is over, and may then be taken up again.
        self.wakes = true;
        let sql = format!(
            "SELECT {} FROM webhooks WHERE id = $1 AND organization_id = $2 AND deleted_at IS NULL{}",
            webhook_row::COLUMNS,
            Dialect::of(&self.connection).for_change()
        );
        let row = one(&self.connection, sql, values![id.as_uuid(), organization_id.as_uuid()]).await?;
        row.map(|row| webhook_row::read_to_change(&row, &self.secret_keys)).transpose()
    }

    async fn update_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError> {
        let (sql, values) = webhook_row::write_update(webhook, &self.secret_keys)?;
        execute(&self.connection, sql, values).await?;
        Ok(())
    }

    async fn delete_webhook(&mut self, id: WebhookId, now: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE webhooks SET deleted_at = $2, secret = '', retiring_secret = NULL, retiring_until = NULL \
                   WHERE id = $1 AND deleted_at IS NULL";
        execute(&self.connection, sql, values![id.as_uuid(), now.as_millis()]).await?;
        Ok(())
    }

    async fn move_waiting(
        &mut self,
        id: WebhookId,
        how: WaitingDeliveries,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.wakes = true;
        waiting::move_waiting(&self.connection, id, how, now).await
    }
}
