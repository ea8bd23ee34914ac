//! PostgreSQL: an advisory lock of a session, on a connection of its own.
//!
//! The server lets go of the lock when the connection ends, and that is when the process dies, but also when the server
//! is started anew or the connection is cut. Then this process takes its lock again as soon as it can, and sees nothing
//! until it has.

use super::{EnrolError, roll};
use crate::store::errors::translate_driver;
use crate::store::{SqlStore, TableNames};
use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use sea_orm::sqlx::{self, Connection as _};
use slotflow_application::ports::StoreError;
use slotflow_domain::Timestamp;
use slotflow_domain::instance::{InstanceNumber, Watch};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::timeout;

/// How long a connection may take to be made. Shorter than the grace after which the others give this process up.
const CONNECTING: Duration = Duration::from_secs(2);

/// How long an answer may take before the connection is given up, and its lock with it. Long: a server that is only slow
/// still keeps the lock.
const ANSWERING: Duration = Duration::from_secs(10);

/// Everybody who is enrolled, how often each has taken its lock, whether a session has it, and whether that is this one. Read in the server's list
/// of locks and not by trying to lock: behind a pooler this session may be the one that holds another's lock.
const LOOK: &str = "SELECT i.number, i.taken, l.pid IS NOT NULL, COALESCE(l.pid = pg_backend_pid(), false) \
     FROM instances i LEFT JOIN pg_locks l ON l.locktype = 'advisory' AND l.granted \
     AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
     AND l.classid::bigint = $1 AND l.objid::bigint = i.number AND l.objsubid = 2";

/// This process's own lock, and a view of the others'.
pub(super) struct SessionLock {
    store: SqlStore,
    own: InstanceNumber,
    started_at: Timestamp,
    connection: Option<PgConnection>,
}

/// A look at the locks.
struct Seen {
    own: Own,
    free: BTreeMap<InstanceNumber, u64>,
}

/// How this process's own lock stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Own {
    /// This session has it.
    Held,
    /// Another session has it: one that the server has not given up yet, or a pooler's.
    Elsewhere,
    /// Nobody has it.
    Free,
    /// It is not enrolled any more: somebody took it for dead.
    Forgotten,
}

impl SessionLock {
    /// A server that is started anew, or a connection that is cut, frees the lock of a process that lives.
    pub(super) const GRACE: Duration = Watch::GRACE;

    /// How long until the next look, by which it is also seen that the own lock is lost.
    pub(super) const PERIOD: Duration = Duration::from_secs(1);

    /// Enrols. The lock is taken before its row can be seen: a row without a lock is one of a process that is dead.
    pub(super) async fn enrol(store: &SqlStore, now: Timestamp) -> Result<Self, EnrolError> {
        let mut connection = connect(store).await.map_err(translate_driver)?;
        let own = add(&mut connection, store.table_names(), now).await.map_err(translate_driver)?;
        let number = u32::try_from(own).ok().and_then(InstanceNumber::new);
        let own = number.ok_or_else(|| StoreError::corrupt("an instance without a number"))?;
        let seen = look(&mut connection, store.table_names(), own).await.map_err(translate_driver)?;
        if seen.own != Own::Held {
            roll::remove(store.writer(), own).await?;
            return Err(EnrolError::NotHeld);
        }
        Ok(Self { store: store.clone(), own, started_at: now, connection: Some(connection) })
    }

    pub(super) const fn own(&self) -> InstanceNumber {
        self.own
    }

    /// The others whose locks are free, and how often each had taken its own; nothing while this session has not its own, which it tries to take again.
    pub(super) async fn look(&mut self) -> Result<Option<BTreeMap<InstanceNumber, u64>>, StoreError> {
        // Put back only if all went well: a connection that failed, or did not answer in time, is given up.
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(&self.store).await.map_err(translate_driver)?,
        };
        let work = self.look_on(&mut connection);
        let seen = timeout(ANSWERING, work).await.unwrap_or_else(|_| Err(too_late()));
        let seen = seen.map_err(translate_driver)?;
        self.connection = Some(connection);
        Ok((seen.own == Own::Held).then_some(seen.free))
    }

    async fn look_on(&self, connection: &mut PgConnection) -> Result<Seen, sqlx::Error> {
        let seen = look(connection, self.store.table_names(), self.own).await?;
        if matches!(seen.own, Own::Free | Own::Forgotten) {
            // Before the lock: who looks sees that it was taken, however soon it is lost again.
            let sql = "INSERT INTO instances (number, started_at) VALUES ($1, $2) \
                       ON CONFLICT (number) DO UPDATE SET taken = instances.taken + 1";
            let sql = self.store.table_names().apply(sql);
            let row = sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(i64::from(self.own.get()))
                .bind(self.started_at.as_millis());
            row.execute(&mut *connection).await?;
            let taken = try_lock(connection, self.store.table_names(), i64::from(self.own.get())).await?;
            tracing::info!(instance = %self.own, taken, "the lock that says that this process lives was lost");
        }
        Ok(seen)
    }

    /// Leaves in order: the row goes first.
    pub(super) async fn leave(self) -> Result<(), StoreError> {
        roll::remove(self.store.writer(), self.own).await?;
        match self.connection {
            Some(connection) => connection.close().await.map_err(translate_driver),
            None => Ok(()),
        }
    }
}

/// A connection as the pool has them.
async fn connect(store: &SqlStore) -> Result<PgConnection, sqlx::Error> {
    let options = store.writer().inner().get_postgres_connection_pool().connect_options();
    let options = PgConnectOptions::clone(&options).application_name("slotflow instance");
    timeout(CONNECTING, PgConnection::connect_with(&options)).await.unwrap_or_else(|_| Err(too_late()))
}

fn too_late() -> sqlx::Error {
    std::io::Error::from(std::io::ErrorKind::TimedOut).into()
}

async fn add(connection: &mut PgConnection, names: &TableNames, now: Timestamp) -> Result<i64, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let sql = names.apply("INSERT INTO instances (started_at) VALUES ($1) RETURNING number");
    let number: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(now.as_millis())
        .fetch_one(&mut *transaction)
        .await?;
    try_lock(&mut transaction, names, number).await?;
    transaction.commit().await?;
    Ok(number)
}

async fn try_lock(
    connection: &mut PgConnection,
    names: &TableNames,
    number: i64,
) -> Result<bool, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT pg_try_advisory_lock($1, $2::integer)");
    let query = query.bind(names.class_of_instances()).bind(number);
    query.fetch_one(connection).await
}

async fn look(
    connection: &mut PgConnection,
    names: &TableNames,
    own: InstanceNumber,
) -> Result<Seen, sqlx::Error> {
    let query = sqlx::query_as::<_, (i64, i64, bool, bool)>(sqlx::AssertSqlSafe(names.apply(LOOK)));
    // As the list of locks shows it: without a sign.
    let query = query.bind(i64::from(names.class_of_instances().cast_unsigned()));
    let mut seen = Seen { own: Own::Forgotten, free: BTreeMap::new() };
    for (number, taken, is_held, is_ours) in query.fetch_all(connection).await? {
        let Some(number) = u32::try_from(number).ok().and_then(InstanceNumber::new) else { continue };
        if number == own {
            seen.own = match (is_held, is_ours) {
                (_, true) => Own::Held,
                (true, false) => Own::Elsewhere,
                (false, false) => Own::Free,
            };
        } else if !is_held {
            seen.free.insert(number, taken.cast_unsigned());
        }
    }
    Ok(seen)
}
