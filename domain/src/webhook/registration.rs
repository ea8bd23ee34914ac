//! Whether one more webhook may be registered.

use crate::organization::WebhookLimit;

/// What the rule needs to know of an organization's webhooks, deleted ones left out.
///
/// A store answers this under a lock that holds until the webhook is stored, so that parallel
/// registrations cannot each believe to be the last that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegistrationFacts {
    /// How many are registered; disabled ones count.
    pub registered: u32,
    /// Whether one of them has the wanted URL, compared in canonical form.
    pub url_taken: bool,
}

/// Why a webhook may not be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Each URL is registered once per organization.
    #[error("this URL is already registered")]
    Duplicate,
    /// The plan allows no more.
    #[error("the plan's limit of {limit} webhooks is reached")]
    LimitReached {
        /// How many the plan allows.
        limit: u32,
    },
}

/// Admits one more webhook, or says why not: a duplicate first, then the plan's limit.
pub fn admit(facts: RegistrationFacts, limit: WebhookLimit) -> Result<(), Refusal> {
    if facts.url_taken {
        return Err(Refusal::Duplicate);
    }
    match limit {
        WebhookLimit::AtMost(most) if !limit.admits_one_more(facts.registered) => {
            Err(Refusal::LimitReached { limit: most.get() })
        }
        _ => Ok(()),
    }
}
