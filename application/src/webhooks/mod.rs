//! The use cases around webhooks, one file each.

mod delete;
mod ensure;
mod healths;
mod reachability;
mod read;
mod register;
mod renew_unreadable;
mod rotate_secret;
mod update;

#[cfg(test)]
mod tests;

pub(crate) use healths::healths;
pub use register::{RegisterWebhook, RegisterWebhookError};
pub use rotate_secret::{RotateSecret, RotateSecretError};
pub use update::{UpdateWebhook, UpdateWebhookError};

use crate::ports::{Clock, Directory, Entropy, HostResolver, Store};
use slotflow_domain::event::EventCatalog;
use slotflow_domain::organization::WebhookLimits;
use slotflow_domain::webhook::UrlRules;
use std::sync::Arc;

/// Registering, listing, changing and deleting webhooks, and renewing their secrets.
#[derive(Clone)]
pub struct Webhooks {
    /// Where changes go.
    pub store: Arc<dyn Store>,
    /// Where they are read.
    pub directory: Arc<dyn Directory>,
    /// Looks up the names of URLs; with `None` names are taken on trust until they are connected to.
    pub resolver: Option<Arc<dyn HostResolver>>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Which URLs are acceptable.
    pub url_rules: UrlRules,
    /// Which events may be subscribed to.
    pub catalog: EventCatalog,
    /// How many webhooks each plan allows.
    pub limits: WebhookLimits,
}
