//! Opening a store.

use super::lookup::{self, ActiveWebhooks, KeyHolders};
use super::table_names::{Named, TableNames};
use super::{ConnectError, SecretKeys, errors, migrations, secret_watch::SecretWatch, wake_up::WakeUp};
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use slotflow_application::Batches;
use slotflow_application::ports::StoreError;
use std::sync::Arc;
use std::time::Duration;

/// How a store is opened. Each field says what it is by [`Default`].
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Whether an SQLite file that is not there is made, which it is by default. Its folder never is.
    pub create_missing: bool,
    /// Most connections to PostgreSQL (at least 2), or most reading connections to SQLite (at least 1), which has one for
    /// writing beside them; 8 by default. A process that is enrolled ([`SqlStore::enrol`]) has one more on PostgreSQL.
    pub connections: u32,
    /// How long a caller waits for a free connection before the store counts as unavailable; 5 s by default. Shorter than
    /// the patience of HTTP clients, who are to see the 503.
    pub acquire_timeout: Duration,
    /// How long SQLite waits for another process that is writing to the same file; 10 s by default.
    pub busy_timeout: Duration,
    /// How long one statement may run on PostgreSQL, migrations aside; 30 s by default.
    pub statement_timeout: Duration,
    /// What signing secrets are encrypted with where they are stored. Without keys, as by default, they are stored in plain
    /// text, and those that are encrypted cannot be read.
    pub secret_keys: SecretKeys,
    /// What the tables are called, where they stand beside somebody else's; by default they have their plain names.
    pub table_names: TableNames,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            create_missing: true,
            connections: 8,
            acquire_timeout: Duration::from_secs(5),
            busy_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(30),
            secret_keys: SecretKeys::default(),
            table_names: TableNames::default(),
        }
    }
}

/// Everything the application stores, in one SQLite file or one PostgreSQL database. A clone is the same store.
#[derive(Clone)]
pub struct SqlStore(Arc<Shared>);

struct Shared {
    writer: Named<DatabaseConnection>,
    reader: Named<DatabaseConnection>,
    table_names: TableNames,
    key_holders: Batches<KeyHolders>,
    active_webhooks: Batches<ActiveWebhooks>,
    secret_keys: SecretKeys,
    secret_watch: SecretWatch,
    wake_up: Arc<WakeUp>,
}

impl SqlStore {
    /// Opens the store at `url`: `sqlite://path` (made if it is not there and the options allow it) or
    /// `postgres://…`, `postgresql://…`. Tables are left as they are: see [`SqlStore::migrate`].
    ///
    /// # Errors
    /// A text that is no such URL, a database that cannot be reached, an SQLite too old to be safe, a schema on SQLite.
    pub async fn connect(url: &str, options: StoreOptions) -> Result<Self, ConnectError> {
        match url.split_once(':') {
            Some(("sqlite", _)) => Self::connect_sqlite(url, &options).await,
            Some(("postgres" | "postgresql", _)) => Self::connect_postgres(url, &options).await,
            _ => Err(ConnectError::BadUrl("it must begin with sqlite:// or postgres://".to_owned())),
        }
    }

    #[cfg(feature = "sqlite")]
    async fn connect_sqlite(url: &str, options: &StoreOptions) -> Result<Self, ConnectError> {
        if options.table_names.schema().is_some() {
            return Err(ConnectError::NoSchemas);
        }
        let (writer, reader) = super::sqlite::open(url, options).await?;
        Ok(Self::of(writer, reader, options.table_names.clone(), options.secret_keys.clone()))
    }

    #[cfg(not(feature = "sqlite"))]
    async fn connect_sqlite(_: &str, _: &StoreOptions) -> Result<Self, ConnectError> {
        Err(ConnectError::NotBuiltIn("SQLite"))
    }

    #[cfg(feature = "postgres")]
    async fn connect_postgres(url: &str, options: &StoreOptions) -> Result<Self, ConnectError> {
        let pool = super::postgres::open(url, options).await?;
        Ok(Self::of(pool.clone(), pool, options.table_names.clone(), options.secret_keys.clone()))
    }

    #[cfg(not(feature = "postgres"))]
    async fn connect_postgres(_: &str, _: &StoreOptions) -> Result<Self, ConnectError> {
        Err(ConnectError::NotBuiltIn("PostgreSQL"))
    }

    fn of(
        writer: DatabaseConnection,
        reader: DatabaseConnection,
        table_names: TableNames,
        secret_keys: SecretKeys,
    ) -> Self {
        let (writer, reader) = (table_names.over(writer), table_names.over(reader));
        let key_holders = lookup::batches(KeyHolders(reader.clone()));
        let active_webhooks = lookup::batches(ActiveWebhooks(reader.clone()));
        let (secret_watch, wake_up) = (SecretWatch::default(), Arc::default());
        Self(Arc::new(Shared {
            writer,
            reader,
            table_names,
            key_holders,
            active_webhooks,
            secret_keys,
            secret_watch,
            wake_up,
        }))
    }

    /// The same database under other keys, for whoever finds the keys out only after it was opened. The two know
    /// nothing of each other: use one of them.
    #[must_use]
    pub fn with_secret_keys(self, keys: SecretKeys) -> Self {
        let (writer, reader) = (self.writer().inner().clone(), self.reader().inner().clone());
        Self::of(writer, reader, self.table_names().clone(), keys)
    }

    /// Brings the tables up to date, in one transaction. May be called at any time by any number of
    /// processes: they take turns, and the later ones find nothing to do.
    ///
    /// # Errors
    /// The store's, and a database that a newer version of this program has changed.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        migrations::run(self).await
    }

    /// Whether [`SqlStore::migrate`] would find nothing to do.
    ///
    /// # Errors
    /// As [`SqlStore::migrate`].
    pub async fn is_up_to_date(&self) -> Result<bool, StoreError> {
        migrations::is_up_to_date(self).await
    }

    /// Closes every connection, once what is running on them has ended. Other clones fail from then on.
    ///
    /// # Errors
    /// The store's.
    pub async fn close(self) -> Result<(), StoreError> {
        self.reader().inner().close_by_ref().await.map_err(errors::translate)?;
        self.writer().inner().close_by_ref().await.map_err(errors::translate)
    }

    /// Begins a transaction that writes. On SQLite it holds the write lock from here on: one that read first
    /// and wrote later could be refused in between, and no waiting would help.
    pub(super) async fn begin_writing(&self) -> Result<Named<DatabaseTransaction>, StoreError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = self.writer().inner().begin_with_options(options).await;
        Ok(self.table_names().over(transaction.map_err(errors::translate)?))
    }

    pub(super) fn writer(&self) -> &Named<DatabaseConnection> {
        &self.0.writer
    }

    /// What reads that lock nothing run on. It sees what is committed.
    pub(super) fn reader(&self) -> &Named<DatabaseConnection> {
        &self.0.reader
    }

    /// What the tables are called.
    pub fn table_names(&self) -> &TableNames {
        &self.0.table_names
    }

    pub(super) fn key_holders(&self) -> &Batches<KeyHolders> {
        &self.0.key_holders
    }

    pub(super) fn active_webhooks(&self) -> &Batches<ActiveWebhooks> {
        &self.0.active_webhooks
    }

    /// What signing secrets are encrypted with.
    pub fn secret_keys(&self) -> &SecretKeys {
        &self.0.secret_keys
    }

    /// Whether these were enough when that was last looked at.
    pub(super) fn secret_watch(&self) -> &SecretWatch {
        &self.0.secret_watch
    }

    pub(super) fn wake_up(&self) -> &Arc<WakeUp> {
        &self.0.wake_up
    }
}
