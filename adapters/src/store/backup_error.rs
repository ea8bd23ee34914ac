//! Why no backup was made.

use slotflow_application::ports::StoreError;
use std::io;
use std::path::PathBuf;

/// Why no backup was made. One line each; nothing is left at the target's name that was not there before.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The store is on PostgreSQL.
    #[error("only an SQLite database is backed up by this program; for PostgreSQL use pg_dump")]
    NotSqlite,
    /// There is something at the target already.
    #[error("{} exists already, and a backup overwrites nothing", .0.display())]
    TargetExists(PathBuf),
    /// The target's folder does not take the copy.
    #[error("{} cannot be written: {reason}", path.display())]
    Unwritable {
        /// The target.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// The database could not be read, or its copy not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}
