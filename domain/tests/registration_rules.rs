//! The limit and uniqueness rules, for any sequence of registrations, deletions and plan changes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail loudly")]

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use slotflow_domain::organization::{Plan, WebhookLimit};
use slotflow_domain::webhook::{CanonicalUrl, Refusal, RegistrationFacts, UrlRules, WebhookUrl, admit};

#[derive(Clone, Debug)]
enum Step {
    Register(&'static str),
    Delete(usize),
    ChangePlan(Plan),
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

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => proptest::sample::select(SPELLINGS.to_vec()).prop_map(Step::Register),
        2 => (0_usize..12).prop_map(Step::Delete),
        1 => proptest::sample::select(Plan::ALL.to_vec()).prop_map(Step::ChangePlan),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_limit_is_passed_and_no_url_registered_twice(steps in proptest::collection::vec(step(), 0..60)) {
        let mut plan = Plan::Free;
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
                    match admit(facts, plan.webhook_limit()) {
                        Ok(()) => registered.push(url.canonical().clone()),
                        Err(Refusal::Duplicate) => prop_assert!(facts.url_taken),
                        Err(Refusal::LimitReached { limit }) => {
                            prop_assert!(!facts.url_taken, "a duplicate is named before the limit");
                            prop_assert!(before as u32 >= limit, "the limit is not refused early");
                        }
                    }
                    if let WebhookLimit::AtMost(most) = plan.webhook_limit() {
                        let grew = registered.len() > before;
                        prop_assert!(!grew || registered.len() as u32 <= most.get(), "no registration passes the limit");
                    }
                    let distinct: std::collections::BTreeSet<_> = registered.iter().collect();
                    prop_assert_eq!(distinct.len(), registered.len(), "each URL is registered once");
                }
            }
        }
    }
}
