//! Which keys the stored secrets need, and encrypting all of them with the first one.

use super::rows::webhook_row;
use super::secret_keys::{PREFIX_LENGTH, SEALED};
use super::statement::{all, execute, one, values};
use super::stored_row::{StoredRow, corrupt};
use super::{SecretKeys, SqlStore, dialect::Dialect, errors::translate, transaction};
use sea_orm::ConnectionTrait;
use slotflow_application::ports::StoreError;
use slotflow_domain::{OrganizationId, WebhookId};
use uuid::Uuid;

/// Webhooks that are encrypted in one transaction. They are locked meanwhile, and their deliveries wait.
const MOST_AT_ONCE: i64 = 64;

/// Webhooks that are read in one statement, without locks.
const MOST_IN_A_PAGE: i64 = 512;

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

/// What encrypting all secrets anew came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rekeyed {
    /// How many webhooks' secrets were in the clear, or under another key.
    pub rewritten: u64,
    /// How many webhooks' secrets cannot be read, and were left as they are.
    pub unreadable: u64,
    /// Whether SQLite's log could not be emptied, as somebody was reading: it may hold what was there before until it
    /// is, at a later checkpoint or when the last process closes the database.
    pub log_is_left: bool,
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

    /// Every webhook whose secrets cannot be read with the store's keys, whatever the reason, with its organization. One
    /// look over the webhooks, in pages; the reasons are in the log.
    ///
    /// # Errors
    /// The store's; [`Unavailable`](StoreError::Unavailable) while a cipher cannot use its key, as what it has sealed is not
    /// lost.
    pub async fn unreadable_webhooks(&self) -> Result<Vec<(OrganizationId, WebhookId)>, StoreError> {
        let sql = "SELECT id, organization_id, secret, retiring_secret, retiring_until FROM webhooks \
                   WHERE id > $1 AND deleted_at IS NULL ORDER BY id LIMIT $2";
        let mut unreadable = Vec::new();
        // No webhook has the nil id.
        let mut after = Some(Uuid::nil());
        while let Some(last) = after.take() {
            for row in all(self.reader(), sql, values![last, MOST_IN_A_PAGE]).await? {
                let row = StoredRow(&row);
                let id = WebhookId::new(row.uuid("id")?);
                after = Some(id.as_uuid());
                if webhook_row::secrets_to_change(&row, id, self.secret_keys())?.current().is_none() {
                    unreadable.push((OrganizationId::new(row.uuid("organization_id")?), id));
                }
            }
        }
        Ok(unreadable)
    }

    /// Encrypts every secret that is in the clear or under another key with the first of the store's keys; nothing
    /// without keys. In small batches, so that a server beside it hardly waits; it must have the keys too.
    ///
    /// On SQLite what was there before is overwritten in the file. What PostgreSQL, backups and logs of changes still
    /// hold of it is not in reach.
    ///
    /// # Errors
    /// The store's; [`Unavailable`](StoreError::Unavailable) while a cipher cannot use its key. What was done until then
    /// stays.
    pub async fn rekey(&self) -> Result<Rekeyed, StoreError> {
        let mut rekeyed = Rekeyed::default();
        let Some(wanted) = self.secret_keys().first_prefix() else { return Ok(rekeyed) };
        if let Some(overwriting) = Dialect::of(self.writer()).overwrite_what_is_freed() {
            self.writer().execute_unprepared(overwriting).await.map_err(translate)?;
        }
        // No webhook has the nil id.
        let mut after = Some(Uuid::nil());
        while let Some(last) = after {
            let transaction = self.begin_writing().await?;
            let outcome = rekey_some(&transaction, self.secret_keys(), &wanted, last).await;
            let some = transaction::finish(transaction, outcome).await?;
            rekeyed.rewritten += some.rewritten;
            rekeyed.unreadable += some.unreadable;
            after = some.last;
        }
        rekeyed.log_is_left = !self.empty_log().await?;
        Ok(rekeyed)
    }

    /// Empties the write-ahead log, where that is ours to do. Answers whether it is empty.
    async fn empty_log(&self) -> Result<bool, StoreError> {
        let Some(checkpoint) = Dialect::of(self.writer()).empty_log() else { return Ok(true) };
        // It waits for readers as long as for any lock, and then says so in its row.
        let row = one(self.writer(), checkpoint, values![]).await?;
        let row = row.ok_or_else(|| corrupt("busy", "the checkpoint does not say"))?;
        Ok(StoredRow(&row).get::<i64>("busy")? == 0)
    }
}

/// What a batch came to.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) rewritten: u64,
    unreadable: u64,
    /// Its last webhook; none once there are no more.
    pub(super) last: Option<Uuid>,
}

/// Takes the next webhooks with a secret that does not begin as wanted. Deleted ones have none.
pub(super) async fn rekey_some<C: ConnectionTrait>(
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
    let mut some = Batch::default();
    for row in all(connection, sql, values![after, wanted, MOST_AT_ONCE]).await? {
        let row = StoredRow(&row);
        let id = WebhookId::new(row.uuid("id")?);
        some.last = Some(id.as_uuid());
        let secrets = webhook_row::secrets_to_change(&row, id, keys)?;
        match webhook_row::write_secrets(&secrets, id, keys)? {
            Some([secret, retiring_secret, _]) => {
                let sql = "UPDATE webhooks SET secret = $2, retiring_secret = $3 WHERE id = $1";
                execute(connection, sql, values![id.as_uuid(), secret, retiring_secret]).await?;
                some.rewritten += 1;
            }
            None => some.unreadable += 1,
        }
    }
    Ok(some)
}
