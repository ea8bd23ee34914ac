//! Changes that take effect together: one transaction.

use super::{
    SecretKeys, SqlStore, dialect::Dialect, errors::translate, statement, stored_row::StoredRow,
    table_names::Named, wake_up::WakeUp,
};
use async_trait::async_trait;
use sea_orm::DatabaseTransaction;
use slotflow_application::ports::{Store, StoreError, UnitOfWork};
use std::sync::Arc;

/// A transaction. Dropping it rolls it back.
///
/// Generic over the connection, so that the registries work just as well within a transaction that a caller
/// has begun and will end: that is a unit of work over a
/// [`DatabaseExecutor`](sea_orm::DatabaseExecutor), which cannot be committed.
pub(super) struct SqlUnitOfWork<C = Named<DatabaseTransaction>> {
    pub(super) connection: C,
    /// Whether the commit may make deliveries due.
    pub(super) wakes: bool,
    pub(super) secret_keys: SecretKeys,
    wake_up: Arc<WakeUp>,
}

impl<C> SqlUnitOfWork<C> {
    pub(super) fn over(connection: C, store: &SqlStore) -> Self {
        let (secret_keys, wake_up) = (store.secret_keys().clone(), Arc::clone(store.wake_up()));
        Self { connection, wakes: false, secret_keys, wake_up }
    }
}

#[async_trait]
impl Store for SqlStore {
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        Ok(Box::new(SqlUnitOfWork::over(self.begin_writing().await?, self)))
    }

    async fn begin_shared(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let connection = self.begin_writing().await?;
        if let Some(limit) = Dialect::of(&connection).limit_lock_waits() {
            statement::execute(&connection, limit, vec![]).await?;
        }
        Ok(Box::new(SqlUnitOfWork::over(connection, self)))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let transaction = self.begin_writing().await?;
        let answer = statement::one(&transaction, Dialect::of(&transaction).is_read_only(), vec![]).await;
        transaction.rollback().await.map_err(translate)?;
        match answer? {
            Some(row) if StoredRow(&row).text("read_only")? == "off" => self.secret_watch().check(),
            _ => Err(StoreError::Unavailable("the database takes no writes now".into())),
        }
    }
}

#[async_trait]
impl UnitOfWork for SqlUnitOfWork {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let Self { connection, wakes, wake_up, .. } = *self;
        connection.commit().await.map_err(translate)?;
        if wakes {
            wake_up.ring();
        }
        Ok(())
    }
}
