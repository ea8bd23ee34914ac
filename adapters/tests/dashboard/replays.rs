//! `/webhooks/{id}/replay`: counting first, then sending.

use crate::support::{Answer, Member, Site};
use slotflow_adapters::memory::Reply;
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::organization::Plan;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);
const MINUTE: Duration = Duration::from_secs(60);

/// Two events of an hour ago of which the first failed, and one of a minute ago, which was delivered too.
async fn history(site: &Site) -> (Member<'_>, String) {
    let member = site.member(Plan::Free).await;
    let id = member.webhook("https://a.dev/").await.id;
    site.kit.sender.reply([Reply::Status(410)]);
    member.book(1).await;
    site.kit.settle_down().await;
    site.kit.sender.reply([Reply::OK]);
    assert_eq!(member.post(&format!("/webhooks/{id}/resume"), &[]).await.status, 303);
    member.book(2).await;
    site.kit.settle_down().await;
    site.kit.clock.advance(HOUR);
    member.book(3).await;
    site.kit.settle_down().await;
    site.kit.clock.advance(MINUTE);
    (member, format!("/webhooks/{id}/replay"))
}

fn since(since: &'static str, status: &'static str, step: &'static str) -> [(&'static str, &'static str); 3] {
    [("since", since), ("status", status), ("step", step)]
}

/// The fields that a page has the browser send without showing them.
fn hidden_fields(page: &Answer) -> Vec<(String, String)> {
    let inputs = page.body.split(r#"<input type="hidden" name=""#).skip(1);
    inputs
        .map(|input| {
            let (name, rest) = input.split_once(r#"" value=""#).unwrap();
            (name.to_owned(), rest.split_once('"').unwrap().0.to_owned())
        })
        .collect()
}

#[tokio::test]
async fn the_form_proposes_what_failed_within_a_day() {
    let site = Site::new();
    let (member, path) = history(&site).await;
    member.get(&path).await.shows(&[
        r#"type="datetime-local" step="1" value="2026-03-09T15:01:00""#,
        r#"value="failed" checked"#,
        r#"value="delivered">"#,
        r#"value="cancelled">"#,
        r#"value="">"#,
        "https://a.dev/",
    ]);
}

#[tokio::test]
async fn what_would_be_sent_is_counted_and_nothing_is_sent() {
    let site = Site::new();
    let (member, path) = history(&site).await;
    let before = member.everything().await;
    for (since_at, status, words) in [
        ("2026-03-10T13:00", "failed", "This sends 1 event again"),
        ("2026-03-10T13:00", "delivered", "This sends 2 events again"),
        ("2026-03-10T13:00", "", "This sends 3 events again"),
        ("2026-03-10T14:30", "", "This sends 1 event again"),
        ("2026-03-10T13:00", "cancelled", "There is nothing to send"),
    ] {
        let page = member.post(&path, &since(since_at, status, "count")).await;
        page.shows(&[words, &format!(r#"value="{since_at}" required"#)]);
        page.shows(&[&format!(r#"value="{status}" checked"#)]);
    }
    let unsaid = member.post(&path, &[("since", "2026-03-10T13:00")]).await;
    unsaid.shows(&["This sends 3 events again"]);
    site.kit.settle_down().await;
    assert_eq!(member.everything().await, before);
}

#[tokio::test]
async fn what_was_counted_is_sent() {
    let site = Site::new();
    let (member, path) = history(&site).await;
    let counted = member.post(&path, &since("2026-03-10T13:00", "delivered", "count")).await;
    counted.shows(&["Send 2 events", "2026-03-10 13:00:00.000 UTC", "2026-03-10 15:01:00.000 UTC"]);
    let hidden = hidden_fields(&counted);
    let mut fields: Vec<_> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        fields,
        [
            ("since", "2026-03-10T13:00:00.000Z"),
            ("until", "2026-03-10T15:01:00.000Z"),
            ("status", "delivered"),
        ]
    );
    // What happens meanwhile was not counted, and is not sent again.
    site.kit.clock.advance(HOUR);
    member.book(4).await;
    site.kit.settle_down().await;
    assert_eq!(member.deliveries().await.len(), 4);

    fields.push(("step", "send"));
    let answer = member.post(&path, &fields).await;
    assert!(answer.leads_to().ends_with("?done=replayed&count=2"), "{answer:?}");
    member.get(answer.leads_to()).await.shows(&["2 events are sent again, oldest first."]);
    site.kit.advance(HOUR).await;
    let deliveries = member.deliveries().await;
    assert_eq!(deliveries.len(), 6);
    assert!(deliveries[..2].iter().all(|delivery| delivery.status == DeliveryStatus::Delivered));
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_the_field() {
    let site = Site::new();
    let (member, path) = history(&site).await;
    let before = member.everything().await;
    for step in ["count", "send"] {
        for (since, until, field, problem) in [
            ("", "", "since", "Must be given."),
            ("yesterday", "", "since", "Must be a date and a time in UTC"),
            ("2026-03-10T13:00", "tomorrow", "until", "Must be a date and a time in UTC"),
            ("2026-03-10T16:00", "", "since", "Must be in the past."),
            ("2026-03-10T14:00", "2026-03-10T13:00", "since", "Must be before until."),
        ] {
            let page = member.post(&path, &[("since", since), ("until", until), ("step", step)]).await;
            page.is(422, &[&format!(r#"<p class="wrong" id="{field}-problem">{problem}"#)]);
            page.is(422, &[&format!(r#"value="{since}" required"#), &format!(r#"value="{until}""#)]);
        }
        let answer = member.post(&path, &since("2026-03-10T13:00", "pending", step)).await;
        answer.is(422, &["status: must be one of failed, cancelled, delivered."]);
    }
    assert_eq!(member.everything().await, before);
}

#[tokio::test]
async fn of_a_paused_webhook_it_is_said_that_its_events_are_held() {
    let site = Site::new();
    let (member, path) = history(&site).await;
    assert_eq!(member.post(&path.replace("replay", "pause"), &[]).await.status, 303);
    let page = member.post(&path, &since("2026-03-10T13:00", "", "count")).await;
    page.shows(&["The webhook is paused: they are held until it is resumed."]);
}
