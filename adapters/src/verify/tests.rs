//! What gets past the extractor, and what is told to all else.

use super::*;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::FromRef;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use slotflow_domain::signing::{
    SLOTFLOW_SIGNATURE, SigningSecret, WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP, sign,
};
use slotflow_domain::{EventId, Timestamp};
use std::time::Duration;
use tower::ServiceExt;
use uuid::Uuid;

const STANDARD: [&str; 3] = [WEBHOOK_ID, WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE];
const BODY: &str = r#"{"event":"booking.confirmed","created_at":"2026-03-10T14:05:00.000Z","data":{"attendee_name":"Alex Rivera","metadata":{"huge":1e400}}}"#;
const EVENT: EventId = EventId::new(Uuid::from_u128(0x0195_a1b2_c3d4_7e5f_8a9b_0c1d_2e3f_4a5b));

fn secret(seed: u8) -> SigningSecret {
    SigningSecret::from_random([seed; 32])
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_773_151_500_000).unwrap()
}

fn verifier() -> WebhookVerifier {
    WebhookVerifier::new([secret(1)]).clock(now)
}

#[derive(Deserialize)]
struct Event {
    event: String,
}

/// What a receiver's state may look like.
#[derive(Clone)]
struct App {
    verifier: WebhookVerifier,
}

impl FromRef<App> for WebhookVerifier {
    fn from_ref(app: &App) -> Self {
        app.verifier.clone()
    }
}

/// Answers what it was given.
async fn receive(webhook: VerifiedWebhook<Event>) -> Json<Value> {
    let VerifiedWebhook { event_id, sent_at, body, event } = webhook;
    Json(json!({
        "id": event_id, "sent_at": sent_at, "body": String::from_utf8(body.to_vec()).unwrap(), "event": event.event,
    }))
}

/// The headers of an attempt to deliver [`BODY`] at `at`, signed by `secrets`.
fn signed(secrets: &[SigningSecret], at: Timestamp) -> HeaderMap {
    let headers = sign(secrets, EVENT, at, BODY.as_bytes()).into_headers();
    headers.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
}

fn genuine() -> HeaderMap {
    signed(&[secret(1)], now())
}

/// The genuine headers without those named.
fn without(names: &[&str]) -> HeaderMap {
    let mut headers = genuine();
    for name in names {
        headers.remove(*name);
    }
    headers
}

async fn deliver(
    verifier: WebhookVerifier,
    headers: HeaderMap,
    body: impl Into<Body>,
) -> (StatusCode, String) {
    let mut request = Request::post("/").body(body.into()).unwrap();
    *request.headers_mut() = headers;
    let app = Router::new().route("/", post(receive)).with_state(App { verifier });
    let answer = app.oneshot(request).await.unwrap();
    let status = answer.status();
    let text = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(text.to_vec()).unwrap())
}

async fn assert_refused(
    verifier: WebhookVerifier,
    headers: HeaderMap,
    body: impl Into<Body>,
    status: u16,
    text: &str,
) {
    let answer = deliver(verifier, headers, body).await;
    assert_eq!(answer, (StatusCode::from_u16(status).unwrap(), text.to_owned()));
}

#[tokio::test]
async fn a_genuine_delivery_comes_with_its_id_its_time_and_its_very_bytes() {
    for headers in [genuine(), without(&[SLOTFLOW_SIGNATURE])] {
        let (status, text) = deliver(verifier(), headers, BODY).await;
        assert_eq!(status, StatusCode::OK, "{text}");
        let given: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            given,
            json!({"id": EVENT, "sent_at": "2026-03-10T14:05:00.000Z", "body": BODY, "event": "booking.confirmed"})
        );
    }
}

#[tokio::test]
async fn a_body_that_was_tampered_with_is_refused() {
    let tampered = BODY.replace("Alex", "Axel");
    assert_refused(verifier(), genuine(), tampered, 401, "no signature matches").await;
    assert_refused(verifier(), genuine(), "", 401, "no signature matches").await;
}

#[tokio::test]
async fn another_id_would_get_past_the_deduplication_and_is_refused() {
    let mut headers = genuine();
    headers.insert(WEBHOOK_ID, HeaderValue::from_static("0195a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c"));
    assert_refused(verifier(), headers, BODY, 401, "no signature matches").await;
    // And so would none.
    assert_refused(verifier(), without(&STANDARD), BODY, 400, "webhook-id is missing").await;
}

#[tokio::test]
async fn what_is_not_of_this_moment_is_refused() {
    let age = Duration::from_secs(301);
    let (old, early) = (now().saturating_sub(age), now() + age);
    assert_refused(verifier(), signed(&[secret(1)], old), BODY, 401, "the timestamp is too old").await;
    assert_refused(verifier(), signed(&[secret(1)], early), BODY, 401, "the timestamp is in the future")
        .await;
    let patient = verifier().tolerance(age);
    assert_eq!(deliver(patient, signed(&[secret(1)], old), BODY).await.0, StatusCode::OK);
}

#[tokio::test]
async fn the_clock_is_the_systems_unless_another_is_given() {
    let verifier = WebhookVerifier::new([secret(1)]);
    let fresh = signed(&[secret(1)], std::time::SystemTime::now().into());
    assert_eq!(deliver(verifier.clone(), fresh, BODY).await.0, StatusCode::OK);
    assert_refused(verifier, genuine(), BODY, 401, "the timestamp is too old").await;
}

#[tokio::test]
async fn another_secret_is_refused_and_during_a_rotation_either_is_taken() {
    let stranger = WebhookVerifier::new([secret(3)]).clock(now);
    assert_refused(stranger, genuine(), BODY, 401, "no signature matches").await;
    let nobody = WebhookVerifier::new([]).clock(now);
    assert_refused(nobody, genuine(), BODY, 401, "no signature matches").await;

    let both = WebhookVerifier::new([secret(1), secret(2)]).clock(now);
    for secrets in [vec![secret(1)], vec![secret(2)], vec![secret(2), secret(1)], vec![secret(3), secret(2)]]
    {
        assert_eq!(deliver(both.clone(), signed(&secrets, now()), BODY).await.0, StatusCode::OK);
    }
}

#[tokio::test]
async fn headers_that_are_missing_or_malformed_are_named() {
    assert_refused(verifier(), HeaderMap::new(), BODY, 401, "no signature headers").await;
    for name in STANDARD {
        assert_refused(verifier(), without(&[name]), BODY, 400, &format!("{name} is missing")).await;
    }
    for name in [STANDARD.as_slice(), &[SLOTFLOW_SIGNATURE]].concat() {
        // Not text: neither may it count as missing, so that the other family would do.
        let mut headers = genuine();
        headers.insert(name, HeaderValue::from_bytes(b"\xff").unwrap());
        assert_refused(verifier(), headers, BODY, 400, &format!("{name} is malformed")).await;
    }
}

#[tokio::test]
async fn a_large_body_is_refused_whether_it_says_its_size_or_not() {
    let just = verifier().body_limit(BODY.len());
    assert_eq!(deliver(just.clone(), genuine(), BODY).await.0, StatusCode::OK);
    let tight = verifier().body_limit(BODY.len() - 1);
    let refused = format!("the body has more than {} bytes", BODY.len() - 1);
    assert_refused(tight.clone(), genuine(), BODY, 413, &refused).await;
    assert_refused(tight, genuine(), in_pieces(BODY, None), 413, &refused).await;
    assert_eq!(deliver(just, genuine(), in_pieces(BODY, None)).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused() {
    let broken = in_pieces(BODY, Some(std::io::ErrorKind::ConnectionReset.into()));
    assert_refused(verifier(), genuine(), broken, 400, "the body did not arrive whole").await;
}

/// A body that does not say how long it is; with an error behind it, or its end.
fn in_pieces(text: &'static str, end: Option<std::io::Error>) -> Body {
    let pieces = text.as_bytes().chunks(10).map(|piece| Ok(Bytes::from_static(piece)));
    Body::from_stream(futures_util::stream::iter(pieces.chain(end.map(Err)).collect::<Vec<_>>()))
}

#[tokio::test]
async fn a_genuine_body_of_another_shape_is_refused_and_not_quoted() {
    let body = r#"{"event": {"name": "Alex Rivera"}}"#;
    let headers = sign(&[secret(1)], EVENT, now(), body.as_bytes()).into_headers();
    let headers =
        headers.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    let expected = "the body is not the JSON that is taken here: see line 1, column 10";
    assert_refused(verifier(), headers, body, 400, expected).await;
}

#[test]
fn debug_shows_neither_secrets_nor_bodies() {
    let webhook = VerifiedWebhook {
        event_id: EVENT,
        sent_at: now(),
        body: Bytes::from_static(BODY.as_bytes()),
        event: BODY,
    };
    let shown = format!("{:?} {webhook:?}", verifier());
    assert!(
        !shown.contains("whsec_") && !shown.contains(secret(1).expose()) && !shown.contains("Alex"),
        "{shown}"
    );
}
