//! How many wrong keys may be tried.

use crate::support::{Answer, Site, Visit};
use slotflow_domain::organization::Plan;
use std::time::Duration;

async fn try_key(site: &Site, key: &str) -> Answer {
    site.ask(Visit::post("/sign-in", &[("api_key", key)])).await
}

#[tokio::test]
async fn who_tries_too_many_keys_must_wait_and_is_told_for_how_long() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(try_key(&site, "sk_live_wrong").await.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 429, 429]);
    let answer = try_key(&site, member.key.expose()).await;
    answer.is(429, &["Too many keys were tried", r#"role="alert""#]);
    assert!(!answer.headers.contains_key("set-cookie"), "{answer:?}");
    let wait = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=2).contains(&wait), "{wait}");
    member.get("/").await.shows(&["Overview"]);

    site.kit.clock.advance(Duration::from_secs(wait));
    assert_eq!(try_key(&site, member.key.expose()).await.leads_to(), "/");
}

#[tokio::test]
async fn right_keys_are_not_counted() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    for _ in 0..10 {
        assert_eq!(try_key(&site, member.key.expose()).await.leads_to(), "/");
    }
}
