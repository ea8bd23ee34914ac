//! `/webhooks/{id}`: how one fares, and what was sent to it lately.

use crate::support::Site;
use slotflow_adapters::memory::Reply;
use slotflow_domain::organization::Plan;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_webhook_is_shown_with_its_facts_and_no_deliveries_yet() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let id = member.webhook("https://hooks.acme.dev/a?b=c").await.id;
    let page = member.get(&format!("/webhooks/{id}")).await;
    page.shows(&[
        "https://hooks.acme.dev/a?b=c",
        "Active</span>",
        "booking.confirmed",
        &id.to_string(),
        "Nothing was sent to it yet",
        &format!("/dashboard/deliveries?webhook_id={id}\""),
        &format!("/dashboard/webhooks/{id}/replay"),
        &format!("/dashboard/webhooks/{id}/delete"),
        &format!(r#"data-live hx-get="/dashboard/webhooks/{id}""#),
        "Nothing waits right now.",
    ]);
    page.hides(&["class=\"reason\"", "Resume"]);
}

#[tokio::test]
async fn a_test_of_a_paused_webhook_is_said_to_wait() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let path = format!("/webhooks/{}", member.webhook("https://a.dev/").await.id);
    member.post(&format!("{path}/pause"), &[]).await;
    let page = member.post_and_follow(&format!("{path}/test"), &[]).await;
    page.shows(&["its test event is held, and goes out when you resume it"]);
    page.hides(&["is on its way"]);
}

#[tokio::test]
async fn what_comes_of_a_test_is_seen_on_the_page_of_its_webhook() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let id = member.webhook("https://a.dev/").await.id;
    site.kit.settle_down().await;
    let path = format!("/webhooks/{id}");
    let page = member.post_and_follow(&format!("{path}/test"), &[]).await;
    page.shows(&["A test event is on its way.", "webhook.test"]);
    site.kit.settle_down().await;
    let delivery = member.deliveries().await[0].id;
    member.get(&path).await.shows(&[
        "Delivered</span>",
        &format!("/dashboard/deliveries/{delivery}"),
        "The receiver accepted it with 200.",
    ]);

    site.kit.sender.reply([Reply::Status(503)]);
    member.post(&format!("{path}/test"), &[]).await;
    site.kit.settle_down().await;
    let page = member.get(&path).await;
    page.shows(&[
        "Failed</span>",
        "The receiver answered 503.",
        "Gave up</span>",
        "1 delivery failed for good",
    ]);
}

#[tokio::test]
async fn what_waits_for_its_next_attempt_says_when_that_is() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let id = member.webhook("https://a.dev/").await.id;
    site.kit.sender.reply([Reply::Timeout]);
    member.book(1).await;
    site.kit.settle_down().await;
    site.kit.clock.advance(MINUTE);
    member.get(&format!("/webhooks/{id}")).await.shows(&[
        "Waiting</span>",
        "The receiver did not answer in time",
        r#"<time datetime="2026-03-10T14:05:00.000Z" title="2026-03-10 14:05:00.000 UTC" data-relative>in 4 min</time>"#,
        "1 delivery that waits is held",
    ]);
}

#[tokio::test]
async fn only_the_latest_deliveries_are_shown_and_none_of_another_webhook() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let id = member.webhook("https://a.dev/").await.id;
    let other = member.webhook("https://b.dev/").await.id;
    for human in 1..=12 {
        member.book(human).await;
        site.kit.clock.advance(MINUTE);
    }
    site.kit.settle_down().await;
    let page = member.get(&format!("/webhooks/{id}")).await;
    let shown: Vec<_> = member
        .deliveries()
        .await
        .into_iter()
        .filter(|delivery| page.body.contains(&format!("/dashboard/deliveries/{}\"", delivery.id)))
        .collect();
    assert_eq!(shown.len(), 10);
    assert!(shown.iter().all(|delivery| delivery.webhook_id == id && delivery.webhook_id != other));
}

#[tokio::test]
async fn a_webhook_that_needs_its_owner_says_why() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let id = member.webhook("https://a.dev/").await.id;
    site.kit.sender.reply([Reply::Status(410)]);
    member.book(1).await;
    site.kit.settle_down().await;
    let page = member.get(&format!("/webhooks/{id}")).await;
    page.shows(&["Disabled: gone", "class=\"reason\"", "The receiver answered 410 Gone", "Resume"]);
}
