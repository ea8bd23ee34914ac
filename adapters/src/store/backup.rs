//! A copy of an SQLite database that is in use.

use super::dialect::Dialect;
use super::statement::{execute, values};
use super::{BackupError, SqlStore};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

impl SqlStore {
    /// Copies the database to a new file at `target`, as it is at one moment, while anyone goes on reading and
    /// writing. Everything that was committed before the call is in it. Answers the copy's size in bytes.
    ///
    /// The copy is one file, compacted, for its owner only, as it holds what customers booked. It has another name
    /// beside `target` until it is whole and synced, so that what bears this name is always a whole backup. A
    /// process that is killed meanwhile leaves that other file, `.NAME.partial-…`, which may be removed.
    ///
    /// SQLite itself makes the copy (`VACUUM INTO`), on a reading connection: nobody waits for it. What is
    /// written meanwhile stays in the write-ahead log, which grows by that much. Only a SQLite that is safe to
    /// write beside may touch a database in use, and the linked one is (see `sqlite`); copying the file itself
    /// would tear it apart from its log.
    ///
    /// # Errors
    /// A store on PostgreSQL, which brings its own tools; a `target` that exists or cannot be written; the
    /// store's.
    pub async fn backup_to(&self, target: &Path) -> Result<u64, BackupError> {
        if Dialect::of(self.reader()) != Dialect::Sqlite {
            return Err(BackupError::NotSqlite);
        }
        // An absolute path also keeps a name such as `file:x` from being read as a URI.
        let target = std::path::absolute(target).map_err(|error| unwritable(target, error))?;
        let copy = begin(&target)?;
        execute(self.reader(), "VACUUM INTO $1", values![text(copy.path())?]).await?;
        let finished = tokio::task::spawn_blocking({
            let target = target.clone();
            move || finish(copy, &target)
        });
        finished.await.map_err(|error| unwritable(target, io::Error::from(error)))?
    }
}

/// An empty file beside `target`, for its owner only, that is gone when its value is. SQLite fills an empty
/// file where it would refuse another.
fn begin(target: &Path) -> Result<NamedTempFile, BackupError> {
    if target.symlink_metadata().is_ok() {
        return Err(BackupError::TargetExists(target.to_owned()));
    }
    let (Some(folder), Some(name)) = (target.parent(), target.file_name()) else {
        return Err(unwritable(target, io::ErrorKind::IsADirectory.into()));
    };
    let prefix = format!(".{}.partial-", name.to_string_lossy());
    Builder::new().prefix(&prefix).tempfile_in(folder).map_err(|error| unwritable(target, error))
}

/// Makes the copy durable and gives it its name, unless that was taken meanwhile.
fn finish(copy: NamedTempFile, target: &Path) -> Result<u64, BackupError> {
    let wrong = |error| unwritable(target, error);
    copy.as_file().sync_all().map_err(wrong)?;
    let file = copy.persist_noclobber(target).map_err(|refused| match refused.error.kind() {
        io::ErrorKind::AlreadyExists => BackupError::TargetExists(target.to_owned()),
        _ => wrong(refused.error),
    })?;
    sync_folder_of(target).map_err(wrong)?;
    Ok(file.metadata().map_err(wrong)?.len())
}

/// The new name, too, is to survive a power failure.
#[cfg(unix)]
pub(super) fn sync_folder_of(target: &Path) -> io::Result<()> {
    target.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(not(unix))]
pub(super) fn sync_folder_of(_: &Path) -> io::Result<()> {
    Ok(())
}

fn text(path: &Path) -> Result<&str, BackupError> {
    path.to_str().ok_or_else(|| {
        unwritable(path, io::Error::new(io::ErrorKind::InvalidInput, "SQLite needs a path in UTF-8"))
    })
}

fn unwritable(path: impl Into<PathBuf>, reason: io::Error) -> BackupError {
    BackupError::Unwritable { path: path.into(), reason }
}
