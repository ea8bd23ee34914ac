//! What can be done with a webhook: changing, pausing, resuming, deleting.

use crate::support::{Member, NOBODYS, Site};
use slotflow_application::ports::ResolveError;
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::event::EventType;
use slotflow_domain::organization::Plan;
use slotflow_domain::webhook::WebhookActivity;

async fn change(member: &Member<'_>, url: &str, events: &[&str]) -> crate::support::Answer {
    let id = member.webhooks().await[0].id;
    let mut fields = vec![("url", url)];
    fields.extend(events.iter().map(|event| ("events", *event)));
    member.post(&format!("/webhooks/{id}/change"), &fields).await
}

#[tokio::test]
async fn its_url_and_events_can_be_changed() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let id = member.webhook("https://a.dev/").await.id;
    let answer = change(&member, "https://b.dev/x", &["booking.cancelled", "webhook.disabled"]).await;
    assert!(answer.leads_to().starts_with(&format!("/webhooks/{id}?done=webhook-changed")), "{answer:?}");
    let page = member.get(answer.leads_to()).await;
    page.shows(&["The webhook was changed.", "https://b.dev/x", "booking.cancelled, webhook.disabled"]);
    let webhook = &member.webhooks().await[0];
    assert_eq!(webhook.url.as_sent(), "https://b.dev/x");
    let events: Vec<_> = webhook.events.iter().map(EventType::as_str).collect();
    assert_eq!(events, ["booking.cancelled", "webhook.disabled"]);
}

#[tokio::test]
async fn a_refused_change_is_explained_on_its_page_and_changes_nothing() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let id = member.webhook("https://a.dev/").await.id;
    member.webhook("https://taken.dev/").await;
    let before = member.everything().await;
    for (status, url, events, id_of_problem, problem) in [
        (422, "http://b.dev/", &["booking.cancelled"][..], "url-problem", "Must use https."),
        (422, "", &["booking.cancelled"], "url-problem", "Must be an absolute URL"),
        (409, "https://taken.dev", &["booking.cancelled"], "url-problem", "This URL is already registered."),
        (422, "https://b.dev/", &[], "events-problem", "Must contain at least one of "),
    ] {
        let page = change(&member, url, events).await;
        page.is(
            status,
            &[
                &format!(r#"<p class="wrong" id="{id_of_problem}">{problem}"#),
                &format!(r#"value="{url}" required"#),
                r#"<h1 class="url">https://a.dev/</h1>"#,
            ],
        );
        assert_eq!(page.body.contains(r#"value="booking.cancelled" checked"#), !events.is_empty(), "{url}");
    }
    assert_eq!(member.everything().await, before);
    let again = member.get(&format!("/webhooks/{id}/change")).await;
    assert_eq!(again.leads_to(), format!("/webhooks/{id}"), "whoever loads that address again");
}

#[tokio::test]
async fn events_can_be_changed_although_the_url_cannot_be_reached_now() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    member.webhook("https://a.dev/").await;
    site.kit.resolver.fail("a.dev", ResolveError::NotFound);
    assert_eq!(change(&member, "https://a.dev/", &["booking.cancelled"]).await.status, 303);
    change(&member, "https://a.dev/b", &["booking.cancelled"])
        .await
        .is(422, &["Host a.dev cannot be reached"]);
}

/// The statuses of all deliveries.
async fn statuses(member: &Member<'_>) -> Vec<DeliveryStatus> {
    member.deliveries().await.iter().map(|delivery| delivery.status).collect()
}

#[tokio::test]
async fn pausing_holds_what_comes_and_resuming_sends_it() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let id = member.webhook("https://a.dev/").await.id;
    let page = member.post_and_follow(&format!("/webhooks/{id}/pause"), &[]).await;
    page.shows(&["The webhook is paused.", "Paused</span>", "Nothing is held."]);
    page.hides(&["Resume and discard"]);
    member.book(1).await;
    member.book(2).await;
    site.kit.settle_down().await;
    assert_eq!(statuses(&member).await, [DeliveryStatus::Held; 2]);
    let page = member.get(&format!("/webhooks/{id}")).await;
    page.shows(&["2 deliveries are held.", "Resume and send 2", "Resume and discard 2"]);

    let page = member.post_and_follow(&format!("/webhooks/{id}/resume"), &[("held", "deliver")]).await;
    page.shows(&["The webhook is active again.", "Active</span>", "Pause it"]);
    site.kit.settle_down().await;
    assert_eq!(statuses(&member).await, [DeliveryStatus::Delivered; 2]);
}

#[tokio::test]
async fn what_was_held_can_be_discarded() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let id = member.webhook("https://a.dev/").await.id;
    assert_eq!(member.post(&format!("/webhooks/{id}/pause"), &[]).await.status, 303);
    member.book(1).await;
    let discard = [("held", "discard")];
    assert_eq!(member.post(&format!("/webhooks/{id}/resume"), &discard).await.status, 303);
    site.kit.settle_down().await;
    assert_eq!(statuses(&member).await, [DeliveryStatus::Cancelled]);
    assert_eq!(site.kit.sender.requests().len(), 0);
}

#[tokio::test]
async fn what_is_neither_delivered_nor_discarded_is_refused() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let id = member.webhook("https://a.dev/").await.id;
    assert_eq!(member.post(&format!("/webhooks/{id}/pause"), &[]).await.status, 303);
    let answer = member.post(&format!("/webhooks/{id}/resume"), &[("held", "eat")]).await;
    answer.is(422, &["held: must be one of deliver, discard."]);
    assert_ne!(member.webhooks().await[0].activity, WebhookActivity::Active);
}

#[tokio::test]
async fn deleting_is_asked_about_and_cancels_what_waits() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let id = member.webhook("https://a.dev/").await.id;
    member.webhook("https://b.dev/").await;
    let path = format!("/webhooks/{id}/delete");
    member.get(&path).await.shows(&["https://a.dev/", "Nothing waits for it."]);
    assert_eq!(member.post(&format!("/webhooks/{id}/pause"), &[]).await.status, 303);
    member.book(1).await;
    member.book(2).await;
    site.kit.settle_down().await;
    member.get(&path).await.shows(&["2 deliveries wait for it, and will be cancelled."]);
    assert_eq!(member.webhooks().await.len(), 2, "only asked");

    let answer = member.post(&path, &[]).await;
    assert!(answer.leads_to().starts_with("/webhooks?done=webhook-deleted"), "{answer:?}");
    let page = member.get(answer.leads_to()).await;
    page.shows(&["The webhook was deleted. What waited for it was cancelled.", "https://b.dev/"]);
    page.hides(&["https://a.dev/"]);
    let theirs: Vec<_> = member.deliveries().await.into_iter().filter(|it| it.webhook_id == id).collect();
    assert!(
        theirs.len() == 2 && theirs.iter().all(|it| it.status == DeliveryStatus::Cancelled),
        "{theirs:?}"
    );
    assert_eq!(member.post(&path, &[]).await.status, 404, "it is gone");
    assert_eq!(member.get(&format!("/webhooks/{id}")).await.status, 404);
}

#[tokio::test]
async fn what_is_not_there_is_said_not_to_be() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    member.get(&format!("/webhooks/{NOBODYS}")).await.is(404, &["<h1>Not found</h1>", "/dashboard/"]);
    member.get("/nowhere").await.is(404, &["<h1>Not found</h1>"]);
}
