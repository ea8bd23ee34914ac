//! Changes that take effect together: one transaction.

use super::{
    SqlStore, dialect::Dialect, errors::translate, statement, stored_row::StoredRow, wake_up::WakeUp,
};
use async_trait::async_trait;
use sea_orm::DatabaseTransaction;
use slotflow_application::ports::{Store, StoreError, UnitOfWork};
use std::sync::Arc;

/// A transaction. Dropping it rolls it back.
///
/// The registries are thin: what they do is in functions over any connection, so that it can be done just as
/// well within a transaction that a caller brings along.
pub(super) struct SqlUnitOfWork {
    pub(super) transaction: DatabaseTransaction,
    /// Whether the commit may make deliveries due.
    pub(super) wakes: bool,
    wake_up: Arc<WakeUp>,
}

#[async_trait]
impl Store for SqlStore {
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let transaction = self.begin_writing().await?;
        Ok(Box::new(SqlUnitOfWork { transaction, wakes: false, wake_up: Arc::clone(self.wake_up()) }))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let transaction = self.begin_writing().await?;
        let answer = statement::one(&transaction, Dialect::of(&transaction).is_read_only(), vec![]).await;
        transaction.rollback().await.map_err(translate)?;
        match answer? {
            Some(row) if StoredRow(&row).text("read_only")? == "off" => Ok(()),
            _ => Err(StoreError::Unavailable("the database takes no writes now".into())),
        }
    }
}

#[async_trait]
impl UnitOfWork for SqlUnitOfWork {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let Self { transaction, wakes, wake_up } = *self;
        transaction.commit().await.map_err(translate)?;
        if wakes {
            wake_up.ring();
        }
        Ok(())
    }
}
