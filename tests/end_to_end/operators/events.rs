use serde_json::json;
use slotflow_tests::database::Fresh;

use super::{lines, objects};
use crate::api::{Api, BOTH, SLOW_RETRIES, booking, text};

on_both_databases! {
    events_are_listed_with_what_became_of_them,
    a_payload_is_indented_for_people_and_exact_where_it_is_wanted_raw,
}

async fn events_are_listed_with_what_became_of_them(database: Fresh) {
    let api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    api.book().await;
    let (first, second) = (api.register("/first", BOTH).await, api.register("/second", &BOTH[..1]).await);
    let booking = api.book().await;
    api.cancel(&booking).await;
    api.wait_for_deliveries(&first, &["delivered", "delivered"]).await;
    api.wait_for_deliveries(&second, &["delivered"]).await;

    let shown = lines(&api, &["events", "list"]).await;
    assert_eq!(shown.len(), 4, "{shown:#?}");
    for (line, (event, deliveries)) in shown[1..].iter().zip([
        ("booking.cancelled", "1 delivered"),
        ("booking.confirmed", "2 delivered"),
        ("booking.confirmed", "none"),
    ]) {
        assert!(line.contains(event) && line.ends_with(deliveries), "{shown:#?}");
    }
    let listed = api.get("/v1/events").await;
    assert_eq!(json!(objects(&api, &["events", "list"]).await), listed["events"]);
    for (filter, count) in [
        (&["--booking", &booking][..], 2),
        (&["--event", "booking.cancelled"], 1),
        (&["--until", "1h"], 0),
        (&["--limit", "2"], 2),
    ] {
        let found = objects(&api, &[&["events", "list"], filter].concat()).await;
        assert_eq!(found.len(), count, "{filter:?}");
    }

    let id = text(&listed, "/events/1/id");
    let shown = lines(&api, &["events", "show", &id]).await;
    assert!(shown.iter().any(|line| line.contains("2 delivered")), "{shown:#?}");
    assert_eq!(shown.iter().filter(|line| line.contains("http://127.0.0.1:")).count(), 2, "{shown:#?}");
    assert_eq!(objects(&api, &["events", "show", &id]).await, [api.get(&format!("/v1/events/{id}")).await]);
}

async fn a_payload_is_indented_for_people_and_exact_where_it_is_wanted_raw(database: Fresh) {
    let api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let webhook = api.register("/", BOTH).await;
    let body = booking(r#", "metadata": {"z": 1.0, "a": [12345678901234567890, 1e400]}"#);
    api.post_text("/v1/bookings", &body).await.expect_status(201).expect("a booking");
    let delivery = api.only_delivery(&webhook, "delivered").await;
    let sent = String::from_utf8(api.receiver.arrivals("/")[0].body.to_vec()).expect("text");

    for (thing, id) in [("deliveries", text(&delivery, "/id")), ("events", text(&delivery, "/event_id"))] {
        let raw = lines(&api, &[thing, "show", &id, "--raw"]).await;
        assert_eq!(raw.last(), Some(&sent), "{raw:#?}");
        let shown = lines(&api, &[thing, "show", &id]).await;
        let place = |part: &str| shown.iter().position(|line| line.trim() == part);
        let members = [r#""z": 1.0,"#, r#""a": ["#, "12345678901234567890,", "1e400"].map(place);
        assert!(members.iter().all(Option::is_some) && members.is_sorted(), "{shown:#?}");
    }
}
