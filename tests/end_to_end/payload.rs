//! What arrives for a booking, byte for byte.

use serde_json::Value;
use slotflow_tests::database::Fresh;

use crate::api::{Api, BOTH, booking, text};

on_both_databases! {
    a_booking_arrives_as_the_contract_writes_it,
    metadata_arrives_value_for_value,
    a_webhook_is_sent_only_the_events_that_it_is_registered_for,
    every_webhook_is_sent_the_same_bytes,
    cancelling_twice_is_one_event,
}

/// Values that a parser's own types would change.
const METADATA: &str =
    r#"{"z":1.0,"a":123456789012345678901234567890,"e":1e400,"n":{"k":[null,true,"Zoë ☕ \u00e9"]}}"#;

/// Of a booking with numbers that no parser here can hold.
#[derive(serde::Deserialize)]
struct OnlyId {
    id: String,
}

async fn a_booking_arrives_as_the_contract_writes_it(database: Fresh) {
    let api = Api::start(database).await;
    api.register("/", BOTH).await;
    let human = "f47ac10b-58cc-4372-a567-0e02b2c3d479";
    let request = format!(
        r#"{{"human_id":"{human}","starts_at":"2031-03-10T16:00:00.1239+02:00","duration":30,"attendee_name":"Zoë \"Z\" Rivera","attendee_email":"zoe@startup.io","metadata":{{"lead_id":"lead_8294"}}}}"#
    );

    let booked = api.post_text("/v1/bookings", &request).await.expect_status(201).expect("a booking").json;
    let id = text(&booked, "/id");
    let confirmed = &api.arrivals("/", 1).await[0];
    api.cancel(&id).await;
    let cancelled = &api.arrivals("/", 2).await[1];

    for (arrival, event, status) in
        [(confirmed, "booking.confirmed", "confirmed"), (cancelled, "booking.cancelled", "cancelled")]
    {
        let body = std::str::from_utf8(&arrival.body).expect("UTF-8");
        let json: Value = serde_json::from_str(body).expect("JSON");
        let created_at = text(&json, "/created_at");
        assert_eq!(
            body,
            format!(
                r#"{{"event":"{event}","created_at":"{created_at}","data":{{"id":"{id}","human_id":"{human}","starts_at":"2031-03-10T14:00:00.123Z","ends_at":"2031-03-10T14:30:00.123Z","duration_minutes":30,"attendee_name":"Zoë \"Z\" Rivera","attendee_email":"zoe@startup.io","status":"{status}","metadata":{{"lead_id":"lead_8294"}}}}}}"#
            )
        );
        let shape: String = created_at.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(shape, "0000-00-00T00:00:00.000Z");
        assert!(created_at >= text(&booked, "/created_at"), "{created_at}");
    }
}

async fn metadata_arrives_value_for_value(database: Fresh) {
    let api = Api::start(database).await;
    api.register("/", BOTH).await;
    let answer = api.post_text("/v1/bookings", &booking(&format!(r#", "metadata": {METADATA}"#))).await;
    let booked = answer.expect_status(201).expect("a booking");
    let OnlyId { id } = serde_json::from_slice(&booked.bytes).expect("a booking");
    let read = api.client.get(&format!("/v1/bookings/{id}"), api.key()).await.expect("an answer");
    // One after the other: different events may overtake each other.
    api.arrivals("/", 1).await;
    api.cancel(&id).await;
    api.arrivals("/", 2).await;
    api.post_text("/v1/bookings", &booking(r#", "metadata": null"#))
        .await
        .expect_status(201)
        .expect("one more");

    let arrivals = api.arrivals("/", 3).await;
    let ending = format!(r#","metadata":{METADATA}}}}}"#);
    for arrival in &arrivals[..2] {
        let body = String::from_utf8_lossy(&arrival.body);
        assert!(body.ends_with(&ending), "{body}");
    }
    let body = String::from_utf8_lossy(&arrivals[2].body);
    assert!(body.ends_with(r#","attendee_email":null,"status":"confirmed","metadata":{}}}"#), "{body}");
    for answer in [booked, read] {
        let shown = String::from_utf8_lossy(&answer.bytes);
        assert!(shown.contains(&format!(r#""metadata":{METADATA}"#)), "{shown}");
    }
}

async fn a_webhook_is_sent_only_the_events_that_it_is_registered_for(database: Fresh) {
    let api = Api::start(database).await;
    let both = api.register("/both", BOTH).await;
    let confirmed = api.register("/confirmed", &BOTH[..1]).await;
    let cancelled = api.register("/cancelled", &BOTH[1..]).await;

    let id = api.book().await;
    api.arrivals("/both", 1).await;
    api.cancel(&id).await;
    for (webhook, count) in [(&both, 2), (&confirmed, 1), (&cancelled, 1)] {
        api.wait_for_deliveries(webhook, &["delivered"].repeat(count)).await;
    }

    let events = |path| -> Vec<String> {
        api.receiver
            .arrivals(path)
            .iter()
            .map(|arrival| arrival.header("x-slotflow-event").to_owned())
            .collect()
    };
    assert_eq!(events("/both"), BOTH);
    assert_eq!(events("/confirmed"), BOTH[..1]);
    assert_eq!(events("/cancelled"), BOTH[1..]);
}

async fn every_webhook_is_sent_the_same_bytes(database: Fresh) {
    let api = Api::start(database).await;
    for path in ["/a", "/b"] {
        api.register(path, BOTH).await;
    }
    api.book().await;
    let (a, b) = (&api.arrivals("/a", 1).await[0], &api.arrivals("/b", 1).await[0]);
    assert_eq!(a.body, b.body);
    assert_eq!(a.header("webhook-id"), b.header("webhook-id"), "one event has one id");
    assert_ne!(a.header("x-slotflow-delivery"), b.header("x-slotflow-delivery"));
    assert_ne!(a.header("x-slotflow-signature"), b.header("x-slotflow-signature"), "each has its own secret");
}

async fn cancelling_twice_is_one_event(database: Fresh) {
    let api = Api::start(database).await;
    let webhook = api.register("/", &BOTH[1..]).await;
    let id = api.book().await;
    let path = format!("/v1/bookings/{id}");
    for _ in 0..2 {
        let answer = api.delete(&path).await.expect_status(200).expect("a cancelled booking");
        assert_eq!(answer.json, serde_json::json!({"id": id, "status": "cancelled"}));
    }
    let together = tokio::join!(api.delete(&path), api.delete(&path), api.delete(&path));
    for answer in [together.0, together.1, together.2] {
        answer.expect_status(200).expect("a cancelled booking");
    }
    api.wait_for_deliveries(&webhook, &["delivered"]).await;
    assert_eq!(api.receiver.arrivals("/").len(), 1);
}
