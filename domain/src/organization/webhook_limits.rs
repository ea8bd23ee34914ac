//! What each plan allows.

use super::{NotAPlanName, Plan, PlanName, WebhookLimit};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The plans there are, and how many webhooks each allows. The default is the mission's table: free 2, starter 10, growth
/// without limit. Cheap to clone.
///
/// A plan that is not among them allows no more webhooks, and takes away none: those of an organization that is still on it
/// stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookLimits(Arc<BTreeMap<PlanName, WebhookLimit>>);

impl WebhookLimits {
    /// These plans and no others. Of two with one name the later counts.
    ///
    /// # Errors
    /// A name that no plan can have.
    pub fn of<'a>(plans: impl IntoIterator<Item = (&'a str, WebhookLimit)>) -> Result<Self, NotAPlanName> {
        let named = |(name, limit)| Ok((PlanName::parse(name)?, limit));
        Ok(Self(Arc::new(plans.into_iter().map(named).collect::<Result<_, _>>()?)))
    }

    /// What this plan allows; nothing if there is no such plan.
    pub fn limit_of(&self, plan: &PlanName) -> Option<WebhookLimit> {
        self.0.get(plan).copied()
    }
}

impl Default for WebhookLimits {
    fn default() -> Self {
        let plans = Plan::ALL.into_iter().map(|plan| (plan.into(), plan.webhook_limit()));
        Self(Arc::new(plans.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_the_missions_table() {
        let limits = WebhookLimits::default();
        let limit = |plan: Plan| limits.limit_of(&plan.into());
        assert_eq!(limit(Plan::Free), Some(WebhookLimit::at_most(2)));
        assert_eq!(limit(Plan::Starter), Some(WebhookLimit::at_most(10)));
        assert_eq!(limit(Plan::Growth), Some(WebhookLimit::Unlimited));
    }

    #[test]
    fn plans_of_ones_own_replace_those_of_the_product() {
        let limits = WebhookLimits::of([("team", WebhookLimit::at_most(25))]).unwrap();
        assert_eq!(limits.limit_of(&PlanName::parse("team").unwrap()), Some(WebhookLimit::at_most(25)));
        assert_eq!(limits.limit_of(&PlanName::parse("Team").unwrap()), None);
        assert_eq!(limits.limit_of(&Plan::Growth.into()), None);
        assert_eq!(WebhookLimits::of([("", WebhookLimit::Unlimited)]), Err(NotAPlanName));
    }
}
