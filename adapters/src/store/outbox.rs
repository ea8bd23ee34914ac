//! Publishing events, within a unit of work.

use super::bulk::{MAX_ROWS, Rows};
use super::rows::{delivery_row, event_row, webhook_row};
use super::statement::{all, execute, values};
use super::{dialect::Dialect, stored_row::StoredRow, unit_of_work::SqlUnitOfWork};
use async_trait::async_trait;
use sea_orm::{ConnectionTrait, QueryResult};
use slotflow_application::ports::{Outbox, StoreError, Subscription};
use slotflow_domain::delivery::Delivery;
use slotflow_domain::event::EventType;
use slotflow_domain::{Event, OrganizationId, WebhookId};

#[async_trait]
impl<C: ConnectionTrait + Send + Sync> Outbox for SqlUnitOfWork<C> {
    async fn subscriptions(
        &mut self,
        organization_id: OrganizationId,
        event_type: &EventType,
    ) -> Result<Vec<Subscription>, StoreError> {
        subscriptions(&self.connection, organization_id, event_type).await
    }

    async fn insert_event(&mut self, event: &Event, deliveries: &[Delivery]) -> Result<(), StoreError> {
        self.wakes |= deliveries.iter().any(|delivery| delivery.progress.state().wake_at().is_some());
        insert_event(&self.connection, event, deliveries).await
    }
}

/// The webhooks that want events of this type, locked against change in ascending order of ids.
async fn subscriptions<C: ConnectionTrait>(
    connection: &C,
    organization_id: OrganizationId,
    event_type: &EventType,
) -> Result<Vec<Subscription>, StoreError> {
    let dialect = Dialect::of(connection);
    let sql = format!(
        "SELECT id, disabled_reason, deleted_at FROM webhooks \
         WHERE organization_id = $1 AND deleted_at IS NULL AND {}(events, $2) > 0 ORDER BY id{}",
        dialect.position(),
        dialect.for_share()
    );
    let values = values![organization_id.as_uuid(), webhook_row::event_to_find(event_type)];
    all(connection, sql, values).await?.iter().map(subscription).collect()
}

fn subscription(row: &QueryResult) -> Result<Subscription, StoreError> {
    let row = StoredRow(row);
    Ok(Subscription { webhook_id: WebhookId::new(row.uuid("id")?), standing: webhook_row::standing(&row)? })
}

/// One statement for the event and one for some hundred deliveries.
async fn insert_event<C: ConnectionTrait>(
    connection: &C,
    event: &Event,
    deliveries: &[Delivery],
) -> Result<(), StoreError> {
    execute(connection, event_row::INSERT, event_row::write(event)).await?;
    for some in deliveries.chunks(MAX_ROWS) {
        let mut rows = Rows::of(12, some.len());
        for delivery in some {
            rows.push(delivery_row::write(delivery));
        }
        let (list, values) = rows.into_sql();
        let columns = delivery_row::NEW_COLUMNS;
        let sql = format!(
            "WITH added ({columns}) AS ({list}) \
             INSERT INTO deliveries ({columns}) SELECT {columns} FROM added WHERE id IS NOT NULL"
        );
        execute(connection, sql, values).await?;
    }
    Ok(())
}
