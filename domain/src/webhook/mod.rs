//! Webhooks: URLs that an organization registered to hear of its events.

pub mod canonical_url;
mod change;
pub mod cidr;
pub mod host_name;
pub mod public_address;
mod registration;
pub mod special_range;
mod standing;
pub mod url;
pub mod url_rejection;
pub mod url_rules;

pub use canonical_url::CanonicalUrl;
pub use change::{HeldDeliveries, WaitingDeliveries, WebhookChange};
pub use cidr::{Cidr, NotACidr};
pub use host_name::{LocalName, MalformedName};
pub use public_address::{AddressRefusal, NotPublic};
pub use registration::{Refusal, RegistrationFacts, admit};
pub use special_range::SpecialRange;
pub use standing::{DisabledReason, UnknownDisabledReason, WebhookActivity, WebhookStanding};
pub use url::{Host, WebhookUrl};
pub use url_rejection::UrlRejection;
pub use url_rules::UrlRules;

use crate::event::EventSet;
use crate::signing::WebhookSecrets;
use crate::{OrganizationId, Timestamp, WebhookId};

/// A registered webhook. A deleted one is no webhook any more, only a row that its deliveries name.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its identifier.
    pub id: WebhookId,
    /// Who registered it.
    pub organization_id: OrganizationId,
    /// Where events go.
    pub url: WebhookUrl,
    /// Which events.
    pub events: EventSet,
    /// What deliveries are signed with; it may be unreadable.
    pub secrets: WebhookSecrets,
    /// Whether events go there now.
    pub activity: WebhookActivity,
    /// Since when events go there: since it was registered, enabled, or given another URL. What failed before
    /// is not held against it.
    pub active_since: Timestamp,
    /// When it was registered.
    pub created_at: Timestamp,
}

impl Webhook {
    /// Disables the webhook for `reason`, and says what that does to the deliveries waiting for it. One that is
    /// disabled already keeps its reason, and nothing changes.
    pub const fn disable(&mut self, reason: DisabledReason) -> Option<WaitingDeliveries> {
        match self.activity {
            WebhookActivity::Active => {
                self.activity = WebhookActivity::Disabled(reason);
                Some(WaitingDeliveries::Hold)
            }
            WebhookActivity::Disabled(_) => None,
        }
    }
}
