//! Why a store could not be opened.

use std::error::Error;

/// Why a store could not be opened. One line each, which never quotes the URL: it may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The text is no URL of a store.
    #[error("not a usable database URL: {0}")]
    BadUrl(String),
    /// The URL's engine was left out of this build.
    #[error("this build has no support for {0}")]
    NotBuiltIn(&'static str),
    /// The tables were to lie in a schema of SQLite, which has none.
    #[error("SQLite has no schemas: take a prefix (`TableNames::with_prefix`), or PostgreSQL")]
    NoSchemas,
    /// The linked SQLite can lose commits in WAL mode (fixed in 3.51.3).
    #[error("SQLite {0} can lose committed data in WAL mode; version 3.51.3 or newer is needed")]
    OldSqlite(String),
    /// The database does not answer, or does not let us in.
    #[error("the database cannot be opened: {0}")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
}

impl ConnectError {
    pub(super) fn unreachable(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unreachable(error.into())
    }
}
