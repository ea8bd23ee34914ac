//! What became of deliveries.

use super::SqlStore;
use super::conditions::Conditions;
use super::rows::{attempt_row, delivery_row};
use super::statement::{all, one, values};
use async_trait::async_trait;
use slotflow_application::ports::{AttemptLog, DeliveryFilter, DeliveryLog, DeliveryPage, StoreError};
use slotflow_domain::{DeliveryId, OrganizationId, Timestamp};

/// Deliveries with what the log shows of their webhooks and events.
const RECORDS: &str =
    "FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id JOIN events e ON e.id = d.event_id";

#[async_trait]
impl DeliveryLog for SqlStore {
    async fn deliveries(
        &self,
        organization_id: OrganizationId,
        filter: DeliveryFilter,
    ) -> Result<DeliveryPage, StoreError> {
        let mut conditions = Conditions::default();
        conditions.and("d.organization_id =", organization_id.as_uuid());
        conditions.and_if("d.webhook_id =", filter.webhook_id.map(|id| id.as_uuid()));
        conditions.and_if("d.status =", filter.status.map(|status| status.as_str()));
        conditions.and_if("e.event_type =", filter.event_type.as_ref().map(|name| name.as_str()));
        conditions.and_if("e.booking_id =", filter.booking_id.map(|id| id.as_uuid()));
        conditions.and_if("d.created_at >=", filter.created_from.map(Timestamp::as_millis));
        conditions.and_if("d.created_at <=", filter.created_until.map(Timestamp::as_millis));
        conditions.and_if("d.id <", filter.after.map(|id| id.as_uuid()));

        // Ids grow with time, so that the last one of a page is where the next begins, however many rows
        // arrive meanwhile. `deliveries_listing` (`deliveries_of_webhook` for one webhook's) yields this order,
        // so that a page costs the same wherever it lies. One more than asked for tells whether there are more.
        let limit = conditions.placeholder(i64::from(filter.limit) + 1);
        let sql = format!(
            "SELECT {} {RECORDS} WHERE {} ORDER BY d.id DESC LIMIT {limit}",
            delivery_row::RECORD_COLUMNS,
            conditions.sql()
        );
        let rows = all(self.reader(), sql, conditions.values()).await?;
        let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
        Ok(DeliveryPage {
            deliveries: rows.iter().take(limit).map(delivery_row::read_record).collect::<Result<_, _>>()?,
            more: rows.len() > limit,
        })
    }

    async fn delivery(
        &self,
        organization_id: OrganizationId,
        id: DeliveryId,
    ) -> Result<Option<AttemptLog>, StoreError> {
        let sql = format!(
            "SELECT {} {RECORDS} WHERE d.id = $1 AND d.organization_id = $2",
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
        }))
    }
}
