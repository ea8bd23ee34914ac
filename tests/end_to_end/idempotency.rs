//! The same request sent twice takes effect once.

use bytes::Bytes;
use futures_util::future::{join, join_all};
use http::{HeaderValue, Method, header};
use serde_json::{Value, json};
use slotflow_tests::database::Fresh;
use slotflow_tests::http::Answer;

use crate::api::{Api, BOTH, QUICK_RETRIES};

on_both_databases! {
    of_two_equal_bookings_at_once_one_is_made_and_both_get_its_answer,
    a_booking_whose_answer_was_lost_with_the_server_is_answered_again_by_the_next_one,
}

async fn post(api: &Api, path: &str, key: &str, body: &Value) -> Answer {
    let mut headers = api.authorized();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("idempotency-key", key.parse().expect("a header"));
    let body = Bytes::from(serde_json::to_vec(body).expect("JSON"));
    api.client.send(Method::POST, path, headers, body).await.expect("an answer")
}

fn booking(human: u32) -> Value {
    json!({
        "human_id": format!("f47ac10b-58cc-4372-a567-{human:012}"),
        "starts_at": "2031-03-10T14:00:00Z",
        "duration": 30,
        "attendee_name": "Alex Rivera",
    })
}

fn is_replayed(answer: &Answer) -> bool {
    answer.headers.get("idempotent-replayed").is_some_and(|value| value == "true")
}

async fn of_two_equal_bookings_at_once_one_is_made_and_both_get_its_answer(database: Fresh) {
    let api = Api::start(database).await;
    let webhook = api.register("/", BOTH).await;
    let pairs = join_all((0..20).map(async |human| {
        let (key, body) = (format!("booking-{human}"), booking(human));
        let send = || post(&api, "/v1/bookings", &key, &body);
        join(send(), send()).await
    }));
    for (one, other) in pairs.await {
        assert_eq!((one.status.as_u16(), &one.bytes), (201, &other.bytes), "{one:?} {other:?}");
        assert_eq!(other.status, one.status, "{other:?}");
        assert_ne!(is_replayed(&one), is_replayed(&other), "one of them was made: {one:?} {other:?}");
    }
    assert_eq!(api.get("/v1/bookings").await["total"], 20);
    api.wait_for_deliveries(&webhook, &["delivered"; 20]).await;
    assert_eq!(api.receiver.arrivals("/").len(), 20);

    let other = post(&api, "/v1/bookings", "booking-0", &booking(100)).await;
    assert_eq!(other.error_code(), Some("IDEMPOTENCY_CONFLICT"));
}

async fn a_booking_whose_answer_was_lost_with_the_server_is_answered_again_by_the_next_one(database: Fresh) {
    let mut api = Api::start(database).await;
    let first = post(&api, "/v1/bookings", "k", &booking(1)).await.expect_status(201).expect("a booking");
    api.server.process().kill().await.expect("the end of the server");
    api.start_again(QUICK_RETRIES).await;
    let again =
        post(&api, "/v1/bookings", "k", &booking(1)).await.expect_status(201).expect("the same booking");
    assert!(is_replayed(&again));
    assert_eq!(again.bytes, first.bytes);
    assert_eq!(api.get("/v1/bookings").await["total"], 1);
}
