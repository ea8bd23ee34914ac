//! Taking part in a transaction that somebody else has begun and will end.

use super::SqlStore;
use super::unit_of_work::SqlUnitOfWork;
use sea_orm::{DatabaseExecutor, DatabaseTransaction};
use slotflow_application::ports::{OrganizationRegistry, Outbox, StoreError, WebhookRegistry};

impl SqlStore {
    /// The registries within the caller's own transaction, for
    /// [`Slotflow::publish`](slotflow_application::Slotflow::publish): what is written through them commits or vanishes with
    /// the caller's own rows. The transaction may be a savepoint in another one, and of any connection to the database that
    /// holds this store's tables.
    ///
    /// On SQLite a transaction that begins by reading and writes later can be refused with `database is locked`: begin it with
    /// `SqliteTransactionMode::Immediate`, or with [`begin_transaction`](Self::begin_transaction).
    ///
    /// A function that takes `&mut (impl Outbox + Send + ?Sized)` takes this, and in a test the unit of work of a store in
    /// memory: see `TestKit` (feature `memory`).
    pub fn enlist<'a>(
        &self,
        transaction: &'a DatabaseTransaction,
    ) -> impl Outbox + OrganizationRegistry + WebhookRegistry + Send + use<'a> {
        SqlUnitOfWork::over(self.table_names().over(DatabaseExecutor::from(transaction)), self)
    }

    /// A transaction on this store's own connections, for the caller's rows and events together.
    ///
    /// On SQLite it takes its turn among all that write, and is the only one that writes until it ends. A use case that is
    /// awaited within it (registering a webhook, say) would wait for its turn behind it, and fail. On PostgreSQL the server
    /// ends it, and its connection, once it has stood idle for 60 s.
    ///
    /// # Errors
    /// The store's; [`StoreError::Unavailable`] if its turn has not come within
    /// [`acquire_timeout`](super::StoreOptions::acquire_timeout), 5 s by default.
    pub async fn begin_transaction(&self) -> Result<DatabaseTransaction, StoreError> {
        Ok(self.begin_writing().await?.into_inner())
    }
}
