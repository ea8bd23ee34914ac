//! SQLite: a small file beside the database for each instance, which its process holds a lock on.
//!
//! Not the database's own file: closing any descriptor of that would drop the locks that SQLite has on it. The operating
//! system lets go of the lock when the process ends, however it ends, and never before.

use super::{EnrolError, roll};
use crate::store::errors::translate;
use crate::store::statement::{all, one, values};
use crate::store::stored_row::{StoredRow, corrupt};
use crate::store::{SqlStore, transaction};
use sea_orm::{ConnectionTrait, QueryResult};
use slotflow_application::ports::StoreError;
use slotflow_domain::Timestamp;
use slotflow_domain::instance::InstanceNumber;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// This process's own lock, and where those of the others are.
pub(super) struct FileLocks {
    store: SqlStore,
    own: InstanceNumber,
    /// Kept for its lock.
    file: File,
}

impl FileLocks {
    /// The operating system cannot lose the lock of a process that lives.
    pub(super) const GRACE: Duration = Duration::ZERO;

    /// How long until the next look. There is no lock to take again, and hardly ever a second server on the file.
    pub(super) const PERIOD: Duration = Duration::from_secs(3);

    /// Enrols. The file is locked before its row can be seen: a row without a lock is one of a process that is dead.
    pub(super) async fn enrol(store: &SqlStore, now: Timestamp) -> Result<Self, EnrolError> {
        let transaction = store.begin_writing().await?;
        let own = match add(&transaction, now).await {
            Ok(own) => own,
            Err(error) => return Ok(transaction::finish(transaction, Err(error)).await?),
        };
        let path = path_of(store, own);
        let file = match lock(&path) {
            Ok(file) => file,
            Err(reason) => {
                let error = EnrolError::LockFile { path, reason };
                return Err(transaction
                    .rollback()
                    .await
                    .map_or_else(|error| translate(error).into(), |()| error));
            }
        };
        transaction::finish(transaction, Ok(())).await?;
        Ok(Self { store: store.clone(), own, file })
    }

    pub(super) const fn own(&self) -> InstanceNumber {
        self.own
    }

    /// The others whose locks are free. Each had taken its own once.
    pub(super) async fn look(&self) -> Result<BTreeMap<InstanceNumber, u64>, StoreError> {
        let mut others = everybody(self.store.reader()).await?;
        others.retain(|number| *number != self.own);
        let mut free = BTreeMap::new();
        for number in others {
            if is_free(&path_of(&self.store, number)) {
                free.insert(number, 1);
            }
        }
        Ok(free)
    }

    /// Leaves in order: the row goes first.
    pub(super) async fn leave(self) -> Result<(), StoreError> {
        forget(&self.store, self.own).await?;
        drop(self.file);
        Ok(())
    }
}

/// Removes what there is of an instance.
pub(super) async fn forget(store: &SqlStore, number: InstanceNumber) -> Result<(), StoreError> {
    roll::remove(store.writer(), number).await?;
    let path = path_of(store, number);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, path = %path.display(), "the lock file of an instance that has ended was left");
        }
        _ => {}
    }
    Ok(())
}

/// Adds one, under a number that none had before.
async fn add<C: ConnectionTrait>(connection: &C, now: Timestamp) -> Result<InstanceNumber, StoreError> {
    let sql = "INSERT INTO instances (started_at) VALUES ($1) RETURNING number";
    let row = one(connection, sql, values![now.as_millis()]).await?;
    row.as_ref().map_or_else(|| Err(StoreError::corrupt("an instance without a number")), number)
}

/// Everybody who is enrolled.
async fn everybody<C: ConnectionTrait>(connection: &C) -> Result<Vec<InstanceNumber>, StoreError> {
    all(connection, "SELECT number FROM instances", vec![]).await?.iter().map(number).collect()
}

fn number(row: &QueryResult) -> Result<InstanceNumber, StoreError> {
    let number: u32 = StoredRow(row).number::<i64, _>("number")?;
    InstanceNumber::new(number).ok_or_else(|| corrupt("number", "not a number of an instance"))
}

/// `slotflow.db-instance-7`, where the database really is: processes that reach it by different paths must find the same
/// files.
fn path_of(store: &SqlStore, number: InstanceNumber) -> PathBuf {
    let options = store.writer().inner().get_sqlite_connection_pool().connect_options();
    let database = options.get_filename();
    let mut path = std::fs::canonicalize(database).unwrap_or_else(|_| database.to_owned()).into_os_string();
    path.push(format!("-{}instance-{number}", store.table_names().prefix()));
    path.into()
}

/// Makes the file and takes its lock. One that is there already was left by a process that died before its row could be
/// seen.
fn lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    file.try_lock()?;
    Ok(file)
}

/// Whether nobody has the lock. In doubt somebody has.
fn is_free(path: &Path) -> bool {
    match OpenOptions::new().write(true).open(path) {
        // Another that looks at the same moment has it too: then it is seen the next time.
        Ok(file) => match file.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(error)) => doubt(path, &error),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => doubt(path, &error),
    }
}

fn doubt(path: &Path, error: &io::Error) -> bool {
    tracing::warn!(%error, path = %path.display(), "whether an instance lives cannot be seen");
    false
}
