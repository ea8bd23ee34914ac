//! Sending deliveries again.

use crate::support::Site;
use slotflow_adapters::memory::Reply;
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::organization::Plan;
use uuid::Uuid;

#[tokio::test]
async fn one_is_sent_again_from_its_own_page_which_then_tells_of_it() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    member.webhook("https://a.dev/").await;
    site.kit.sender.reply([Reply::Status(410)]);
    member.book(1).await;
    site.kit.settle_down().await;
    let old = member.deliveries().await[0].id;
    let page = member.get(&format!("/deliveries/{old}")).await;
    page.shows(&["Failed", "Nothing more is tried by itself.", "410 Gone: it wants no more events"]);
    assert!(!page.between("<button id=\"send-again\"", "</button>").contains("disabled"));

    let answer = member.post(&format!("/deliveries/{old}/retry"), &[]).await;
    let new = member.deliveries().await.into_iter().find(|it| it.retry_of == Some(old)).unwrap().id;
    assert_eq!(answer.leads_to(), format!("/deliveries/{new}?done=retried&count=1"));
    let page = member.get(answer.leads_to()).await;
    page.shows(&["1 delivery is sent again.", "Attempt 1 is held", "its receiver answered 410 Gone"]);
    page.shows(&[&format!("href=\"/dashboard/deliveries/{old}\">{old}</a>")]);
    assert!(page.between("<button id=\"send-again\"", "</button>").contains(" disabled"));
    page.shows(&["Not now: the delivery is still held; only one that is delivered, failed or cancelled can be retried."]);
    let page = member.get(&format!("/deliveries/{old}")).await;
    page.shows(&[&format!("id=\"retry-{new}\" href=\"/dashboard/deliveries/{new}\"")]);

    let again = member.post(&format!("/deliveries/{new}/retry"), &[]).await;
    again.is(422, &["the delivery is still held"]);
}

#[tokio::test]
async fn a_delivery_to_a_deleted_webhook_says_so_and_cannot_be_sent_again() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    let webhook = member.webhook("https://a.dev/").await;
    site.kit.sender.reply([Reply::Status(500)]);
    member.book(1).await;
    site.kit.settle_down().await;
    site.kit.webhooks().delete(member.id(), webhook.id).await.unwrap();
    let id = member.deliveries().await[0].id;
    let page = member.get(&format!("/deliveries/{id}")).await;
    page.shows(&[
        "Cancelled",
        "The webhook was deleted",
        "(deleted)",
        "Not now: the delivery&#39;s webhook was deleted",
    ]);
    page.hides(&[&format!("/dashboard/webhooks/{}", webhook.id)]);
    let list = member.get("/deliveries").await;
    list.shows(&["(deleted)", " disabled title=\"the delivery&#39;s webhook was deleted"]);
}

#[tokio::test]
async fn what_was_ticked_is_sent_again_and_the_rest_is_said_to_be_left_out() {
    let site = Site::new();
    let stranger = site.member(Plan::Growth).await;
    stranger.webhook("https://c.dev/").await;
    stranger.book(1).await;
    let member = site.member(Plan::Growth).await;
    member.webhook("https://a.dev/").await;
    let gone = member.webhook("https://b.dev/").await;
    member.book(1).await;
    site.kit.settle_down().await;
    site.kit.webhooks().delete(member.id(), gone.id).await.unwrap();
    site.kit.sender.reply([Reply::Status(500)]);
    member.book(2).await;
    site.kit.settle_down().await;
    let before = member.deliveries().await;
    let ended = before
        .iter()
        .find(|it| it.url == "https://a.dev/" && it.status == DeliveryStatus::Delivered)
        .unwrap();
    assert_eq!(before.len(), 3, "one that has ended, one that waits, and one to a webhook that is gone");
    let theirs = stranger.deliveries().await;

    let ids: Vec<_> =
        before.iter().chain([ended]).chain(&theirs).map(|delivery| delivery.id.to_string()).collect();
    let mut fields: Vec<_> = ids.iter().map(|id| ("id", id.as_str())).collect();
    fields.extend([
        ("id", "nonsense"),
        ("event", "booking.confirmed"),
        ("status", ""),
        ("from", "2026-03-01T00:00"),
    ]);
    let answer = member.post("/deliveries/retry", &fields).await;
    let expected =
        "/deliveries?event=booking.confirmed&from=2026-03-01T00%3A00&done=retried&count=1&skipped=4";
    assert_eq!(answer.leads_to(), expected);
    member.get(answer.leads_to()).await.shows(&[
        "1 delivery is sent again. 4 were left out: only what has ended can be sent again",
        "value=\"2026-03-01T00:00\"",
    ]);
    let after = member.deliveries().await;
    let new: Vec<_> = after.iter().filter(|delivery| delivery.retry_of.is_some()).collect();
    assert_eq!((after.len(), new.len(), new[0].retry_of), (4, 1, Some(ended.id)));
    assert_eq!(stranger.deliveries().await, theirs);
}

#[tokio::test]
async fn the_form_leads_back_to_the_page_that_it_is_on() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    member.webhook("https://a.dev/").await;
    for human in 0..60 {
        member.book(human).await;
    }
    site.kit.settle_down().await;
    let older = member.get("/deliveries?status=delivered").await.link("Older");
    let page = member.get(&older).await;
    let cursor = page.between("type=\"hidden\" name=\"cursor\" value=\"", "\"");
    page.shows(&["type=\"hidden\" name=\"status\" value=\"delivered\""]);
    let answer = member.post("/deliveries/retry", &[("status", "delivered"), ("cursor", cursor)]).await;
    assert_eq!(answer.leads_to(), format!("{older}&done=retried&count=0"));
    member.get(answer.leads_to()).await.shows(&["Tick the deliveries that are to be sent again.", "Newest"]);
}

#[tokio::test]
async fn no_more_than_a_page_is_sent_again_at_a_time() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    let ids: Vec<_> = (0..51).map(|id| Uuid::from_u128(id).to_string()).collect();
    let fields: Vec<_> = ids.iter().map(|id| ("id", id.as_str())).collect();
    member.post("/deliveries/retry", &fields).await.is(422, &["no more than 50 deliveries"]);
    assert_eq!(
        member.post("/deliveries/retry", &fields[..50]).await.leads_to(),
        "/deliveries?done=retried&count=0&skipped=50"
    );
}
