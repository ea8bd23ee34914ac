//! Organizations and their keys, within a unit of work.

use super::rows::{api_key_row, organization_row};
use super::statement::{execute, one, values};
use super::{dialect::Dialect, unit_of_work::SqlUnitOfWork};
use async_trait::async_trait;
use sea_orm::ConnectionTrait;
use slotflow_application::ports::{ApiKeyRecord, OrganizationRegistry, StoreError};
use slotflow_domain::organization::{Organization, PlanName};
use slotflow_domain::{ApiKeyId, OrganizationId, Timestamp};

#[async_trait]
impl<C: ConnectionTrait + Send + Sync> OrganizationRegistry for SqlUnitOfWork<C> {
    async fn insert_organization(&mut self, organization: &Organization) -> Result<(), StoreError> {
        let values = organization_row::write(organization);
        execute(&self.connection, organization_row::INSERT, values).await?;
        Ok(())
    }

    async fn lock_organization(&mut self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        let sql = format!(
            "SELECT {} FROM organizations WHERE id = $1{}",
            organization_row::COLUMNS,
            Dialect::of(&self.connection).for_change()
        );
        let row = one(&self.connection, sql, values![id.as_uuid()]).await?;
        row.map(|row| organization_row::read(&row)).transpose()
    }

    async fn set_plan(&mut self, id: OrganizationId, plan: PlanName) -> Result<(), StoreError> {
        let sql = "UPDATE organizations SET plan = $2 WHERE id = $1";
        execute(&self.connection, sql, values![id.as_uuid(), plan.as_str()]).await?;
        Ok(())
    }

    async fn insert_api_key(&mut self, key: &ApiKeyRecord) -> Result<(), StoreError> {
        execute(&self.connection, api_key_row::INSERT, api_key_row::write(key)).await?;
        Ok(())
    }

    async fn revoke_api_key(
        &mut self,
        id: ApiKeyId,
        now: Timestamp,
    ) -> Result<Option<ApiKeyRecord>, StoreError> {
        let sql = format!(
            "UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1 RETURNING {}",
            api_key_row::COLUMNS
        );
        let row = one(&self.connection, sql, values![id.as_uuid(), now.as_millis()]).await?;
        row.map(|row| api_key_row::read(&row)).transpose()
    }
}
