//! Which keys the stored secrets need, and encrypting all of them with the first one.

use super::rows::webhook_row;
use super::secret_keys::{PREFIX_LENGTH, SEALED};
use super::statement::{all, execute, values};
use super::stored_row::StoredRow;
use super::{SecretKeys, SqlStore, dialect::Dialect, errors::translate, transaction};
use sea_orm::ConnectionTrait;
use slotflow_application::ports::StoreError;
use slotflow_domain::WebhookId;
use uuid::Uuid;

/// Webhooks that are encrypted in one transaction. They are locked meanwhile, and their deliveries wait.
const MOST_AT_ONCE: i64 = 64;

/// Why a store's secrets cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SecretsLocked {
    /// Some are encrypted with a key that is not among those given.
    #[error("signing secrets in this database are encrypted with key {0}, which is not here")]
    MissingKey(String),
    /// The store's own errors.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What encrypting all secrets anew came to, in webhooks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rekeyed {
    /// Those whose secrets were in the clear, or under another key.
    pub rewritten: u64,
    /// Those whose secrets cannot be read, and which were left as they are.
    pub unreadable: u64,
}

impl SqlStore {
    /// Whether every secret in the store can be decrypted with these keys, as far as the keys' ids tell. To be asked
    /// before anything is read or signed: one look over the webhooks.
    ///
    /// # Errors
    /// A key that is needed and not there; the store's.
    pub async fn check_secret_keys(&self, keys: &SecretKeys) -> Result<(), SecretsLocked> {
        let sealed = |column: &str| {
            format!(
                "SELECT substr({column}, 1, {PREFIX_LENGTH}) AS sealed FROM webhooks \
                 WHERE substr({column}, 1, {}) = '{SEALED}'",
                SEALED.len()
            )
        };
        let sql = format!("{} UNION {}", sealed("secret"), sealed("retiring_secret"));
        for row in all(self.reader(), sql, values![]).await? {
            let sealed = StoredRow(&row).text("sealed")?;
            let id = sealed.trim_start_matches(SEALED).trim_end_matches(':');
            if !keys.has(id) {
                return Err(SecretsLocked::MissingKey(id.to_owned()));
            }
        }
        Ok(())
    }

    /// Encrypts every secret that is in the clear or under another key with the first of the store's keys; nothing
    /// without keys. In small batches, so that a server beside it hardly waits; it must have the keys too.
    ///
    /// On SQLite what was there before is overwritten in the file. What PostgreSQL, backups and logs of changes still
    /// hold of it is not in reach.
    ///
    /// # Errors
    /// The store's. What was done until then stays.
    pub async fn rekey(&self) -> Result<Rekeyed, StoreError> {
        let dialect = Dialect::of(self.writer());
        let mut rekeyed = Rekeyed::default();
        let Some(key_id) = self.secret_keys().first_id() else { return Ok(rekeyed) };
        let wanted = format!("{SEALED}{key_id}:");
        self.tell(dialect.overwrite_what_is_freed()).await?;
        // No webhook has the nil id.
        let mut after = Some(Uuid::nil());
        while let Some(last) = after {
            let transaction = self.begin_writing().await?;
            let outcome = rekey_some(&transaction, self.secret_keys(), &wanted, last).await;
            let some = transaction::finish(transaction, outcome).await?;
            rekeyed.rewritten += some.done.rewritten;
            rekeyed.unreadable += some.done.unreadable;
            after = some.last;
        }
        self.tell(dialect.empty_log()).await?;
        Ok(rekeyed)
    }

    async fn tell(&self, statement: Option<&str>) -> Result<(), StoreError> {
        if let Some(statement) = statement {
            self.writer().execute_unprepared(statement).await.map_err(translate)?;
        }
        Ok(())
    }
}

/// What a batch came to, and its last webhook; none once there are no more.
struct Batch {
    done: Rekeyed,
    last: Option<Uuid>,
}

/// Takes the next webhooks with a secret that is not as wanted. Deleted ones have none.
async fn rekey_some<C: ConnectionTrait>(
    connection: &C,
    keys: &SecretKeys,
    wanted: &str,
    after: Uuid,
) -> Result<Batch, StoreError> {
    let sql = format!(
        "SELECT id, secret, retiring_secret, retiring_until FROM webhooks WHERE id > $1 AND deleted_at IS NULL \
         AND (substr(secret, 1, {PREFIX_LENGTH}) <> $2 OR substr(retiring_secret, 1, {PREFIX_LENGTH}) <> $2) \
         ORDER BY id LIMIT $3{}",
        Dialect::of(connection).for_change()
    );
    let mut some = Batch { done: Rekeyed::default(), last: None };
    for row in all(connection, sql, values![after, wanted, MOST_AT_ONCE]).await? {
        let row = StoredRow(&row);
        let id = WebhookId::new(row.uuid("id")?);
        some.last = Some(id.as_uuid());
        match webhook_row::secrets(&row, id, keys) {
            Ok(secrets) => {
                let [secret, retiring_secret, _] = webhook_row::write_secrets(&secrets, id, keys)?;
                let sql = "UPDATE webhooks SET secret = $2, retiring_secret = $3 WHERE id = $1";
                execute(connection, sql, values![id.as_uuid(), secret, retiring_secret]).await?;
                some.done.rewritten += 1;
            }
            Err(error) => {
                tracing::error!(webhook_id = %id, %error, "a webhook's secrets cannot be read and stay as they are");
                some.done.unreadable += 1;
            }
        }
    }
    Ok(some)
}
