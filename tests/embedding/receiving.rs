//! `verify_in_axum`: a receiver that takes what is genuine, once.

use crate::service::Service;
use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::json;
use slotflow_domain::signing::{SigningSecret, sign};
use slotflow_domain::{EventId, Timestamp};
use slotflow_tests::database::Fresh;
use slotflow_tests::server::free_port;
use std::time::{Duration, SystemTime};
use uuid::Uuid;

const BODY: &str =
    r#"{"event":"booking.confirmed","created_at":"2026-03-10T14:05:00.000Z","data":{"attendee_name":"Zoë"}}"#;

fn secret(seed: u8) -> SigningSecret {
    SigningSecret::from_random([seed; 32])
}

/// The status of the answer to `body` under `headers`.
async fn post(receiver: &Service, headers: HeaderMap, body: &str) -> u16 {
    let body = Bytes::copy_from_slice(body.as_bytes());
    let answer = receiver.client.send(Method::POST, "/webhooks", headers, body).await.expect("an answer");
    assert!(!String::from_utf8_lossy(&answer.bytes).contains("whsec_"), "an answer tells a secret");
    answer.status.as_u16()
}

/// The headers of an attempt at [`BODY`] of the event `id`.
fn signed(secret: SigningSecret, id: u128, at: Timestamp) -> HeaderMap {
    let headers = sign(&[secret], EventId::new(Uuid::from_u128(id)), at, BODY.as_bytes()).into_headers();
    let parsed = |(name, value): (&str, String)| Some((name.parse().ok()?, value.parse().ok()?));
    headers.into_iter().map(|header| parsed(header).expect("a header")).collect()
}

#[tokio::test]
async fn a_signed_post_is_taken_once_and_a_forged_one_never() {
    let secrets = format!("{},{}", secret(1).expose(), secret(2).expose());
    let variables = [("SLOTFLOW_WEBHOOK_SECRET", secrets.as_str()), ("LISTEN", "127.0.0.1:0")];
    let receiver = Service::start("verify_in_axum", &variables).await;
    let now = Timestamp::from(SystemTime::now());
    let hour_ago = now.saturating_sub(Duration::from_secs(3_600));

    let genuine = signed(secret(1), 1, now);
    assert_eq!(post(&receiver, genuine.clone(), &BODY.replace("Zoë", "Eve")).await, 401, "tampered with");
    assert_eq!(post(&receiver, signed(secret(3), 1, now), BODY).await, 401, "forged");
    assert_eq!(post(&receiver, signed(secret(1), 1, hour_ago), BODY).await, 401, "old");
    assert_eq!(post(&receiver, HeaderMap::new(), BODY).await, 401, "not signed");
    assert_eq!(post(&receiver, genuine.clone(), &" ".repeat(1_000_000)).await, 413, "too large");

    assert_eq!(post(&receiver, genuine.clone(), BODY).await, 202, "genuine");
    assert_eq!(post(&receiver, genuine, BODY).await, 200, "sent again");
    assert_eq!(post(&receiver, signed(secret(2), 1, now), BODY).await, 200, "a retry, after a rotation");
    assert_eq!(post(&receiver, signed(secret(2), 2, now), BODY).await, 202, "another event");

    let line = r#"booking.confirmed: start the follow-up of {"attendee_name":"Zoë"}"#;
    assert_eq!(receiver.stop().await, [line, line]);
}

#[tokio::test]
async fn what_the_shop_sends_the_receiver_takes() {
    let Some(database) = Fresh::sqlite() else { return };
    let url = database.url();
    let shop = Service::start("embed_in_axum", &[("DATABASE_URL", &url), ("LISTEN", "127.0.0.1:0")]).await;

    // It is registered first, since the receiver needs the secret that this gives.
    let address = format!("127.0.0.1:{}", free_port().expect("a free port"));
    let webhook = json!({"url": format!("http://{address}/webhooks")});
    let webhook =
        shop.client.post("/webhooks", None, &webhook).await.and_then(|answer| answer.expect_status(200));
    let secret = webhook.expect("a webhook").json["signing_secret"].as_str().expect("a secret").to_owned();
    let variables = [("SLOTFLOW_WEBHOOK_SECRET", secret.as_str()), ("LISTEN", &address)];
    let mut receiver = Service::start("verify_in_axum", &variables).await;

    let order = json!({"id": 7, "total": 1250});
    shop.client.post("/orders", None, &order).await.and_then(|answer| answer.expect_status(200)).expect("it");
    receiver.wait_for_line(&format!("order.paid: {order}")).await;
    assert_eq!(receiver.stop().await.len(), 1);
    shop.stop().await;
}
