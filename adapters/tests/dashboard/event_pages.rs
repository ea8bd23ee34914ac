//! The pages about events.

use crate::support::{Answer, Site};
use slotflow_adapters::memory::Reply;
use slotflow_application::Events;
use slotflow_application::ports::{EventFilter, EventPage, MockEventLog};
use slotflow_domain::event::EventType;
use slotflow_domain::organization::Plan;
use slotflow_domain::{BookingId, Timestamp};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// How many events are on a page.
fn rows(page: &Answer) -> usize {
    page.body.matches("<td><a id=\"event-").count()
}

#[tokio::test]
async fn the_first_visit_says_where_events_come_from() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    let page = member.get("/events").await;
    page.shows(&["Nothing happened yet", "href=\"/dashboard/deliveries\""]);
}

#[tokio::test]
async fn events_are_listed_with_their_counts_and_those_that_nobody_wanted_are_too() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    member.book(1).await;
    member.get("/events").await.shows(&["No webhook wanted it"]);
    member.webhook("https://a.dev/").await;
    member.webhook("https://b.dev/").await;
    member.webhook("https://c.dev/").await;
    site.kit.sender.reply_to("https://c.dev/", [Reply::Status(500)]);
    member.book(2).await;
    site.kit.settle_down().await;
    let page = member.get("/events").await;
    assert_eq!(rows(&page), 2);
    let counts = page.between("<span class=\"counts\">", "</td>");
    assert!(counts.contains("<span>1 <span class=\"status pending\""), "{counts}");
    assert!(counts.contains("<span>2 <span class=\"status delivered\""), "{counts}");
    assert!(!counts.contains("failed"), "{counts}");
}

#[tokio::test]
async fn every_filter_reaches_the_log_and_stays_in_the_form() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let filters = Arc::clone(&asked);
    let mut log = MockEventLog::new();
    log.expect_events().returning(move |_, filter| {
        filters.lock().unwrap().push(filter);
        Ok(EventPage { events: Vec::new(), more: false })
    });
    let events = Events { log: Arc::new(log) };
    let site = Site::with(|services| services.events = events);
    let member = site.member(Plan::Growth).await;
    let booking = Uuid::from_u128(4);
    let query =
        format!("event=webhook.test&booking_id={booking}&from=2026-03-01T14:05&until=2026-03-02T00:00");
    let page = member.get(&format!("/events?{query}")).await;
    let time = |text| Timestamp::parse_rfc3339(text).ok();
    let filter = EventFilter {
        event_type: Some(EventType::WEBHOOK_TEST),
        booking_id: Some(BookingId::new(booking)),
        created_from: time("2026-03-01T14:05:00Z"),
        created_until: time("2026-03-02T00:00:00Z"),
        after: None,
        limit: 50,
    };
    assert_eq!(*asked.lock().unwrap(), [filter]);
    page.shows(&[
        "<option value=\"webhook.test\" selected>",
        "value=\"2026-03-02T00:00\"",
        "No event matches",
    ]);
    let wrong = member.get("/events?from=now").await;
    wrong.is(422, &["From: must be a date and a time", "<h1>Events</h1>"]);
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn pages_follow_each_other() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    for human in 0..60 {
        member.book(human).await;
    }
    let first = member.get("/events?event=booking.confirmed").await;
    let second = member.get(&first.link("Older")).await;
    assert_eq!((rows(&first), rows(&second)), (50, 10));
    assert_eq!(second.link("Newest"), "/events?event=booking.confirmed");
    for event in member.events().await {
        let link = format!("href=\"/dashboard/events/{}\"", event.id);
        assert_ne!(first.body.contains(&link), second.body.contains(&link), "{link}");
    }
}

#[tokio::test]
async fn an_event_is_shown_with_its_payload_and_its_deliveries() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    let webhook = member.webhook("https://a.dev/").await;
    let booking = member.book_as(1, "Alex Rivera", r#"{"b":12345678901234567890,"a":1.0}"#).await;
    site.kit.settle_down().await;
    let id = member.events().await[0].id;
    let page = member.get(&format!("/events/{id}")).await;
    page.shows(&[
        "<h1>booking.confirmed</h1>",
        &booking.id.to_string(),
        "The receiver accepted it with 200.",
    ]);
    page.shows(&[&format!("href=\"/dashboard/webhooks/{}\"", webhook.id)]);
    page.shows(&["      &#34;b&#34;: 12345678901234567890,\n      &#34;a&#34;: 1.0\n"]);
    page.shows(&["{&#34;b&#34;:12345678901234567890,&#34;a&#34;:1.0}"]);
}

#[tokio::test]
async fn an_event_that_no_webhook_wanted_says_so() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    member.book(1).await;
    let id = member.events().await[0].id;
    let page = member.get(&format!("/events/{id}")).await;
    page.shows(&[
        "No webhook wanted it: none was subscribed to <code>booking.confirmed</code>",
        "Alex Rivera",
    ]);
}
