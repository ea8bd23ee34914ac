//! Whether a URL's host can be reached from the internet, as far as its name tells now.

use super::Webhooks;
use slotflow_domain::Rejection;
use slotflow_domain::webhook::{Host, WebhookUrl, public_address};

impl Webhooks {
    /// Looks up the host of `url` and judges every address it has: one bad answer is enough to refuse it.
    /// The refusal names no address, so that nobody learns from it how our network resolves.
    ///
    /// What is true now may not be true later, so the sender judges again the address it connects to.
    pub(super) async fn check_reachable(&self, url: &WebhookUrl) -> Result<(), Rejection> {
        let (Some(resolver), Host::Name(name)) = (&self.resolver, url.host()) else {
            // An address in the URL was judged when it was parsed.
            return Ok(());
        };
        let addresses = resolver
            .resolve(name)
            .await
            .map_err(|error| Rejection::new("url", format!("host {name} cannot be reached: {error}")))?;
        if addresses.into_iter().any(|address| public_address::judge(address, &self.url_rules).is_err()) {
            let rule = format!("host {name} must resolve to public addresses only");
            return Err(Rejection::new("url", rule));
        }
        Ok(())
    }
}
