//! Receives Slotflow webhooks. Needs axum, serde, serde_json, tokio, and slotflow-domain without its default features.

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use serde::Deserialize;
use serde_json::{Value, json};
use slotflow_domain::EventId;
use slotflow_domain::signing::{DEFAULT_TOLERANCE, SigningSecret, verify};
use std::collections::HashSet;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

struct Receiver {
    secrets: [SigningSecret; 1],
    seen: Mutex<HashSet<EventId>>, // In production: a unique column in your database.
}

#[derive(Deserialize)]
struct Payload {
    event: String,
    data: Booking,
}

#[derive(Deserialize)]
struct Booking {
    id: String,
    metadata: Value, // Or a type of your own.
}

// The signature covers the bytes as they came: take the raw body, not a parsed one.
async fn receive(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name: &str| Some(headers.get(name)?.to_str().unwrap_or_default());
    let verified = verify(header, &body, &receiver.secrets, SystemTime::now().into(), DEFAULT_TOLERANCE);
    // The id that was signed; a header of its own could be anybody's.
    let Some(id) = verified.ok().and_then(|verified| verified.event_id) else {
        return StatusCode::UNAUTHORIZED;
    };
    let Ok(Payload { event, data }) = serde_json::from_slice(&body) else { return StatusCode::BAD_REQUEST };
    // Every attempt at one event carries the same id; what is known already only needs its 2xx.
    if !receiver.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(id) {
        return StatusCode::OK;
    }
    let attempt: u32 = header("x-slotflow-attempt").and_then(|text| text.parse().ok()).unwrap_or_default();
    let log = json!({"event": event, "booking_id": data.id, "attempt": attempt, "metadata": data.metadata});
    match event.as_str() {
        "booking.confirmed" => println!("{log}"), // And start your follow-up.
        "booking.cancelled" => println!("{log}"), // And undo it.
        _ => {}
    }
    StatusCode::OK // Answer at once; leave slow work to a task of yours.
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
