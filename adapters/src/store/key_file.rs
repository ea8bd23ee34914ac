//! The key to an SQLite database's secrets, in a file beside it.

use super::backup::sync_folder_of;
use super::sqlite::path_of;
use super::{NotSecretKeys, SecretKeys};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::Builder;

/// The file `<database>.key`, for those who keep their keys nowhere else. It holds what [`SecretKeys::parse`] reads.
#[derive(Clone, Debug)]
pub struct KeyFile(PathBuf);

/// Why a key file is of no use. One line each, which never quotes the file.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The system does not let us read or make it.
    #[error("{}: {reason}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// It holds no keys.
    #[error("{}: {reason}", path.display())]
    NotKeys {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        reason: NotSecretKeys,
    },
}

impl KeyFile {
    /// The key file of the database at this URL, if that is on SQLite.
    pub fn beside(database_url: &str) -> Option<Self> {
        let mut path = match database_url.split_once(':') {
            Some(("sqlite", _)) => path_of(database_url).ok()?.into_os_string(),
            _ => return None,
        };
        path.push(".key");
        Some(Self(path.into()))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The keys in it; none if there is no such file.
    ///
    /// # Errors
    /// A file that cannot be read, or holds something else.
    pub fn read(&self) -> Result<Option<SecretKeys>, KeyFileError> {
        let text = match fs::read_to_string(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.unusable(error)),
        };
        self.warn_if_others_may_read();
        let wrong = |reason| KeyFileError::NotKeys { path: self.0.clone(), reason };
        SecretKeys::parse(&text).map(Some).map_err(wrong)
    }

    /// Makes it, with a new key, for its owner only, and answers what it holds: if another process was quicker, the
    /// key of that one. The name appears when the file is whole and synced. Nothing may be encrypted with
    /// the key before this returns.
    ///
    /// # Errors
    /// A folder that takes no file, a system without randomness, and those of [`KeyFile::read`].
    pub fn make(&self) -> Result<SecretKeys, KeyFileError> {
        self.write_new().map_err(|error| self.unusable(error))?;
        self.read()?.ok_or_else(|| self.unusable(io::ErrorKind::NotFound.into()))
    }

    fn write_new(&self) -> io::Result<()> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        let path = std::path::absolute(&self.0)?;
        let folder = path.parent().ok_or(io::ErrorKind::IsADirectory)?;
        // For its owner only from the first moment, as all temporary files are.
        let mut file = Builder::new().prefix(".slotflow-key-").tempfile_in(folder)?;
        writeln!(file, "{}", STANDARD.encode(key))?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(&path) {
            Ok(_) => sync_folder_of(&path),
            Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(refused) => Err(refused.error),
        }
    }

    #[cfg(unix)]
    fn warn_if_others_may_read(&self) {
        use std::os::unix::fs::PermissionsExt;
        if fs::metadata(&self.0).is_ok_and(|file| file.permissions().mode() & 0o077 != 0) {
            tracing::warn!(file = %self.0.display(), "others on this machine may read the key file: chmod 600 it");
        }
    }

    #[cfg(not(unix))]
    fn warn_if_others_may_read(&self) {}

    fn unusable(&self, reason: io::Error) -> KeyFileError {
        KeyFileError::Unusable { path: self.0.clone(), reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beside(folder: &Path) -> KeyFile {
        KeyFile::beside(&format!("sqlite://{}?mode=rwc", folder.join("a.db").display())).unwrap()
    }

    #[test]
    fn it_lies_beside_the_database() {
        let path = |url| KeyFile::beside(url).map(|file| file.path().to_owned());
        assert_eq!(path("sqlite://slotflow.db"), Some("slotflow.db.key".into()));
        assert_eq!(path("sqlite:///var/lib/a.db?mode=rwc"), Some("/var/lib/a.db.key".into()));
        assert_eq!(path("postgres://db/slotflow"), None);
    }

    #[test]
    fn it_is_made_once_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = beside(folder.path());
        assert!(file.read().unwrap().is_none());
        let made = file.make().unwrap();
        let text = fs::read(file.path()).unwrap();
        assert_eq!(file.make().unwrap().first_id(), made.first_id(), "it is not made again");
        assert_eq!(file.read().unwrap().unwrap().first_id(), made.first_id());
        assert_eq!(fs::read(file.path()).unwrap(), text);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_file_of_something_else_is_an_error_that_does_not_quote_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = beside(folder.path());
        for content in ["", "s3cr3t", "\u{1}"] {
            fs::write(file.path(), content).unwrap();
            let error = file.read().unwrap_err();
            assert!(
                error.to_string().contains("a.db.key") && !error.to_string().contains("s3cr3t"),
                "{error}"
            );
        }
        let nowhere = beside(&folder.path().join("no"));
        assert!(matches!(nowhere.make(), Err(KeyFileError::Unusable { .. })));
    }
}
