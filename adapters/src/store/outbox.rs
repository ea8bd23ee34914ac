//! Publishing events, within a unit of work.

use super::bulk::{MAX_ROWS, Rows, in_list};
use super::rows::{delivery_row, event_row, webhook_row};
use super::statement::{all, execute, one, values};
use super::{dialect::Dialect, errors::translate, unit_of_work::SqlUnitOfWork};
use async_trait::async_trait;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, SqlErr, Statement, Value};
use slotflow_application::ports::{Outbox, StoreError};
use slotflow_domain::delivery::{Delivery, DeliveryStatus};
use slotflow_domain::event::EventType;
use slotflow_domain::webhook::Webhook;
use slotflow_domain::{DeliveryId, Event, OrganizationId};
use std::collections::BTreeSet;

#[async_trait]
impl<C: ConnectionTrait + Send + Sync> Outbox for SqlUnitOfWork<C> {
    async fn webhooks_wanting(
        &mut self,
        organizations: &BTreeSet<OrganizationId>,
        event_type: &EventType,
    ) -> Result<Vec<Webhook>, StoreError> {
        rows_wanting(&self.connection, organizations, event_type)
            .await?
            .iter()
            .map(|row| webhook_row::read(row, &self.secret_keys))
            .collect()
    }

    async fn insert_events(&mut self, events: &[Event], deliveries: &[Delivery]) -> Result<(), StoreError> {
        insert_events(&self.connection, events).await?;
        self.insert_deliveries(deliveries).await
    }

    async fn delivery_and_event(
        &mut self,
        organization_id: OrganizationId,
        id: DeliveryId,
    ) -> Result<Option<(Delivery, Event)>, StoreError> {
        let sql = format!(
            "SELECT {} FROM deliveries d WHERE d.id = $1 AND d.organization_id = $2",
            delivery_row::COLUMNS
        );
        let values = values![id.as_uuid(), organization_id.as_uuid()];
        let Some(row) = one(&self.connection, sql, values).await? else {
            return Ok(None);
        };
        let delivery = delivery_row::read(&row)?;
        let lock = Dialect::of(&self.connection).for_naming();
        let sql = format!("SELECT {} FROM events WHERE id = $1{lock}", event_row::COLUMNS);
        let row = one(&self.connection, sql, values![delivery.event_id.as_uuid()]).await?;
        row.map(|row| Ok((delivery, event_row::read(&row)?))).transpose()
    }

    async fn insert_deliveries(&mut self, deliveries: &[Delivery]) -> Result<(), StoreError> {
        let is_pending = |delivery: &Delivery| delivery.progress.state().status() == DeliveryStatus::Pending;
        self.wakes |= deliveries.iter().any(is_pending);
        insert_deliveries(&self.connection, deliveries).await
    }
}

/// The webhooks of these organizations that want events of this type, locked against change in ascending order of
/// ids, as rows: for whoever can do without one that cannot be read.
pub(super) async fn rows_wanting<C: ConnectionTrait>(
    connection: &C,
    organizations: &BTreeSet<OrganizationId>,
    event_type: &EventType,
) -> Result<Vec<QueryResult>, StoreError> {
    let dialect = Dialect::of(connection);
    let mut values = values![webhook_row::event_to_find(event_type)];
    let list = in_list(organizations.iter().map(|id| id.as_uuid()), &mut values, Value::Uuid(None));
    let sql = format!(
        "SELECT {} FROM webhooks \
         WHERE organization_id IN ({list}) AND deleted_at IS NULL AND {}(events, $1) > 0 ORDER BY id{}",
        webhook_row::COLUMNS,
        dialect.position(),
        dialect.for_share()
    );
    all(connection, sql, values).await
}

/// One statement for some hundred events.
pub(super) async fn insert_events<C: ConnectionTrait>(
    connection: &C,
    events: &[Event],
) -> Result<(), StoreError> {
    for some in events.chunks(MAX_ROWS) {
        let mut rows = Rows::of(8, some.len());
        for event in some {
            rows.push(event_row::write(event));
        }
        let (list, values) = rows.into_sql(Dialect::of(connection));
        let columns = event_row::COLUMNS;
        let sql = format!(
            "WITH added ({columns}) AS ({list}) INSERT INTO events ({columns}) \
             SELECT {columns} FROM added WHERE id IS NOT NULL"
        );
        let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
        connection.execute_raw(statement).await.map_err(refusal)?;
    }
    Ok(())
}

/// An event names nothing that could be missing but its organization.
fn refusal(error: DbErr) -> StoreError {
    match error.sql_err() {
        Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
            StoreError::Refused("there is no such organization".into())
        }
        _ => translate(error),
    }
}

/// One statement for some hundred deliveries. Each takes its event's type over; one whose event is not there has
/// none, and is refused.
pub(super) async fn insert_deliveries<C: ConnectionTrait>(
    connection: &C,
    deliveries: &[Delivery],
) -> Result<(), StoreError> {
    for some in deliveries.chunks(MAX_ROWS) {
        let mut rows = Rows::of(13, some.len());
        for delivery in some {
            rows.push(delivery_row::write(delivery));
        }
        let (list, values) = rows.into_sql(Dialect::of(connection));
        let columns = delivery_row::NEW_COLUMNS;
        let sql = format!(
            "WITH added ({columns}) AS ({list}) INSERT INTO deliveries ({columns}, event_type) \
             SELECT {columns}, (SELECT e.event_type FROM events e WHERE e.id = added.event_id) \
             FROM added WHERE id IS NOT NULL"
        );
        execute(connection, sql, values).await?;
    }
    Ok(())
}
