//! Why a process could not enrol.

use slotflow_application::ports::StoreError;
use std::io;
use std::path::PathBuf;

/// Why a process could not enrol. It can do without: what it holds when it dies returns when its leases end.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file beside the database that says that the process lives cannot be made or locked.
    #[error("{} cannot be made and locked: {reason}", path.display())]
    LockFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: io::Error,
    },
    /// PostgreSQL has given the lock, and the connection does not hold it.
    #[error(
        "the connection does not keep a session's lock; is there a pooler in between that lends it per transaction?"
    )]
    NotHeld,
}
