//! How many webhooks the plan still allows.

use crate::dashboard::words::amount;
use slotflow_domain::organization::{PlanName, WebhookLimit, WebhookLimits};

/// What is used of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PlanUse {
    /// `2 of 10 webhooks used; 8 left`.
    pub(super) words: String,
    /// Why there can be no more, if so.
    pub(super) refusal: Option<String>,
}

impl PlanUse {
    /// On this plan of these, with so many webhooks.
    pub(super) fn of(plan: &PlanName, limits: &WebhookLimits, registered: usize) -> Self {
        let registered = u32::try_from(registered).unwrap_or(u32::MAX);
        let used = amount::number(registered.into());
        let Some(limit) = limits.limit_of(plan) else {
            return Self {
                words: format!("{} used; none left", amount::of(registered.into(), "webhook", "webhooks")),
                refusal: Some(format!(
                    "The plan {plan} is not known here, so it allows no more webhooks. Those that are registered stay."
                )),
            };
        };
        let words = match limit {
            WebhookLimit::Unlimited => {
                format!("{} used; unlimited", amount::of(registered.into(), "webhook", "webhooks"))
            }
            WebhookLimit::AtMost(most) => {
                let left = match most.get().saturating_sub(registered) {
                    0 => "none".to_owned(),
                    left => amount::number(left.into()),
                };
                format!(
                    "{used} of {} used; {left} left",
                    amount::of(most.get().into(), "webhook", "webhooks")
                )
            }
        };
        let refusal = (!limit.admits_one_more(registered)).then(|| {
            format!("The {plan} plan allows no more webhooks: delete one, or change to a larger plan.")
        });
        Self { words, refusal }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_plan_is_told_and_when_nothing_is() {
        let at_most = WebhookLimit::at_most;
        let limits = [("free", at_most(2)), ("team", at_most(25)), ("growth", WebhookLimit::Unlimited)];
        let limits = WebhookLimits::of(limits).unwrap();
        for (plan, registered, words, full) in [
            ("free", 0, "0 of 2 webhooks used; 2 left", false),
            ("free", 2, "2 of 2 webhooks used; none left", true),
            ("free", 7, "7 of 2 webhooks used; none left", true),
            ("growth", 1, "1 webhook used; unlimited", false),
            ("growth", 1_234, "1,234 webhooks used; unlimited", false),
            ("team", 5, "5 of 25 webhooks used; 20 left", false),
            ("removed", 3, "3 webhooks used; none left", true),
        ] {
            let plan_use = PlanUse::of(&PlanName::parse(plan).unwrap(), &limits, registered);
            assert_eq!((plan_use.words.as_str(), plan_use.refusal.is_some()), (words, full), "{plan}");
        }
    }
}
