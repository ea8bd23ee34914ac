//! How the database goes about a claim, a listing, and removing what is old.

use super::candidates::{Search, WINDOW};
use super::claim::lock_due_statement;
use super::delivery_listing;
use super::errors::translate;
use super::retention::{LOOK_AT_DELIVERIES, LOOK_AT_EVENTS, lock_deliveries_statement, look_values};
use super::statement::{all, values};
use super::{SqlStore, dialect::Dialect, event_log};
use sea_orm::{ConnectionTrait, Value};
use slotflow_application::ports::{DeliveryFilter, EventFilter, Room, StoreError};
use slotflow_domain::{DeliveryId, OrganizationId, Timestamp};

/// A statement and the database's account of it.
#[derive(Clone, Debug)]
pub struct Explained {
    /// What the statement is for.
    pub purpose: &'static str,
    /// The plan, a line per step; on PostgreSQL with the times and pages it took.
    pub plan: Vec<String>,
}

impl SqlStore {
    /// The plans of the statements that a claim at `now` may use. Changes nothing.
    ///
    /// # Errors
    /// The store's.
    pub async fn explain_claim(&self, now: Timestamp, room: &Room) -> Result<Vec<Explained>, StoreError> {
        let transaction = self.begin_writing().await?;
        let dialect = Dialect::of(&transaction);
        let mut search = Search::new(now, room);
        let (window, window_values) = search.window_statement(WINDOW);
        let (firsts, firsts_values) = search.first_of_each_webhook_statement(dialect, WINDOW);
        let candidates = search.next(&transaction, room.total).await?;
        let (lock, lock_values) = lock_due_statement(dialect, now, &candidates);
        let next_due = "SELECT MIN(wake_at) AS next FROM deliveries WHERE wake_at > $1";
        let explained = [
            explain(&transaction, "a window of what is due", &window, window_values).await?,
            explain(&transaction, "the first of each webhook", &firsts, firsts_values).await?,
            explain(&transaction, "locking what was found", &lock, lock_values).await?,
            explain(&transaction, "the next due time", next_due, values![now.as_millis()]).await?,
        ];
        transaction.rollback().await.map_err(translate)?;
        Ok(explained.into())
    }

    /// The plans of the statements that find what is removed with this cutoff, `limit` rows at a time, of which
    /// these deliveries are some. Changes nothing.
    ///
    /// # Errors
    /// The store's.
    pub async fn explain_retention(
        &self,
        cutoff: Timestamp,
        limit: u32,
        deliveries: &[DeliveryId],
    ) -> Result<Vec<Explained>, StoreError> {
        let transaction = self.begin_writing().await?;
        let ids: Vec<_> = deliveries.iter().map(|id| id.as_uuid()).collect();
        let (lock, lock_values) = lock_deliveries_statement(Dialect::of(&transaction), &ids, cutoff);
        let after = ids.first().copied();
        let look = || look_values(after, cutoff, limit);
        let explained = [
            explain(&transaction, "looking at deliveries", LOOK_AT_DELIVERIES, look()).await?,
            explain(&transaction, "locking those that go", &lock, lock_values).await?,
            explain(&transaction, "looking at events", LOOK_AT_EVENTS, look()).await?,
        ];
        transaction.rollback().await.map_err(translate)?;
        Ok(explained.into())
    }

    /// The plan of a page of deliveries.
    ///
    /// # Errors
    /// The store's.
    pub async fn explain_deliveries(
        &self,
        organization_id: OrganizationId,
        filter: &DeliveryFilter,
    ) -> Result<Explained, StoreError> {
        let (sql, values) = delivery_listing::statement(Dialect::of(self.reader()), organization_id, filter);
        explain(self.reader(), "a page of deliveries", &sql, values).await
    }

    /// The plan of a page of events, without the counting of their deliveries.
    ///
    /// # Errors
    /// The store's.
    pub async fn explain_events(
        &self,
        organization_id: OrganizationId,
        filter: &EventFilter,
    ) -> Result<Explained, StoreError> {
        let (sql, values) = event_log::listing(organization_id, filter);
        explain(self.reader(), "a page of events", &sql, values).await
    }
}

async fn explain<C: ConnectionTrait>(
    connection: &C,
    purpose: &'static str,
    sql: &str,
    values: Vec<Value>,
) -> Result<Explained, StoreError> {
    let dialect = Dialect::of(connection);
    let rows = all(connection, format!("{}{sql}", dialect.explain()), values).await?;
    let lines = rows.iter().map(|row| row.try_get("", dialect.explanation()).map_err(translate));
    Ok(Explained { purpose, plan: lines.collect::<Result<_, _>>()? })
}
