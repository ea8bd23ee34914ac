//! The databases that every case runs on.

use tempfile::TempDir;

use crate::postgres::{TestDatabase, fresh_database};
use crate::server::sqlite_url;

/// An empty database, gone when this value is.
#[derive(Debug)]
pub enum Fresh {
    /// A file in a directory of its own.
    Sqlite(TempDir),
    /// A database of the test cluster.
    Postgres(TestDatabase),
}

impl Fresh {
    /// Always there; an `Option` so that both kinds are passed on alike.
    ///
    /// # Panics
    /// When the system has no place for a file.
    #[allow(clippy::expect_used, reason = "only tests call it, and a panic is how they fail")]
    pub fn sqlite() -> Option<Fresh> {
        Some(Fresh::Sqlite(tempfile::tempdir().expect("a temporary directory")))
    }

    /// `None` after saying that the test is skipped.
    pub async fn postgres() -> Option<Fresh> {
        fresh_database().await.map(Fresh::Postgres)
    }

    /// What a server is given as `--database-url`.
    pub fn url(&self) -> String {
        match self {
            Fresh::Sqlite(directory) => sqlite_url(directory.path()),
            Fresh::Postgres(database) => database.url().to_owned(),
        }
    }
}
