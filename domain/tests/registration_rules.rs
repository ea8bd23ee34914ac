//! The limit and uniqueness rules, for any sequence of registrations, deletions and plan changes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail loudly")]

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use slotflow_domain::organization::{Plan, PlanName, WebhookLimit, WebhookLimits};
use slotflow_domain::webhook::{CanonicalUrl, Refusal, RegistrationFacts, UrlRules, WebhookUrl, admit};

#[derive(Clone, Debug)]
enum Step {
    Register(&'static str),
    Delete(usize),
    ChangePlan(PlanName),
}

/// Spellings of few URLs, so that duplicates are common.
const SPELLINGS: [&str; 16] = [
    "https://example.com/b",
    "HTTPS://Example.com:443/a/../b",
    "https://example.com./b",
    "https://example.com/b/",
    "https://example.com/B",
    "https://example.com/b?",
    "https://example.com/b?x=1",
    "https://example.com",
    "https://example.com/",
    "https://EXAMPLE.com:8443/",
    "https://bücher.example.org/",
    "https://xn--bcher-kva.example.org",
    "https://example.net/%7Ea",
    "https://example.net/~a",
    "https://example.net/%7ea",
    "https://1.1.1.1/",
];

/// Names of the product's plans and of somebody's own. Whether there is such a plan is for [`limits`] to say.
const PLANS: [&str; 6] = ["free", "starter", "growth", "team", "enterprise", "gone"];

/// The product's limits, or those of somebody with plans of their own.
fn limits() -> impl Strategy<Value = WebhookLimits> {
    let limit = prop_oneof![Just(WebhookLimit::Unlimited), (1_u32..6).prop_map(WebhookLimit::at_most)];
    let own = proptest::collection::vec((proptest::sample::select(PLANS.to_vec()), limit), 0..6);
    prop_oneof![Just(WebhookLimits::default()), own.prop_map(|plans| WebhookLimits::of(plans).unwrap()),]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => proptest::sample::select(SPELLINGS.to_vec()).prop_map(Step::Register),
        2 => (0_usize..12).prop_map(Step::Delete),
        1 => proptest::sample::select(PLANS.to_vec())
            .prop_map(|name| Step::ChangePlan(PlanName::parse(name).unwrap())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_limit_is_passed_and_no_url_registered_twice(
        limits in limits(),
        steps in proptest::collection::vec(step(), 0..60),
    ) {
        let mut plan = PlanName::from(Plan::Free);
        let mut registered: Vec<CanonicalUrl> = vec![];
        for step in steps {
            match step {
                Step::ChangePlan(to) => plan = to,
                Step::Delete(index) => {
                    if index < registered.len() {
                        registered.remove(index);
                    }
                }
                Step::Register(text) => {
                    let url = WebhookUrl::parse(text, &UrlRules::strict()).unwrap();
                    let facts = RegistrationFacts {
                        registered: registered.len() as u32,
                        url_taken: registered.contains(url.canonical()),
                    };
                    let before = registered.len();
                    match admit(facts, &plan, &limits) {
                        Ok(()) => registered.push(url.canonical().clone()),
                        Err(Refusal::Duplicate) => prop_assert!(facts.url_taken),
                        Err(Refusal::LimitReached { limit }) => {
                            prop_assert!(!facts.url_taken, "a duplicate is named before the limit");
                            prop_assert_eq!(limits.limit_of(&plan), Some(WebhookLimit::at_most(limit)));
                            prop_assert!(before as u32 >= limit, "the limit is not refused early");
                        }
                        Err(Refusal::NoSuchPlan { plan: named }) => {
                            prop_assert!(!facts.url_taken, "a duplicate is named before the plan");
                            prop_assert_eq!(named, plan.clone());
                            prop_assert_eq!(limits.limit_of(&plan), None);
                        }
                    }
                    let grew = registered.len() > before;
                    match limits.limit_of(&plan) {
                        Some(WebhookLimit::AtMost(most)) => {
                            prop_assert!(!grew || registered.len() as u32 <= most.get(), "no registration passes the limit");
                        }
                        Some(WebhookLimit::Unlimited) => prop_assert!(grew || facts.url_taken),
                        None => prop_assert!(!grew, "a plan that is not there admits none"),
                    }
                    let distinct: std::collections::BTreeSet<_> = registered.iter().collect();
                    prop_assert_eq!(distinct.len(), registered.len(), "each URL is registered once");
                }
            }
        }
    }
}
