//! Whether one more webhook may be registered.

use crate::organization::{PlanName, WebhookLimit, WebhookLimits};

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
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
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
    /// Nobody has said what the plan allows. What is registered stays.
    #[error("the plan {plan} is not known here, so it allows no more webhooks")]
    NoSuchPlan {
        /// The organization's plan.
        plan: PlanName,
    },
}

/// Admits one more webhook to an organization on `plan`, or says why not: a duplicate first, then the plan's limit.
pub fn admit(facts: RegistrationFacts, plan: &PlanName, limits: &WebhookLimits) -> Result<(), Refusal> {
    if facts.url_taken {
        return Err(Refusal::Duplicate);
    }
    match limits.limit_of(plan) {
        None => Err(Refusal::NoSuchPlan { plan: plan.clone() }),
        Some(limit @ WebhookLimit::AtMost(most)) if !limit.admits_one_more(facts.registered) => {
            Err(Refusal::LimitReached { limit: most.get() })
        }
        Some(_) => Ok(()),
    }
}
