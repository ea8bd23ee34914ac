//! Which secret a form was shown beside.

use sha2::{Digest, Sha256};
use slotflow_domain::webhook::Webhook;

/// How much of a digest tells two secrets apart. Of a secret it tells nothing: that is 256 random bits.
const BYTES: usize = 8;

/// Names the webhook's current secret without telling it; empty if it cannot be read.
pub(super) fn secret_mark(webhook: &Webhook) -> String {
    let Some(secret) = webhook.secrets.current() else { return String::new() };
    let digest = Sha256::digest(secret.expose().as_bytes());
    digest.iter().take(BYTES).map(|byte| format!("{byte:02x}")).collect()
}
