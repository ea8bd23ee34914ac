//! PostgreSQL: one pool.

use super::{ConnectError, StoreOptions};
use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sea_orm::sqlx::{ConnectOptions, Connection};
use sea_orm::{DatabaseConnection, SqlxPostgresConnector, sqlx};
use std::time::Duration;

/// A connection that was idle this long is tried before it is used. Trying each time would cost a round trip
/// per statement.
const TRUSTED_IDLE: Duration = Duration::from_secs(30);

/// How long a transaction whose owner has stalled may keep its locks.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(60);

/// What the planner is not to do unless there is no other way. Every statement here is written for a few looks into
/// indexes that were made for it. A table that was just filled has no statistics, though, and is taken for small: it would
/// be read as a whole for each batch, by a plan that is kept while it grows.
const BY_INDEX: [&str; 6] =
    ["enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin", "enable_material", "jit"];

/// Opens the pool.
pub(super) async fn open(url: &str, options: &StoreOptions) -> Result<DatabaseConnection, ConnectError> {
    let connection = connection_options(url, options)?;
    try_once(&connection, options.acquire_timeout).await?;
    let pool = PgPoolOptions::new()
        .max_connections(options.connections.max(2))
        .min_connections(1)
        .acquire_timeout(options.acquire_timeout)
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for > TRUSTED_IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(connection)
        .await
        .map_err(ConnectError::unreachable)?;
    warn_of_unsafe_settings(&pool).await?;
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}

/// Connects once without the pool, which would try until its time is up and then not say what was wrong.
async fn try_once(connection: &PgConnectOptions, patience: Duration) -> Result<(), ConnectError> {
    let connected = tokio::time::timeout(patience, PgConnection::connect_with(connection))
        .await
        .map_err(|_| ConnectError::unreachable("it did not answer in time"))?;
    connected.map_err(ConnectError::unreachable)?.close().await.map_err(ConnectError::unreachable)
}

/// The locking rules rest on each statement seeing what was committed before it, so the isolation level is
/// asked for and not left to the server's default.
fn connection_options(url: &str, options: &StoreOptions) -> Result<PgConnectOptions, ConnectError> {
    let connection: PgConnectOptions = url.parse().map_err(|error: sqlx::Error| match error {
        sqlx::Error::Configuration(reason) => ConnectError::BadUrl(reason.to_string()),
        _ => ConnectError::BadUrl("it cannot be read".to_owned()),
    })?;
    let connection =
        connection.application_name("slotflow").statement_cache_capacity(256).disable_statement_logging();
    let by_index = BY_INDEX.map(|setting| (setting, "off".to_owned()));
    Ok(connection.options(by_index).options([
        ("default_transaction_isolation", "read committed".to_owned()),
        ("statement_timeout", options.statement_timeout.as_millis().to_string()),
        ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION.as_millis().to_string()),
    ]))
}

/// Acknowledged should mean synced. Whoever runs the server may have decided otherwise, and should know.
async fn warn_of_unsafe_settings(pool: &PgPool) -> Result<(), ConnectError> {
    for setting in ["fsync", "synchronous_commit"] {
        let value: String = sqlx::query_scalar("SELECT current_setting($1)")
            .bind(setting)
            .fetch_one(pool)
            .await
            .map_err(ConnectError::unreachable)?;
        if value == "off" {
            tracing::warn!(setting, "PostgreSQL may lose acknowledged commits: this setting is off");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_url_is_an_error_without_the_password() {
        for url in ["postgres://user:s3cret@host:notaport/db", "postgres://user:s3cret@:::/", "postgres://["]
        {
            let error = connection_options(url, &StoreOptions::default()).unwrap_err();
            assert!(matches!(error, ConnectError::BadUrl(_)), "{error}");
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
        }
    }
}
