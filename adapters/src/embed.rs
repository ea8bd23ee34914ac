//! The application on a database, with the product's own sender, resolver, clock and randomness: the shortest way into
//! somebody's service.
//!
//! ```no_run
#![doc = include_str!("../examples/shortest.rs")]
//! ```

use crate::sender::{HttpSender, SenderSettings, SystemResolver, UnusableSettings};
use crate::store::SqlStore;
use crate::system::{SystemClock, SystemEntropy};
use slotflow_application::Slotflow;
use slotflow_application::ports::HostResolver;
use slotflow_application::slotflow::Builder;
use std::sync::Arc;

/// Why there is no builder.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// The system's resolver has no usable settings, or there is no randomness.
    #[error("the system cannot be used: {0}")]
    System(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The sender refuses its settings.
    #[error(transparent)]
    Sender(#[from] UnusableSettings),
}

/// A builder on this store, with the sender's defaults: 10 s for an attempt, `https` to public addresses only, no
/// certificate authorities but the public ones, no proxy.
///
/// Other than by the [`Builder`] alone, names in URLs are looked up at registration. Whatever else it says of itself holds:
/// among others three attempts (at once, after 5 and after 60 minutes), 256 requests on the wire and 8 to one webhook,
/// 30 days of history, and webhooks that are disabled after 5 days in which every attempt failed, over at least 20
/// deliveries.
///
/// # Errors
/// A system without randomness or without usable settings for its resolver.
pub fn on(store: &SqlStore) -> Result<Builder, EmbedError> {
    with_sender(store, SenderSettings::default())
}

/// The same with these settings of the sender, whose timeout (10 s by default) and URL rules (by default strict) hold
/// everywhere: at registration, at each attempt, and for the length of leases, which is the timeout and 20 s.
///
/// # Errors
/// As of [`on`], and settings that the sender cannot use.
pub fn with_sender(store: &SqlStore, settings: SenderSettings) -> Result<Builder, EmbedError> {
    let resolver = SystemResolver::new().map_err(|error| EmbedError::System(Box::new(error)))?;
    let resolver: Arc<dyn HostResolver> = Arc::new(resolver);
    let entropy = SystemEntropy::new().map_err(|error| EmbedError::System(Box::new(error)))?;
    let (timeout, url_rules) = (settings.request_timeout, settings.url_rules.clone());
    let sender = HttpSender::new(settings, Arc::clone(&resolver))?;
    let builder = Slotflow::builder(
        Arc::new(store.clone()),
        Arc::new(sender),
        Arc::new(SystemClock),
        Arc::new(entropy),
    );
    Ok(builder.request_timeout(timeout).url_rules(url_rules).resolver(resolver))
}
