//! `slotflow backup`.

use crate::cli::BackupFlags;
use crate::failure::Failure;
use crate::output::say;
use slotflow_adapters::store::{SqlStore, StoreOptions};
use std::process::ExitCode;

/// Copies the database as it is; its tables are not brought up to date, and a file that is not there is not made.
pub(crate) async fn run(database_url: &str, flags: BackupFlags) -> Result<ExitCode, Failure> {
    let options = StoreOptions { create_missing: false, ..StoreOptions::default() };
    let store = SqlStore::connect(database_url, options).await?;
    let bytes = store.backup_to(&flags.to).await?;
    store.close().await?;
    say!("Backed up to {}: {bytes} bytes.", flags.to.display());
    Ok(ExitCode::SUCCESS)
}
