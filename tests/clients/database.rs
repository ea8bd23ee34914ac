//! The databases that every client test runs on.

use slotflow_tests::postgres::{TestDatabase, fresh_database};
use slotflow_tests::server::sqlite_url;
use tempfile::TempDir;

/// An empty database, gone when this value is.
pub(crate) enum Fresh {
    Sqlite(TempDir),
    Postgres(TestDatabase),
}

impl Fresh {
    pub(crate) fn sqlite() -> Option<Fresh> {
        Some(Fresh::Sqlite(tempfile::tempdir().expect("a temporary directory")))
    }

    /// `None` after saying that the test is skipped.
    pub(crate) async fn postgres() -> Option<Fresh> {
        fresh_database().await.map(Fresh::Postgres)
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Fresh::Sqlite(directory) => sqlite_url(directory.path()),
            Fresh::Postgres(database) => database.url().to_owned(),
        }
    }
}
