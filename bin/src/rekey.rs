//! `slotflow rekey`.

use crate::failure::Failure;
use crate::output::say;
use crate::{composition, secret_keys};
use std::process::ExitCode;

/// Encrypts every webhook's signing secrets with the first key, beside a server that has the same keys.
pub(crate) async fn run(database_url: &str) -> Result<ExitCode, Failure> {
    let given = secret_keys::given()?;
    let store = secret_keys::unlock(composition::open(database_url).await?, database_url, given).await?;
    let Some(key_id) = store.secret_keys().first_id().map(str::to_owned) else {
        return Err(Failure::Usage("SLOTFLOW_SECRET_KEY: there is no key to encrypt with".to_owned()));
    };
    let rekeyed = store.rekey().await?;
    store.close().await?;
    say!("Encrypted the signing secrets of {} webhooks with key {key_id}.", rekeyed.rewritten);
    match rekeyed.unreadable {
        0 => Ok(ExitCode::SUCCESS),
        left => Err(Failure::Failed(anyhow::anyhow!(
            "the signing secrets of {left} webhooks cannot be read, and stay as they are"
        ))),
    }
}
