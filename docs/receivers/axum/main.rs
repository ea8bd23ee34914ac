//! Receives Slotflow webhooks. Needs axum, serde_json, tokio and slotflow-domain.

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use serde_json::{Value, json};
use slotflow_domain::Timestamp;
use slotflow_domain::signing::{DEFAULT_TOLERANCE, SigningSecret, verify};
use std::collections::HashSet;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

struct Receiver {
    secrets: [SigningSecret; 1],
    seen: Mutex<HashSet<String>>, // In production: a unique column in your database.
}

// The signature covers the bytes as they came: take the raw body, not a parsed one.
async fn receive(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name: &str| headers.get(name)?.to_str().ok();
    let Ok(now) = now() else { return StatusCode::INTERNAL_SERVER_ERROR };
    if verify(header, &body, &receiver.secrets, now, DEFAULT_TOLERANCE).is_err() {
        return StatusCode::UNAUTHORIZED;
    }
    let Ok(payload) = serde_json::from_slice::<Value>(&body) else { return StatusCode::BAD_REQUEST };
    // Every attempt at one event carries the same id; what is known already only needs its 2xx.
    let id = header("webhook-id").unwrap_or_default().to_owned();
    if !receiver.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(id) {
        return StatusCode::OK;
    }
    let attempt: u32 = header("x-slotflow-attempt").and_then(|text| text.parse().ok()).unwrap_or_default();
    let data = &payload["data"];
    let line = json!({"event": payload["event"], "booking_id": data["id"], "attempt": attempt, "metadata": data["metadata"]});
    match payload["event"].as_str() {
        Some("booking.confirmed") => println!("{line}"), // And start your follow-up.
        Some("booking.cancelled") => println!("{line}"), // And undo it.
        _ => {}
    }
    StatusCode::OK // Answer at once; leave slow work to a task of yours.
}

fn now() -> Result<Timestamp, Box<dyn Error>> {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    Ok(Timestamp::from_millis(millis.try_into()?)?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let secret = SigningSecret::parse(&std::env::var("SLOTFLOW_WEBHOOK_SECRET")?)?;
    let port: u16 = std::env::var("PORT").map_or(Ok(3000), |port| port.parse())?;
    let receiver = Arc::new(Receiver { secrets: [secret], seen: Mutex::default() });
    let app = Router::new().route("/webhooks/slotflow", post(receive)).with_state(receiver);
    axum::serve(tokio::net::TcpListener::bind(("127.0.0.1", port)).await?, app).await?;
    Ok(())
}
