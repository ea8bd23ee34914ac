//! `/v1/events`

use crate::support::{ID, ORGANIZATION, Ports, STRANGER, now, time};
use slotflow_application::ports::{
    DeliveryCounts, EventDetail, EventFilter, EventPage, EventRecord, ListPosition,
};
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::event::{EventType, Payload, Sequence};
use slotflow_domain::{BookingId, EventId};
use uuid::Uuid;

const EVENT: &str = concat!(
    r#"{"id":"01957f3c-8a10-7000-8000-000000000001","event":"booking.cancelled","#,
    r#""booking_id":"00000000-0000-0000-0000-000000000004","sequence":2,"#,
    r#""created_at":"2026-03-10T14:05:00.000Z","delivery_counts":{"pending":0,"delivering":0,"held":1,"#,
    r#""delivered":7,"failed":0,"cancelled":0}"#,
);

fn record() -> EventRecord {
    let mut delivery_counts = DeliveryCounts::default();
    delivery_counts.add(DeliveryStatus::Delivered, 7);
    delivery_counts.add(DeliveryStatus::Held, 1);
    EventRecord {
        id: EventId::new(ID),
        event_type: EventType::BOOKING_CANCELLED,
        booking_id: Some(BookingId::new(Uuid::from_u128(4))),
        sequence: Sequence(2),
        created_at: now(),
        delivery_counts,
    }
}

/// Ports with a log that expects `filter` and has one event on the page.
fn ports(filter: EventFilter, more: bool) -> Ports {
    let mut ports = Ports::new();
    ports
        .events
        .expect_events()
        .withf(move |organization, given| *organization == ORGANIZATION && *given == filter)
        .returning(move |_, _| Ok(EventPage { events: vec![record()], more }));
    ports
}

#[tokio::test]
async fn events_are_listed_with_their_counts() {
    let answer = ports(EventFilter { limit: 50, ..Default::default() }, false).get("/v1/events").await;
    answer.is(200, &format!(r#"{{"events":[{EVENT}}}],"next_cursor":null}}"#));
}

#[tokio::test]
async fn a_cursor_leads_behind_the_last_event_of_its_page_and_into_no_other_list() {
    let first = ports(EventFilter { limit: 1, ..Default::default() }, true).get("/v1/events?limit=1").await;
    let json: serde_json::Value = serde_json::from_str(&first.body).unwrap();
    let cursor = json["next_cursor"].as_str().unwrap();
    let place = ListPosition { created_at: now(), id: EventId::new(ID) };
    let behind = EventFilter { limit: 1, after: Some(place), ..Default::default() };
    let second = ports(behind, false).get(&format!("/v1/events?limit=1&cursor={cursor}")).await;
    assert_eq!(second.status, 200, "{}", second.body);
    for path in [format!("/v1/deliveries?cursor={cursor}"), format!("/v1/events?cursor={cursor}A")] {
        let answer = Ports::new().get(&path).await;
        answer.is_invalid("cursor: must be the next_cursor of an earlier page");
    }
}

#[tokio::test]
async fn every_filter_reaches_the_log() {
    let path = format!(
        "/v1/events?event=webhook.test&booking_id={STRANGER}&created_after=2026-03-01T00:00:00Z\
         &created_before=2026-04-01T00:00:00Z&limit=100"
    );
    let filter = EventFilter {
        event_type: Some(EventType::WEBHOOK_TEST),
        booking_id: Some(STRANGER.parse().unwrap()),
        created_from: Some(time("2026-03-01T00:00:00Z")),
        created_until: Some(time("2026-04-01T00:00:00Z")),
        after: None,
        limit: 100,
    };
    assert_eq!(ports(filter, false).get(&path).await.status, 200);
}

#[tokio::test]
async fn an_event_is_shown_with_the_exact_text_of_its_payload() {
    let mut ports = Ports::new();
    ports
        .events
        .expect_event()
        .withf(|organization, id| *organization == ORGANIZATION && id.as_uuid() == ID)
        .returning(|_, _| {
            let payload = Payload::from_stored(br#"{"event": "a\u00e4","n":1.0}"#.to_vec());
            Ok(Some(EventDetail { event: record(), payload, deliveries: Vec::new() }))
        });
    let rest = r#","payload":"{\"event\": \"a\\u00e4\",\"n\":1.0}","deliveries":[]}"#;
    ports.get(&format!("/v1/events/{ID}")).await.is(200, &format!("{EVENT}{rest}"));
}

#[tokio::test]
async fn what_another_organization_owns_is_not_there() {
    let mut ports = Ports::new();
    ports.events.expect_event().returning(|_, _| Ok(None));
    ports.get(&format!("/v1/events/{STRANGER}")).await.is_missing("event");
}
