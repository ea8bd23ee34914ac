//! Every storage port on SQLite or PostgreSQL, through sea-orm.
//!
//! A delivery's row is the queue: its state, its attempt count, and when somebody should look at it again.
//! There is no second store that could disagree with it. All of it is written by
//! [`Progress`](slotflow_domain::delivery::Progress); this module only keeps what that says.
//!
//! | item | is |
//! |---|---|
//! | [`SqlStore`] | the store: [`connect`](SqlStore::connect) opens it, [`migrate`](SqlStore::migrate) makes the tables, [`enlist`](SqlStore::enlist) takes part in a transaction of yours |
//! | [`StoreOptions`], [`ConnectError`] | how it is opened, and why it was not |
//! | [`TableNames`], [`BadTableNames`] | the tables under other names, beside somebody else's |
//! | [`SecretKeys`], [`NotSecretKeys`] | what signing secrets are encrypted with: keys that are not in the database |
//! | [`SecretCipher`], [`OpenError`] | a cipher of your own for that |
//! | `KeyFile`, `KeyFileError` (with the feature `sqlite`) | such a key in a file beside the database |
//! | [`Rekeyed`], [`SecretsLocked`] | what encrypting all secrets anew came to ([`rekey`](SqlStore::rekey)), and why they cannot be read |
//! | [`Enrolment`], [`EnrolError`] | this process among those on the store ([`enrol`](SqlStore::enrol)), which take over from each other when one dies |
//! | `BackupError` (with the feature `sqlite`) | why an SQLite database in use was not copied (`SqlStore::backup_to`) |
//! | [`Explained`] | how the database goes about a claim, a listing or a removal, for those who measure |
//!
//! The ports that it implements are the traits of [`slotflow_application::ports`]; the table into which others write in
//! plain SQL is `outbox`.
//!
//! Locks are always taken in the order organization, human, webhook, delivery, idempotency key. On PostgreSQL they are row
//! locks (and an advisory one per human), in ascending order of ids; a claim goes the other way round but
//! never waits (`SKIP LOCKED`), unless it has lost deliveries to tell of. What webhooks' attempts come to
//! (`webhook_hours`) is written last, right before the commit. On SQLite every writing transaction is `BEGIN IMMEDIATE` on
//! the one writing connection, so that waiting for it is queueing and nothing else needs a lock.

// | module | holds |
// |---|---|
// | `connect`, `sqlite`, `postgres` | opening a store by URL, pools and their settings |
// | `backup` | a copy of an SQLite database in use |
// | `secret_keys`, `secret_cipher`, `key_file`, `rekey`, `secret_watch` | signing secrets are encrypted, under keys that are not in the database |
// | `dialect` | all that differs between the two engines |
// | `migrations` | the tables |
// | `table_names` | the tables under other names, beside somebody else's |
// | `rows` | row ⇄ domain type, one file per table |
// | `statement`, `bulk`, `conditions`, `stored_row` | running written-out SQL, many rows in one statement, filters, reading columns |
// | `unit_of_work`, the four registries and `idempotency_ledger` | changes that take effect together |
// | `outbox_table` | events that others write in plain SQL |
// | `enlist` | taking part in the caller's own transaction |
// | `directory`, `delivery_log`, `backlog_reader` | reading |
// | `organization_hours`, `webhook_histories` | how an organization's webhooks fare, several at once |
// | `lookup` | what is read once per request or attempt, those that come together at once |
// | `retention` | removing what has been kept long enough |
// | `delivery_queue`, `candidates`, `claim`, `lost`, `settle`, `release`, `end_leases` | the hot path, all of it in batches |
// | `webhook_hours`, `disabling`, `failing` | what webhooks' attempts come to, and which are disabled for it |
// | `news` | telling organizations of that |
// | `wake_up` | telling the dispatcher of new work without asking the database |
// | `instances` | the running processes, and which of them are dead |
// | `explain` | how the database goes about a claim or a removal, for those who measure |
// | `errors` | what a database's error means to the caller |

mod backlog_reader;
#[cfg(feature = "sqlite")]
mod backup;
#[cfg(feature = "sqlite")]
mod backup_error;
mod booking_calendar;
mod bulk;
mod candidates;
mod claim;
mod conditions;
mod connect;
mod connect_error;
mod delivery_listing;
mod delivery_log;
mod delivery_queue;
mod dialect;
mod directory;
mod disabling;
mod end_leases;
mod enlist;
mod errors;
mod event_log;
mod explain;
mod failing;
mod idempotency_ledger;
mod instances;
#[cfg(feature = "sqlite")]
mod key_file;
mod keyset;
mod lookup;
mod lost;
mod migrations;
mod news;
mod organization_hours;
mod organization_registry;
mod outbox;
mod outbox_table;
#[cfg(feature = "postgres")]
mod postgres;
mod progress_writer;
mod rekey;
mod release;
mod replays;
mod retention;
mod rows;
mod secret_cipher;
mod secret_keys;
mod secret_watch;
mod settle;
#[cfg(feature = "sqlite")]
mod sqlite;
mod standings;
mod statement;
mod stored_row;
mod table_names;
mod transaction;
mod unit_of_work;
mod waiting;
mod wake_up;
mod webhook_histories;
mod webhook_hours;
mod webhook_registry;

// They compare the engines, so they want both.
#[cfg(test)]
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod tests;

#[cfg(feature = "sqlite")]
pub use backup_error::BackupError;
pub use connect::{SqlStore, StoreOptions};
pub use connect_error::ConnectError;
pub use explain::Explained;
pub use instances::{EnrolError, Enrolment};
#[cfg(feature = "sqlite")]
pub use key_file::{KeyFile, KeyFileError};
pub use rekey::{Rekeyed, SecretsLocked};
pub use secret_cipher::{OpenError, SecretCipher};
pub use secret_keys::{NotSecretKeys, SecretKeys};
pub use table_names::{BadTableNames, TableNames};
