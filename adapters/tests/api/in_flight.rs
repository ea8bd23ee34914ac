//! How much of requests and answers is in memory at once, with real sizes.

use crate::support::{HUMAN, ORGANIZATION, Ports, booking, booking_with, key, lost, send, signed};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response, header};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use http_body_util::BodyExt;
use slotflow_adapters::api::router;
use slotflow_adapters::memory::TestKit;
use slotflow_application::ports::{BookingPage, MockDirectory};
use slotflow_domain::OrganizationId;
use slotflow_domain::organization::{ApiKey, OrganizationName, Plan};
use std::convert::Infallible;
use std::time::Duration;
use tokio::task::JoinHandle;
use tower::ServiceExt;
use uuid::Uuid;

const NO_ROOM: &str = "too much is sent and asked for at once; please try again";

/// Metadata of nearly 64 KiB.
fn metadata() -> String {
    format!(r#"{{"x":"{}"}}"#, "x".repeat(60 * 1024))
}

fn other_key() -> ApiKey {
    ApiKey::from_random([2; 32])
}

/// An API that knows two organizations, each with 100 of the largest bookings and no webhooks.
fn ports() -> Ports {
    let mut ports = Ports::new();
    ports.directory = MockDirectory::new();
    ports.directory.expect_key_holder().returning(|digest| {
        let other = OrganizationId::new(Uuid::from_u128(0xB));
        let holders = [(key(), ORGANIZATION), (other_key(), other)];
        Ok(holders.into_iter().find(|(key, _)| key.digest() == digest).map(|(_, holder)| holder))
    });
    ports
        .directory
        .expect_bookings()
        .returning(|_, _| Ok(BookingPage { bookings: vec![booking(&metadata()); 100], total: 100 }));
    ports.directory.expect_webhooks().returning(|_| Ok(Vec::new()));
    ports
}

/// An answer whose body nobody has read.
async fn get(router: &Router, path: &str, key: &ApiKey) -> Response<Body> {
    let request = Request::builder().uri(path);
    let request = request.header(header::AUTHORIZATION, format!("Bearer {}", key.expose()));
    router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

#[tokio::test]
async fn answers_that_nobody_takes_are_bounded_and_leave_room_for_other_organizations() {
    let router = ports().router();
    let large = "/v1/bookings?limit=100";
    let mut kept = Vec::new();
    let refused = loop {
        let answer = get(&router, large, &key()).await;
        if answer.status() != 200 {
            break answer;
        }
        kept.push(answer);
        assert!(kept.len() < 10, "60 MiB are held");
    };
    assert_eq!(kept.len(), 2, "6 MiB each, within 16 MiB");
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "2");
    let body = refused.into_body().collect().await.unwrap().to_bytes();
    let expected = format!(r#"{{"error":{{"code":"UNAVAILABLE","message":"{NO_ROOM}","status":503}}}}"#);
    assert_eq!(body, expected);

    assert_eq!(get(&router, "/v1/webhooks", &key()).await.status(), 200, "what is small is always admitted");
    assert_eq!(get(&router, "/openapi.json", &key()).await.status(), 200, "and so is what is there anyway");
    let other = get(&router, large, &other_key()).await;
    assert_eq!(other.status(), 200);

    // As a connection writes it: the body is gone when its last piece is taken over, which counts until it is written.
    let mut body = kept.pop().unwrap().into_body();
    let piece = body.frame().await.unwrap().unwrap().into_data().unwrap();
    drop(body);
    assert_eq!(get(&router, large, &key()).await.status(), 503);
    drop(piece);
    assert_eq!(get(&router, large, &key()).await.status(), 200);
}

#[tokio::test]
async fn a_large_answer_says_its_length_and_is_whole() {
    let answer = get(&ports().router(), "/v1/bookings?limit=100", &key()).await;
    let length: usize = answer.headers()[header::CONTENT_LENGTH].to_str().unwrap().parse().unwrap();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body.len(), length);
    let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(json["bookings"].as_array().unwrap().len(), 100);
}

/// The JSON of a booking with nearly 64 KiB of metadata.
fn large_booking() -> String {
    format!(
        r#"{{"human_id":"{HUMAN}","starts_at":"2026-03-12T09:00:00Z","duration":30,"attendee_name":"Alex","metadata":{}}}"#,
        metadata()
    )
}

#[tokio::test]
async fn what_was_carried_out_is_answered_room_or_not() {
    let router = ports().working(booking_with(Vec::new())).router();
    let large = "/v1/bookings?limit=100";
    let _kept = [get(&router, large, &key()).await, get(&router, large, &key()).await];
    assert_eq!(get(&router, large, &key()).await.status(), 503);
    let mut kept = Vec::new();
    for _ in 0..100 {
        let request = signed(Method::POST, "/v1/bookings").body(Body::from(large_booking())).unwrap();
        kept.push(router.clone().oneshot(request).await.unwrap());
        assert_eq!(kept.last().unwrap().status(), 201);
    }
}

#[tokio::test]
async fn an_answer_that_is_given_again_may_be_refused_like_any_that_is_only_read() {
    let kit = TestKit::new();
    let name = OrganizationName::parse("Acme").unwrap();
    let (_, key) = kit.organizations().create(name, Plan::Free).await.unwrap();
    let router = router(kit.api_services());
    let book = async || {
        let request = Request::post("/v1/bookings")
            .header(header::AUTHORIZATION, format!("Bearer {}", key.expose()))
            .header(header::CONTENT_TYPE, "application/json")
            .header("Idempotency-Key", "once");
        router.clone().oneshot(request.body(Body::from(large_booking())).unwrap()).await.unwrap()
    };
    let mut kept = Vec::new();
    let refused = loop {
        let answer = book().await;
        if answer.status() != 201 {
            break answer;
        }
        kept.push(answer);
        assert!(kept.len() < 1_000, "60 MiB are held");
    };
    assert_eq!(refused.status(), 503);
    assert!((200..300).contains(&kept.len()), "60 KiB each, within 16 MiB: {}", kept.len());
    drop(kept);
    assert_eq!(book().await.status(), 201);
}

/// A request whose body has come this far and comes no further.
fn unfinished(router: &Router, arrived: usize) -> JoinHandle<Response<Body>> {
    let piece = stream::iter([Ok::<_, Infallible>(Bytes::from(vec![b' '; arrived]))]);
    let body = Body::from_stream(piece.chain(stream::pending()));
    let request = signed(Method::POST, "/v1/bookings").body(body).unwrap();
    let router = router.clone();
    tokio::spawn(async move { router.oneshot(request).await.unwrap() })
}

#[tokio::test(start_paused = true)]
async fn bodies_that_do_not_end_are_bounded_and_let_go_of() {
    let router = ports().working(booking_with(Vec::new())).router();
    let waiting: Vec<_> = (0..64).map(|_| unfinished(&router, 256 * 1024)).collect();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let request = signed(Method::POST, "/v1/bookings").body(Body::from(large_booking())).unwrap();
    send(&router, request).await.is_error(503, "UNAVAILABLE", NO_ROOM);
    // What is small has room, and so has another organization.
    let small = large_booking().replace(&metadata(), "{}");
    let request = signed(Method::POST, "/v1/bookings").body(Body::from(small)).unwrap();
    assert_eq!(send(&router, request).await.status, 201);
    let mut request = signed(Method::POST, "/v1/bookings").body(Body::from(large_booking())).unwrap();
    let bearer = format!("Bearer {}", other_key().expose());
    request.headers_mut().insert(header::AUTHORIZATION, bearer.parse().unwrap());
    assert_eq!(send(&router, request).await.status, 201);

    for answer in waiting {
        assert_eq!(answer.await.unwrap().status(), 400, "its time is up");
    }
    let request = signed(Method::POST, "/v1/bookings").body(Body::from(large_booking())).unwrap();
    assert_eq!(send(&router, request).await.status, 201);
}

#[tokio::test(start_paused = true)]
async fn a_body_counts_once_and_until_its_request_is_answered() {
    let mut ports = ports();
    ports.directory.expect_kept_answer().returning(|_, _| Ok(None));
    ports.store.expect_begin().returning(|| Err(lost()));
    let router = ports.router();
    // So many that there is room for one more of 60 KiB, and for no second one.
    let _waiting: Vec<_> =
        [150; 1].into_iter().chain([256; 63]).map(|kib| unfinished(&router, kib * 1024)).collect();
    tokio::time::sleep(Duration::from_secs(1)).await;
    for _ in 0..10 {
        // Under a key it is read twice.
        let request = signed(Method::POST, "/v1/bookings").header("Idempotency-Key", "once");
        let answer = send(&router, request.body(Body::from(large_booking())).unwrap()).await;
        answer.is_error(503, "UNAVAILABLE", "the service is temporarily unavailable; please try again");
    }
}
