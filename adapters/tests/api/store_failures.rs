//! What clients hear when the store fails, on every route: nothing of how.

use crate::support::{Answer, HUMAN, ORGANIZATION, Ports, STRANGER, key, lost, send, signed};
use axum::body::Body;
use axum::http::{Method, header};
use slotflow_application::ports::{MockDirectory, StoreError};

const WEBHOOK: &str = r#"{"url":"https://hooks.acme.dev/a","events":["booking.confirmed"]}"#;

/// One request to every route that needs the store, with every port failing.
async fn call_everything(fail: fn() -> StoreError) -> Vec<(String, Answer)> {
    let booking = format!(
        r#"{{"human_id":"{HUMAN}","starts_at":"2026-03-12T09:00:00Z","duration":30,"attendee_name":"Alex"}}"#
    );
    let mut ports = Ports::new();
    ports.directory = MockDirectory::new();
    ports
        .directory
        .expect_key_holder()
        .returning(|digest| Ok((digest == key().digest()).then_some(ORGANIZATION)));
    ports.directory.expect_webhooks().returning(move |_| Err(fail()));
    ports.directory.expect_webhook().returning(move |_, _| Err(fail()));
    ports.directory.expect_bookings().returning(move |_, _| Err(fail()));
    ports.directory.expect_booking().returning(move |_, _| Err(fail()));
    ports.log.expect_deliveries().returning(move |_, _| Err(fail()));
    ports.log.expect_delivery().returning(move |_, _| Err(fail()));
    ports.store.expect_begin().returning(move || Err(fail()));
    let router = ports.router();

    let one = |things: &str| format!("/v1/{things}/{STRANGER}");
    let mut answers = Vec::new();
    for (method, path, body) in [
        (Method::GET, "/v1/webhooks".to_owned(), ""),
        (Method::POST, "/v1/webhooks".to_owned(), WEBHOOK),
        (Method::GET, one("webhooks"), ""),
        (Method::PATCH, one("webhooks"), WEBHOOK),
        (Method::DELETE, one("webhooks"), ""),
        (Method::GET, "/v1/bookings".to_owned(), ""),
        (Method::POST, "/v1/bookings".to_owned(), &booking),
        (Method::GET, one("bookings"), ""),
        (Method::DELETE, one("bookings"), ""),
        (Method::GET, "/v1/deliveries".to_owned(), ""),
        (Method::GET, one("deliveries"), ""),
    ] {
        let name = format!("{method} {path}");
        let request = signed(method, &path).body(Body::from(body.to_owned())).unwrap();
        answers.push((name, send(&router, request).await));
    }
    answers
}

#[tokio::test]
async fn a_store_out_of_reach_is_a_reason_to_try_again() {
    for (name, answer) in call_everything(lost).await {
        println!("{name}");
        answer.is_error(503, "UNAVAILABLE", "the service is temporarily unavailable; please try again");
        assert_eq!(answer.headers[header::RETRY_AFTER], "2");
    }
}

#[tokio::test]
async fn any_other_failure_is_ours_and_its_details_stay_here() {
    let refused = || StoreError::Refused("UNIQUE constraint failed: webhooks.url".into());
    let broken = || StoreError::corrupt("row 5 of bookings");
    for fail in [refused as fn() -> StoreError, broken] {
        for (name, answer) in call_everything(fail).await {
            println!("{name}");
            answer.is_error(500, "INTERNAL", "something went wrong on our side; it has been logged");
        }
    }
}
