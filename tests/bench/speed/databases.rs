//! Databases to measure on: as durable as they are by default.

use crate::Engine;
use anyhow::{Context, ensure};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use slotflow_tests::database::Fresh;
use slotflow_tests::postgres::{CLUSTER_URL, PostgresServer};

/// Where databases are made.
pub(crate) struct Databases {
    /// A cluster that syncs; the tests' own is taken where there is none.
    durable: Option<PostgresServer>,
}

impl Databases {
    /// Starts what is needed. Only to see whether all works, the tests' cluster does.
    pub(crate) async fn start(engines: &[Engine], quick: bool) -> anyhow::Result<Self> {
        if quick || !engines.contains(&Engine::Postgres) {
            return Ok(Self { durable: None });
        }
        let started = tokio::task::spawn_blocking(PostgresServer::start_durable).await??;
        Ok(Self { durable: Some(started.context("PostgreSQL is not on this machine")?) })
    }

    pub(crate) async fn fresh(&self, engine: Engine) -> anyhow::Result<Fresh> {
        let Some(server) = self.durable.as_ref().filter(|_| engine == Engine::Postgres) else {
            return engine.fresh().await;
        };
        let database = server.create_database().await?;
        let connection = connect(database.url()).await?;
        for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
            let question = Statement::from_string(DbBackend::Postgres, format!("SHOW {setting}"));
            let row = connection.query_one_raw(question).await?.context("no answer")?;
            let value: String = row.try_get_by_index(0)?;
            ensure!(value == "on", "{setting} is {value} in the cluster that {CLUSTER_URL} names");
        }
        connection.close().await?;
        Ok(Fresh::Postgres(database))
    }
}

/// A single connection for what is asked beside the servers.
pub(crate) async fn connect(url: &str) -> anyhow::Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Ok(Database::connect(options).await?)
}
