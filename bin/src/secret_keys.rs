//! What signing secrets are encrypted with: the keys of a setting, or else of a file beside an SQLite database.
//!
//! The setting is a variable only. As a flag its value would be seen by everybody on the machine.

use crate::failure::Failure;
use slotflow_adapters::store::{KeyFile, KeyFileError, SecretKeys, SecretsLocked, SqlStore};

const SETTING: &str = "SLOTFLOW_SECRET_KEY";

/// What the help of commands that need the keys says of it.
pub(crate) const HELP: &str = "\
Variables without a flag:
  SLOTFLOW_SECRET_KEY  What signing secrets are encrypted with: base64 of 32 random bytes. Several with commas
                       between them, to change the key: the first encrypts, all decrypt. Without it a key is kept
                       in a file beside an SQLite database; on PostgreSQL secrets are stored in the clear";

/// The keys of the setting, if there is one.
pub(crate) fn given() -> Result<Option<SecretKeys>, Failure> {
    let Some(text) = std::env::var_os(SETTING) else { return Ok(None) };
    // What is not UTF-8 is no base64 either.
    let keys = SecretKeys::parse(&text.to_string_lossy());
    keys.map(Some).map_err(|error| Failure::Usage(format!("{SETTING}: {error}")))
}

/// Gives the store, whose tables are up to date, its keys: those given, or of the key file, which is made where no
/// secret is encrypted yet. Refuses if a secret needs a key that is not there.
pub(crate) async fn unlock(
    store: SqlStore,
    database_url: &str,
    given: Option<SecretKeys>,
) -> Result<SqlStore, Failure> {
    let file = KeyFile::beside(database_url).filter(|_| given.is_none());
    let kept = file.as_ref().map(KeyFile::read).transpose()?.flatten();
    let keys = given.or(kept).unwrap_or_default();
    check(&store, database_url, &keys).await?;
    let keys = match file {
        Some(file) if keys.is_empty() => file.make()?,
        _ => keys,
    };
    if keys.is_empty() {
        tracing::warn!("signing secrets are stored in the clear: {SETTING} is not set");
    }
    Ok(store.with_secret_keys(keys))
}

/// The keys given, or of the key file that is there. Refuses to do without, and makes none: what is encrypted with a
/// key that only just came to be is out of reach for a server that runs under another one.
pub(crate) fn existing(database_url: &str) -> Result<SecretKeys, Failure> {
    if let Some(keys) = given()? {
        return Ok(keys);
    }
    let file = KeyFile::beside(database_url);
    let kept = file.as_ref().map(KeyFile::read).transpose()?.flatten();
    kept.ok_or_else(|| {
        let no_file =
            file.map_or_else(String::new, |file| format!(", nor is there {}", file.path().display()));
        Failure::Usage(format!("{SETTING}: it is not set{no_file}: there is no key to encrypt with"))
    })
}

/// Refuses if a secret needs a key that is not among these.
pub(crate) async fn check(store: &SqlStore, database_url: &str, keys: &SecretKeys) -> Result<(), Failure> {
    let file = KeyFile::beside(database_url).filter(|_| std::env::var_os(SETTING).is_none());
    store.check_secret_keys(keys).await.map_err(|error| locked(error, file.as_ref()))
}

fn locked(error: SecretsLocked, file: Option<&KeyFile>) -> Failure {
    match (error, file) {
        (SecretsLocked::Store(error), _) => error.into(),
        (error, Some(file)) => Failure::Usage(format!("{SETTING}, or {}: {error}", file.path().display())),
        (error, None) => Failure::Usage(format!("{SETTING}: {error}")),
    }
}

/// A file that cannot be used is the system's fault; one that holds something else is a wrong setting.
impl From<KeyFileError> for Failure {
    fn from(error: KeyFileError) -> Self {
        match error {
            KeyFileError::NotKeys { .. } => Self::Usage(error.to_string()),
            KeyFileError::Unusable { .. } => Self::Failed(anyhow::anyhow!("{error}")),
        }
    }
}
