//! Signatures: how a receiver knows that a delivery is ours, whole, and fresh.
//!
//! Every attempt carries two header families with the same meaning, so that receivers of either kind can
//! check it:
//!
//! | family | headers | signed text | key |
//! |---|---|---|---|
//! | Slotflow | [`SLOTFLOW_SIGNATURE`] | `{t}.{body}` | the secret's text as shown, `whsec_` included |
//! | Standard Webhooks | [`WEBHOOK_ID`], [`WEBHOOK_TIMESTAMP`], [`WEBHOOK_SIGNATURE`] | `{id}.{timestamp}.{body}` | the bytes that the text behind `whsec_` decodes to |
//!
//! Both use HMAC-SHA256 (RFC 2104).
//!
//! | module | holds |
//! |---|---|
//! | [`secret`] | the secret that an organization shares with a receiver |
//! | [`rotation`] | the secrets of a webhook while one takes over from the other |
//! | [`sign`](mod@sign) | the header values of one attempt |
//! | [`verify`](mod@verify) | the receiver's side: is this delivery ours? |

mod mac;
pub mod rotation;
pub mod secret;
pub mod sign;
pub mod verify;

pub use rotation::{RetiringSecret, SecretOverlap, WebhookSecrets};
pub use secret::{NotASecret, SigningSecret};
pub use sign::{Signatures, sign};
pub use verify::{DEFAULT_TOLERANCE, VerificationError, Verified, verify};

/// Header: `t=<unix seconds>,v1=<hex>`, once more `,v1=<hex>` while a secret is being rotated.
///
/// Header names compare without regard to case (RFC 9110, section 5.1); here they are in the lower case
/// that HTTP libraries want.
pub const SLOTFLOW_SIGNATURE: &str = "x-slotflow-signature";

/// Header: the event's id, the same on every attempt; what receivers deduplicate by.
pub const WEBHOOK_ID: &str = "webhook-id";

/// Header: unix seconds of this attempt, the same as `t` in [`SLOTFLOW_SIGNATURE`].
pub const WEBHOOK_TIMESTAMP: &str = "webhook-timestamp";

/// Header: `v1,<base64>`, twice with a space between while a secret is being rotated.
pub const WEBHOOK_SIGNATURE: &str = "webhook-signature";

#[cfg(test)]
mod tests;
