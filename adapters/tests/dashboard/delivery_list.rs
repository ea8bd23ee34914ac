//! The list of deliveries.

use crate::made_up_log;
use crate::support::{Answer, Site, Visit, ask};
use slotflow_application::ports::DeliveryFilter;
use slotflow_domain::delivery::{AttemptOutcome, AttemptReport, DeliveryStatus, Exchange};
use slotflow_domain::event::EventType;
use slotflow_domain::organization::Plan;
use slotflow_domain::{BookingId, Timestamp};
use std::time::Duration;
use uuid::Uuid;

const MINUTE: Duration = Duration::from_secs(60);

/// How many deliveries are on a page.
fn rows(page: &Answer) -> usize {
    page.body.matches("name=\"id\"").count()
}

#[tokio::test]
async fn the_first_visit_teaches_how_to_make_a_delivery() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    let page = member.get("/deliveries").await;
    page.shows(&["Nothing was delivered yet", "there is no webhook yet", "/dashboard/webhooks/new"]);
    page.shows(&["curl 'https://slotflow.dev/v1/bookings'", "\"starts_at\": \"20"]);
    member.webhook("https://a.dev/").await;
    let page = member.get("/deliveries").await;
    page.shows(&["Nothing was delivered yet", "/v1/bookings"]);
    page.hides(&["there is no webhook yet"]);
}

#[tokio::test]
async fn deliveries_are_listed_with_what_came_of_them() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    member.webhook("https://hooks.acme.dev/in").await;
    site.kit.sender.fail_times(1);
    member.book(1).await;
    site.kit.settle_down().await;
    let id = member.deliveries().await[0].id;
    let to_tick = format!("value=\"{id}\"");
    let page = member.get("/deliveries").await;
    assert_eq!(rows(&page), 1);
    page.shows(&["Waiting", "https://hooks.acme.dev/in", "The receiver answered 500."]);
    page.shows(&[
        "data-countdown>in 5 min 0 s<",
        &format!("href=\"/dashboard/deliveries/{id}\">booking.confirmed</a>"),
    ]);
    assert!(page.between(&to_tick, "/td>").contains(" disabled "), "only what has ended can be ticked");

    site.kit.advance(5 * MINUTE).await;
    let page = member.get("/deliveries").await;
    page.shows(&["Delivered", "The receiver accepted it with 200."]);
    assert!(!page.between(&to_tick, "/td>").contains(" disabled "));
}

#[tokio::test]
async fn every_filter_reaches_the_log_and_stays_in_the_form() {
    let (deliveries, asked) = made_up_log::of_none();
    let site = Site::with(|services| services.deliveries = deliveries);
    let member = site.member(Plan::Growth).await;
    let webhook = member.webhook("https://a.dev/").await;
    let booking = Uuid::from_u128(4);
    let query = format!(
        "status=held&webhook_id={}&event=booking.cancelled&booking_id={booking}\
         &from=2026-03-01T14:05&until=2026-03-02T00%3A00%3A01.5",
        webhook.id
    );
    let page = member.get(&format!("/deliveries?{query}")).await;
    let time = |text| Timestamp::parse_rfc3339(text).ok();
    let filter = DeliveryFilter {
        webhook_id: Some(webhook.id),
        status: Some(DeliveryStatus::Held),
        event_type: Some(EventType::BOOKING_CANCELLED),
        booking_id: Some(BookingId::new(booking)),
        created_from: time("2026-03-01T14:05:00Z"),
        created_until: time("2026-03-02T00:00:01.500Z"),
        after: None,
        limit: 50,
    };
    assert_eq!(*asked.lock().unwrap(), [filter]);
    page.shows(&["<option value=\"held\" selected>", "<option value=\"booking.cancelled\" selected>"]);
    page.shows(&[&format!("<option value=\"{}\" selected>https://a.dev/</option>", webhook.id)]);
    page.shows(&[
        &format!("value=\"{booking}\""),
        "value=\"2026-03-01T14:05\"",
        "value=\"2026-03-02T00:00:01.500\"",
    ]);
    page.shows(&["No delivery matches", "From (UTC)", "href=\"/dashboard/deliveries\">Clear the filter</a>"]);
}

#[tokio::test]
async fn a_webhook_that_was_deleted_can_still_be_filtered_by() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    let webhook = member.webhook("https://a.dev/").await;
    member.book(1).await;
    site.kit.settle_down().await;
    site.kit.webhooks().delete(member.id(), webhook.id).await.unwrap();
    let page = member.get(&format!("/deliveries?webhook_id={}", webhook.id)).await;
    assert_eq!(rows(&page), 1);
    page.shows(&[&format!("<option value=\"{0}\" selected>{0} (deleted)</option>", webhook.id)]);
}

#[tokio::test]
async fn fields_that_were_left_empty_are_no_filter() {
    let (deliveries, asked) = made_up_log::of_none();
    let site = Site::with(|services| services.deliveries = deliveries);
    let member = site.member(Plan::Growth).await;
    let page = member.get("/deliveries?status=&webhook_id=&event=&booking_id=&from=&until=+").await;
    page.shows(&["Nothing was delivered yet"]);
    assert_eq!(*asked.lock().unwrap(), [DeliveryFilter { limit: 50, ..DeliveryFilter::default() }]);
}

#[tokio::test]
async fn a_filter_that_is_wrong_is_said_in_words_beside_what_was_typed() {
    let (deliveries, asked) = made_up_log::of_none();
    let site = Site::with(|services| services.deliveries = deliveries);
    let member = site.member(Plan::Growth).await;
    for (field, query, words) in [
        ("from", "from=yesterday", "From: must be a date and a time, such as 2026-03-10T14:05."),
        ("until", "until=2026-02-30T00:00", "Until: must be a date and a time, such as 2026-03-10T14:05."),
        ("until", "from=2026-03-02T00:00&until=2026-03-01T00:00", "Until: must not be before From."),
        ("booking_id", "booking_id=42", "Booking: must be a UUID."),
        ("webhook_id", "webhook_id=mine", "Webhook: must be a UUID."),
        ("event", "event=Booking", "Event: must be a dotted name of lower-case letters"),
        (
            "status",
            "status=lost",
            "Status: must be one of pending, delivering, held, delivered, failed, cancelled.",
        ),
    ] {
        let page = member.get(&format!("/deliveries?{query}")).await;
        page.is(422, &["<h1>Deliveries</h1>", words, &format!("id=\"{field}-problem\"")]);
        page.is(422, &[&format!("aria-invalid=\"true\" aria-describedby=\"{field}-problem\"")]);
    }
    member.get("/deliveries?booking_id=42").await.is(422, &["value=\"42\""]);
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn pages_follow_each_other_and_no_row_is_seen_twice() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    member.webhook("https://a.dev/").await;
    for human in 0..60 {
        member.book(human).await;
    }
    site.kit.settle_down().await;
    let first = member.get("/deliveries?status=delivered").await;
    first.hides(&[">Newest</a>"]);
    let older = first.link("Older");
    assert!(older.contains("status=delivered"), "{older}");
    let second = member.get(&older).await;
    second.hides(&[">Older</a>"]);
    assert_eq!((rows(&first), rows(&second)), (50, 10));
    assert_eq!(second.link("Newest"), "/deliveries?status=delivered");
    for delivery in member.deliveries().await {
        let value = format!("value=\"{}\"", delivery.id);
        assert_ne!(first.body.contains(&value), second.body.contains(&value), "{value}");
    }
    let nowhere = member.get("/deliveries?cursor=nonsense").await;
    assert_eq!(rows(&nowhere), 50, "it leads to the beginning");
    nowhere.hides(&[">Newest</a>", "nonsense"]);
}

#[tokio::test]
async fn a_page_begins_behind_the_last_row_of_the_one_before() {
    let report = AttemptReport {
        outcome: AttemptOutcome::Timeout,
        response: None,
        error: None,
        duration: Duration::from_secs(10),
        exchange: Exchange::default(),
    };
    let deliveries = made_up_log::of_one("https://a.dev/", b"{}", report);
    let site = Site::with(|services| services.deliveries = deliveries);
    let member = site.member(Plan::Growth).await;
    let older = member.get("/deliveries").await.link("Older");
    let (deliveries, asked) = made_up_log::of_none();
    let later = site.asking(|services| services.deliveries = deliveries);
    let page = ask(&later, Visit::get(&older).signed_in(&member.cookie)).await;
    page.shows(&["Nothing is older", "href=\"/dashboard/deliveries\">Back to the newest</a>"]);
    assert_eq!(asked.lock().unwrap()[0].after, Some(made_up_log::its_place()));
}

#[tokio::test]
async fn a_filter_by_what_is_anothers_finds_nothing() {
    let site = Site::new();
    let owner = site.member(Plan::Growth).await;
    let webhook = owner.webhook("https://owner.dev/").await;
    let booking = owner.book(1).await;
    site.kit.settle_down().await;
    let stranger = site.member(Plan::Growth).await;
    for query in [format!("webhook_id={}", webhook.id), format!("booking_id={}", booking.id)] {
        let page = stranger.get(&format!("/deliveries?{query}")).await;
        page.shows(&["No delivery matches"]);
        page.hides(&["owner.dev"]);
    }
    let cursor = {
        for human in 2..60 {
            owner.book(human).await;
        }
        owner.get("/deliveries").await.link("Older")
    };
    stranger.get(&cursor).await.shows(&["Nothing was delivered yet"]);
}
