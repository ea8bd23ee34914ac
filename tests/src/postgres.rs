//! A fresh PostgreSQL database for each test.
//!
//! The cluster is the one named by `SLOTFLOW_TEST_POSTGRES_URL` (a superuser's URL), or else a private
//! one which lives exactly as long as the test process.

use std::sync::OnceLock;

use anyhow::{Context, bail};
use sea_orm::{ConnectOptions, ConnectionTrait, Database};
use url::Url;
use uuid::Uuid;

use crate::postgres_cluster::PostgresCluster;
use crate::requirement;

/// The environment variable that names a running cluster to use.
pub const CLUSTER_URL: &str = "SLOTFLOW_TEST_POSTGRES_URL";

/// A cluster in which this process may create databases.
#[derive(Debug)]
pub struct PostgresServer {
    superuser: Url,
    /// Keeps a private cluster alive.
    _private: Option<PostgresCluster>,
}

impl PostgresServer {
    /// The cluster of this process, started on the first call; `None` where there is no PostgreSQL.
    ///
    /// Blocks for the seconds a cluster takes to start.
    ///
    /// # Errors
    /// When the given URL is none, or an installed PostgreSQL does not start.
    pub fn find() -> anyhow::Result<Option<&'static PostgresServer>> {
        static SERVER: OnceLock<Result<Option<PostgresServer>, String>> = OnceLock::new();
        match SERVER.get_or_init(|| start(PostgresCluster::start).map_err(|error| format!("{error:#}"))) {
            Ok(server) => Ok(server.as_ref()),
            Err(reason) => bail!("PostgreSQL for the tests: {reason}"),
        }
    }

    /// A cluster for measurements: the one that is named, whatever it does, or a private one that syncs each
    /// commit and ends with this value. `None` where there is no PostgreSQL. Blocks as [`PostgresServer::find`].
    ///
    /// # Errors
    /// As [`PostgresServer::find`].
    pub fn start_durable() -> anyhow::Result<Option<PostgresServer>> {
        start(PostgresCluster::start_durable)
    }

    /// A fresh, empty database.
    ///
    /// # Errors
    /// When the cluster refuses.
    pub async fn create_database(&self) -> anyhow::Result<TestDatabase> {
        let name = format!("slotflow_test_{}", Uuid::new_v4().simple());
        // `template0` because nobody can be connected to it, which would refuse a parallel CREATE.
        self.execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).await?;
        let mut url = self.superuser.clone();
        url.set_path(&name);
        Ok(TestDatabase { superuser: self.superuser.clone(), name, url: url.into() })
    }

    async fn execute(&self, statement: &str) -> anyhow::Result<()> {
        execute(&self.superuser, statement).await
    }
}

/// A fresh, empty database, or `None` after saying that the test is skipped.
///
/// # Panics
/// When a database should be there and is not: the test fails with the reason.
#[allow(clippy::panic, reason = "only tests call it, and a panic is how they fail")]
pub async fn fresh_database() -> Option<TestDatabase> {
    let found = tokio::task::spawn_blocking(PostgresServer::find).await;
    let server = match found {
        Ok(Ok(server)) => requirement::available("PostgreSQL", server)?,
        Ok(Err(error)) => panic!("{error:#}"),
        Err(error) => panic!("starting PostgreSQL: {error}"),
    };
    match server.create_database().await {
        Ok(database) => Some(database),
        Err(error) => panic!("creating a database: {error:#}"),
    }
}

/// A database of one test, dropped with this value even if someone is still connected to it.
#[derive(Debug)]
pub struct TestDatabase {
    superuser: Url,
    name: String,
    url: String,
}

impl TestDatabase {
    /// The URL a server or a store connects with.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The database's own name, as `pg_database` lists it.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let superuser = self.superuser.clone();
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // A thread with a runtime of its own, because a drop may happen inside a runtime or outside any.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(execute(&superuser, &statement))
        });
        match dropped.join() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => eprintln!("{} stays behind: {error:#}", self.name),
            Err(_) => eprintln!("{} stays behind: the thread that drops it panicked", self.name),
        }
    }
}

async fn execute(superuser: &Url, statement: &str) -> anyhow::Result<()> {
    let mut options = ConnectOptions::new(superuser.as_str());
    options.max_connections(1).sqlx_logging(false);
    let connection = Database::connect(options).await.context("connecting as superuser")?;
    let outcome = connection.execute_unprepared(statement).await;
    connection.close().await?;
    outcome.with_context(|| statement.to_owned())?;
    Ok(())
}

fn start(
    private: impl FnOnce() -> anyhow::Result<Option<PostgresCluster>>,
) -> anyhow::Result<Option<PostgresServer>> {
    if let Ok(given) = std::env::var(CLUSTER_URL) {
        let superuser = Url::parse(&given).with_context(|| format!("{CLUSTER_URL} is no URL"))?;
        return Ok(Some(PostgresServer { superuser, _private: None }));
    }
    let Some(cluster) = private()? else { return Ok(None) };
    Ok(Some(PostgresServer { superuser: cluster.superuser().clone(), _private: Some(cluster) }))
}

#[cfg(test)]
#[path = "postgres_tests.rs"]
mod tests;
