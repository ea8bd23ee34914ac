//! How many webhooks the plan still allows.

use crate::dashboard::words::amount;
use slotflow_domain::organization::{Plan, WebhookLimit};

/// What is used of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PlanUse {
    /// `2 of 10 webhooks used; 8 left`.
    pub(super) words: String,
    /// Why there can be no more, if so.
    pub(super) refusal: Option<String>,
}

impl PlanUse {
    /// On this plan, with so many webhooks.
    pub(super) fn of(plan: Plan, registered: usize) -> Self {
        let limit = plan.webhook_limit();
        let registered = u32::try_from(registered).unwrap_or(u32::MAX);
        let used = amount::number(registered.into());
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
        for (plan, registered, words, full) in [
            (Plan::Free, 0, "0 of 2 webhooks used; 2 left", false),
            (Plan::Free, 2, "2 of 2 webhooks used; none left", true),
            (Plan::Free, 7, "7 of 2 webhooks used; none left", true),
            (Plan::Starter, 2, "2 of 10 webhooks used; 8 left", false),
            (Plan::Growth, 1, "1 webhook used; unlimited", false),
            (Plan::Growth, 1_234, "1,234 webhooks used; unlimited", false),
        ] {
            let plan_use = PlanUse::of(plan, registered);
            assert_eq!((plan_use.words.as_str(), plan_use.refusal.is_some()), (words, full), "{plan}");
        }
    }
}
