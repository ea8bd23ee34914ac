//! SQLite: one connection that writes, some that read.

use super::{ConnectError, StoreOptions};
use sea_orm::sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sea_orm::sqlx::{ConnectOptions, Connection};
use sea_orm::{DatabaseConnection, SqlxSqliteConnector, sqlx};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The first version whose WAL mode cannot lose commits: 3.7.0 to 3.51.2 can, when two connections write and
/// checkpoint at the same moment (SQLite's release notes of 3.51.3).
const FIRST_SAFE_VERSION: [u32; 3] = [3, 51, 3];

/// How often opening is tried while another process is just making the same file.
const OPENING_TRIES: u32 = 50;
const PAUSE_BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// Opens the writing connection and the reading ones, in this order.
///
/// The writing pool holds one connection: transactions wait for it in turn, and never for each other's locks.
/// Acknowledged means synced, so `synchronous` is `FULL`. Readers see a snapshot (WAL) and are never in the way.
pub(super) async fn open(
    url: &str,
    options: &StoreOptions,
) -> Result<(DatabaseConnection, DatabaseConnection), ConnectError> {
    let path = path_of(url)?;
    if options.create_missing {
        create_private(&path)?;
    } else {
        std::fs::metadata(&path).map_err(ConnectError::unreachable)?;
    }
    let base = SqliteConnectOptions::new()
        .filename(&path)
        .foreign_keys(true)
        .busy_timeout(options.busy_timeout)
        // Every statement here is written for indexes that there are. For a long list of rows to change the planner would
        // sooner make an index of the list, and read the whole table for it.
        .pragma("automatic_index", "OFF")
        .statement_cache_capacity(256)
        .disable_statement_logging();
    let writing = base
        .clone()
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("journal_size_limit", "67108864");

    let writer = open_patiently(pool_options(1, options), writing).await?;
    check_version(&writer).await?;
    forget_statistics(&writer).await?;
    let reader = pool_options(options.connections.max(1), options)
        .connect_with(base.read_only(true))
        .await
        .map_err(ConnectError::unreachable)?;
    Ok((
        SqlxSqliteConnector::from_sqlx_sqlite_pool(writer),
        SqlxSqliteConnector::from_sqlx_sqlite_pool(reader),
    ))
}

fn pool_options(connections: u32, options: &StoreOptions) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(options.acquire_timeout)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_release(|connection, _| Box::pin(is_out_of_transaction(connection)))
}

/// Whether a connection that comes back may be used again; it is closed otherwise.
///
/// After an error of the file (a full disk) SQLite may have rolled back by itself. The rollback that follows is
/// then refused, and the driver goes on counting an open transaction: what it takes for the next one would be a
/// savepoint inside one that nobody ever commits, and would be acknowledged and lost.
async fn is_out_of_transaction(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // A rollback may still be on its way to the connection's thread; this comes behind it.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

/// Opens the writing pool. Turning WAL on needs the whole file for a moment, and SQLite does not wait for
/// that as long as it waits for other locks.
async fn open_patiently(
    pool: SqlitePoolOptions,
    connection: SqliteConnectOptions,
) -> Result<SqlitePool, ConnectError> {
    let mut tries = 0;
    loop {
        match pool.clone().connect_with(connection.clone()).await {
            Err(sqlx::Error::Database(error)) if is_busy(error.as_ref()) && tries < OPENING_TRIES => {
                tries += 1;
                tokio::time::sleep(PAUSE_BETWEEN_TRIES).await;
            }
            opened => return opened.map_err(ConnectError::unreachable),
        }
    }
}

fn is_busy(error: &dyn sqlx::error::DatabaseError) -> bool {
    error.code().and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == 5)
}

/// The path in `sqlite://path` or `sqlite:path`.
pub(super) fn path_of(url: &str) -> Result<PathBuf, ConnectError> {
    let rest = url.strip_prefix("sqlite:").unwrap_or(url);
    let path = rest.strip_prefix("//").unwrap_or(rest);
    let (path, parameters) = path.split_once('?').unwrap_or((path, ""));
    if !matches!(parameters, "" | "mode=rwc" | "mode=rw") {
        return Err(ConnectError::BadUrl("sqlite:// takes a path and no parameters".to_owned()));
    }
    if path.is_empty() || path == ":memory:" {
        return Err(ConnectError::BadUrl(
            "sqlite:// must be followed by the path of a file, such as sqlite://slotflow.db".to_owned(),
        ));
    }
    Ok(PathBuf::from(path))
}

/// Makes the file if it is not there, for its owner only: it holds what customers booked. SQLite gives the files
/// beside it the same permissions.
fn create_private(path: &Path) -> Result<(), ConnectError> {
    let mut file = std::fs::OpenOptions::new();
    file.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    match file.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(ConnectError::unreachable(error)),
    }
}

async fn check_version(pool: &SqlitePool) -> Result<(), ConnectError> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(pool)
        .await
        .map_err(ConnectError::unreachable)?;
    if is_safe(&version) { Ok(()) } else { Err(ConnectError::OldSqlite(version)) }
}

/// Removes what somebody had SQLite count (`ANALYZE`, `PRAGMA optimize`). It holds for one moment, and nobody counts
/// again: counted while nothing was due, the tables of waiting deliveries pass for empty and are read as a whole.
/// Without it every statement goes by the index that was made for it.
async fn forget_statistics(pool: &SqlitePool) -> Result<(), ConnectError> {
    let counted = "SELECT name FROM sqlite_schema WHERE name IN ('sqlite_stat1', 'sqlite_stat4')";
    let tables: Vec<String> =
        sqlx::query_scalar(counted).fetch_all(pool).await.map_err(ConnectError::unreachable)?;
    for table in tables {
        let drop = sqlx::AssertSqlSafe(format!("DROP TABLE IF EXISTS {table}"));
        sqlx::query(drop).execute(pool).await.map_err(ConnectError::unreachable)?;
    }
    Ok(())
}

fn is_safe(version: &str) -> bool {
    let numbers: Option<Vec<u32>> = version.split('.').map(|part| part.parse().ok()).collect();
    numbers.is_some_and(|numbers| numbers.as_slice() >= FIRST_SAFE_VERSION.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_before_3_51_3_are_refused() {
        for (version, safe) in [
            ("3.51.3", true),
            ("3.51.10", true),
            ("3.100.0", true),
            ("4.0.0", true),
            ("3.51.2", false),
            ("3.40.1", false),
            ("3.9.0", false),
            ("", false),
            ("new", false),
        ] {
            assert_eq!(is_safe(version), safe, "{version}");
        }
    }

    #[test]
    fn a_url_names_a_file() {
        for (url, path) in [
            ("sqlite://slotflow.db", "slotflow.db"),
            ("sqlite:slotflow.db", "slotflow.db"),
            ("sqlite:///var/lib/slotflow.db", "/var/lib/slotflow.db"),
            ("sqlite://a b.db?mode=rwc", "a b.db"),
        ] {
            assert_eq!(path_of(url).unwrap(), Path::new(path), "{url}");
        }
        for url in ["sqlite:", "sqlite://", "sqlite::memory:", "sqlite://x.db?mode=ro"] {
            assert!(matches!(path_of(url), Err(ConnectError::BadUrl(_))), "{url}");
        }
    }
}
