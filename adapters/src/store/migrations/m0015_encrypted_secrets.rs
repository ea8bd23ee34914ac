//! From here on `secret` and `retiring_secret` of `webhooks` may be encrypted.
//!
//! The tables stay as they are. But a version from before this would take what is encrypted for corrupt, and give the
//! webhook's deliveries up. Having this name among the applied migrations is what makes it refuse the database.

use crate::store::dialect::Dialect;

pub(super) fn statements(_: Dialect) -> Vec<String> {
    vec![]
}
