//! What became of deliveries.

use super::SqlStore;
use super::delivery_listing::{self, RECORDS};
use super::dialect::Dialect;
use super::rows::{attempt_row, delivery_row, event_row};
use super::statement::{all, one, values};
use super::stored_row::{StoredRow, corrupt};
use async_trait::async_trait;
use slotflow_application::ports::{AttemptLog, DeliveryFilter, DeliveryLog, DeliveryPage, StoreError};
use slotflow_domain::{DeliveryId, OrganizationId};

#[async_trait]
impl DeliveryLog for SqlStore {
    async fn deliveries(
        &self,
        organization_id: OrganizationId,
        filter: DeliveryFilter,
    ) -> Result<DeliveryPage, StoreError> {
        let (sql, values) = delivery_listing::statement(Dialect::of(self.reader()), organization_id, &filter);
        let rows = all(self.reader(), sql, values).await?;
        let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
        Ok(DeliveryPage {
            deliveries: rows.iter().take(limit).map(delivery_row::read_record).collect::<Result<_, _>>()?,
            more: rows.len() > limit,
        })
    }

    async fn count(
        &self,
        organization_id: OrganizationId,
        filter: DeliveryFilter,
    ) -> Result<u64, StoreError> {
        let (sql, values) = delivery_listing::counting(organization_id, &filter);
        let row = one(self.reader(), sql, values).await?;
        let row = row.ok_or_else(|| corrupt("total", "no count"))?;
        StoredRow(&row).number::<i64, u64>("total")
    }

    async fn delivery(
        &self,
        organization_id: OrganizationId,
        id: DeliveryId,
    ) -> Result<Option<AttemptLog>, StoreError> {
        let sql = format!(
            "SELECT {}, e.sequence, e.payload {RECORDS} WHERE d.id = $1 AND d.organization_id = $2",
            delivery_row::RECORD_COLUMNS
        );
        let values = values![id.as_uuid(), organization_id.as_uuid()];
        let Some(row) = one(self.reader(), sql, values).await? else {
            return Ok(None);
        };
        let delivery = delivery_row::read_record(&row)?;
        let sql =
            format!("SELECT {} FROM attempts WHERE delivery_id = $1 ORDER BY number", attempt_row::COLUMNS);
        let rows = all(self.reader(), sql, values![id.as_uuid()]).await?;
        Ok(Some(AttemptLog {
            delivery,
            attempts: rows.iter().map(attempt_row::read).collect::<Result<_, _>>()?,
            sequence: event_row::sequence(&StoredRow(&row))?,
            payload: event_row::payload(&StoredRow(&row))?,
        }))
    }
}
