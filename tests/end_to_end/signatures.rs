//! The headers of a delivery, and what its signatures prove: checked with other implementations than ours.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use slotflow_tests::database::Fresh;
use slotflow_tests::receiver::{Arrival, Reply};
use standardwebhooks::Webhook as StandardWebhook;

use crate::api::{Api, BOTH, Webhook};

on_both_databases! {
    a_delivery_carries_the_contracts_headers_and_no_others,
    both_signatures_of_every_attempt_can_be_verified,
    a_booking_and_its_cancellation_are_numbered,
}

/// Of every request, ours and HTTP's, sorted.
const HEADERS: [&str; 12] = [
    "content-length",
    "content-type",
    "host",
    "user-agent",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
    "x-slotflow-attempt",
    "x-slotflow-delivery",
    "x-slotflow-event",
    "x-slotflow-sequence",
    "x-slotflow-signature",
];

async fn a_delivery_carries_the_contracts_headers_and_no_others(database: Fresh) {
    let api = Api::start(database).await;
    let webhook = api.register("/path", BOTH).await;
    api.book().await;
    let arrival = &api.arrivals("/path", 1).await[0];
    let delivery = &api.only_delivery(&webhook, "delivered").await;

    let mut names: Vec<_> = arrival.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, HEADERS);
    assert_eq!(arrival.method, "POST");
    assert_eq!(arrival.header("content-type"), "application/json");
    assert_eq!(arrival.header("content-length"), arrival.body.len().to_string());
    assert_eq!(format!("http://{}/path", arrival.header("host")), api.receiver.url("/path"));
    assert_eq!(arrival.header("user-agent"), concat!("Slotflow-Webhooks/", env!("CARGO_PKG_VERSION")));
    assert_eq!(arrival.header("x-slotflow-event"), "booking.confirmed");
    assert_eq!(arrival.header("x-slotflow-attempt"), "1");
    assert_eq!(delivery["id"], arrival.header("x-slotflow-delivery"));
    assert_eq!(delivery["event_id"], arrival.header("webhook-id"));
}

async fn both_signatures_of_every_attempt_can_be_verified(database: Fresh) {
    let api = Api::start(database).await;
    let webhook = api.register("/", BOTH).await;
    let other = api.register("/other", BOTH).await;
    api.receiver.answer("/", [Reply::status(500), Reply::status(503), Reply::status(200)]);
    api.book().await;

    let arrivals = api.arrivals("/", 3).await;
    for (arrival, number) in arrivals.iter().zip(["1", "2", "3"]) {
        assert_eq!(arrival.header("x-slotflow-attempt"), number);
        assert_signed(arrival, &webhook);
        assert_eq!(arrival.header("webhook-id"), arrivals[0].header("webhook-id"));
        assert_eq!(arrival.header("x-slotflow-delivery"), arrivals[0].header("x-slotflow-delivery"));
        let stranger = StandardWebhook::new(&other.secret).expect("a secret");
        assert!(stranger.verify(&arrival.body, &arrival.headers).is_err(), "another secret fits too");
    }
    // Three seconds lie between the first and the last: each is signed for its own time.
    assert_ne!(arrivals[0].header("webhook-timestamp"), arrivals[2].header("webhook-timestamp"));
    assert_ne!(arrivals[0].header("webhook-signature"), arrivals[2].header("webhook-signature"));
}

async fn a_booking_and_its_cancellation_are_numbered(database: Fresh) {
    let api = Api::start(database).await;
    api.register("/", BOTH).await;
    // Also for a webhook that hears of the second event only.
    api.register("/cancelled", &BOTH[1..]).await;
    let id = api.book().await;
    api.arrivals("/", 1).await;
    api.cancel(&id).await;
    let arrivals = api.arrivals("/", 2).await;
    assert_eq!(arrivals[0].header("x-slotflow-sequence"), "1");
    assert_eq!(arrivals[1].header("x-slotflow-sequence"), "2");
    assert_ne!(arrivals[0].header("webhook-id"), arrivals[1].header("webhook-id"));
    assert_eq!(api.arrivals("/cancelled", 1).await[0].header("x-slotflow-sequence"), "2");
}

fn assert_signed(arrival: &Arrival, webhook: &Webhook) {
    let standard = StandardWebhook::new(&webhook.secret).expect("a secret");
    standard.verify(&arrival.body, &arrival.headers).expect("a standard signature");

    let timestamp = arrival.header("webhook-timestamp");
    let expected = format!("t={timestamp},v1={}", slotflow_tag(&webhook.secret, timestamp, &arrival.body));
    assert_eq!(arrival.header("x-slotflow-signature"), expected);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_secs();
    let signed_at: u64 = timestamp.parse().expect("seconds");
    assert!(signed_at <= now && now - signed_at < 60, "signed at {signed_at}, now {now}");
}

/// Hex HMAC-SHA256 of `{t}.{raw body}`, keyed by the secret's text.
pub(crate) fn slotflow_tag(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key");
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}
