//! `slotflow rekey`.

use crate::cli::{LogFormat, RekeyFlags};
use crate::failure::Failure;
use crate::output::say;
use crate::{composition, logging, secret_keys};
use slotflow_adapters::store::SqlStore;
use std::process::ExitCode;

/// Encrypts every webhook's signing secrets with the first key, beside a server that has the same keys.
pub(crate) async fn run(database_url: &str, flags: RekeyFlags) -> Result<ExitCode, Failure> {
    logging::start(LogFormat::Text, "warn");
    let keys = secret_keys::existing(database_url)?;
    let store = composition::open(database_url).await?;
    let store = if flags.renew_unreadable {
        let store = store.with_secret_keys(keys);
        renew_unreadable(&store).await?;
        store
    } else {
        secret_keys::check(&store, database_url, &keys).await?;
        store.with_secret_keys(keys)
    };
    let rekeyed = store.rekey().await?;
    let key_id = store.secret_keys().first_id().unwrap_or_default().to_owned();
    store.close().await?;
    say!("Encrypted the signing secrets of {} webhooks with key {key_id}.", rekeyed.rewritten);
    if rekeyed.log_is_left {
        say!(
            "Somebody was reading: the database's -wal file may hold what was there before, until a later checkpoint \
             or until the server stops."
        );
    }
    match rekeyed.unreadable {
        0 => Ok(ExitCode::SUCCESS),
        left => Err(Failure::Failed(anyhow::anyhow!(
            "the signing secrets of {left} webhooks cannot be read, and stay as they are; --renew-unreadable gives \
             them new ones"
        ))),
    }
}

/// Gives each webhook whose secrets cannot be read a new one, and says so of each once it is done: whoever stops this on
/// the way knows which owners to tell.
async fn renew_unreadable(store: &SqlStore) -> Result<(), Failure> {
    let webhooks = composition::webhooks(store)?;
    for (organization_id, id) in store.unreadable_webhooks().await? {
        if webhooks.renew_unreadable(organization_id, id).await? {
            say!("Webhook {id} of organization {organization_id} has a new signing secret.");
        }
    }
    Ok(())
}
