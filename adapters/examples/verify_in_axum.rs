//! A receiver of webhooks: believes what is genuine, takes each event once, and answers before it does anything about it.
//!
//! ```text
//! SLOTFLOW_WEBHOOK_SECRET=whsec_… cargo run -p slotflow-adapters --example verify_in_axum
//! ```
//! `LISTEN` names the address. While the webhook's secret is being rotated, give both, with a comma between.

use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::routing::post;
use serde::Deserialize;
use serde_json::value::RawValue;
use slotflow_adapters::verify::{VerifiedWebhook, WebhookVerifier};
use slotflow_domain::EventId;
use slotflow_domain::signing::SigningSecret;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::{env, error::Error};
use tokio::sync::mpsc;

/// How many events may wait for their turn.
const ROOM: usize = 1_000;

/// What you want of the body, which is `{"event": …, "created_at": …, "data": …}`.
#[derive(Deserialize)]
struct Event {
    event: String,
    /// As it was sent. Or a type of yours, once you have looked at `event`.
    data: Box<RawValue>,
}

#[derive(Clone)]
struct App {
    verifier: WebhookVerifier,
    inbox: Inbox,
}

/// Lets [`VerifiedWebhook`] find its secrets.
impl FromRef<App> for WebhookVerifier {
    fn from_ref(app: &App) -> Self {
        app.verifier.clone()
    }
}

/// What came in. In production it is a table in your database whose key is the event's id: there "known already" and
/// "kept" are one `INSERT … ON CONFLICT DO NOTHING`, and what you have answered for survives a crash.
#[derive(Clone)]
struct Inbox {
    known: Arc<Mutex<HashSet<EventId>>>,
    waiting: mpsc::Sender<Event>,
}

impl Inbox {
    fn take(&self, id: EventId, event: Event) -> StatusCode {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.contains(&id) {
            return StatusCode::OK;
        }
        match self.waiting.try_send(event) {
            Ok(()) => {
                known.insert(id);
                StatusCode::ACCEPTED
            }
            // It comes again, in 5 minutes and in 60 more.
            Err(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// Runs for genuine deliveries only; to others the extractor has answered 400, 401 or 413. Any 2xx ends the matter for
/// the sender, which waits 10 seconds for it.
async fn receive(State(app): State<App>, webhook: VerifiedWebhook<Event>) -> StatusCode {
    app.inbox.take(webhook.event_id, webhook.event)
}

/// Your own work, which may take its time.
async fn work_off(mut waiting: mpsc::Receiver<Event>) {
    while let Some(Event { event, data }) = waiting.recv().await {
        match event.as_str() {
            "booking.confirmed" => println!("{event}: start the follow-up of {data}"),
            "booking.cancelled" => println!("{event}: undo it for {data}"),
            // Types that came later, and `webhook.test`.
            _ => println!("{event}: {data}"),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let secrets = env::var("SLOTFLOW_WEBHOOK_SECRET")?;
    let secrets = secrets.split(',').map(SigningSecret::parse).collect::<Result<Vec<_>, _>>()?;
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3001".to_owned());

    let (waiting, arrivals) = mpsc::channel(ROOM);
    let work = tokio::spawn(work_off(arrivals));
    let app =
        App { verifier: WebhookVerifier::new(secrets), inbox: Inbox { known: Arc::default(), waiting } };
    let routes = Router::new().route("/webhooks", post(receive)).with_state(app);

    let listener = tokio::net::TcpListener::bind(&address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, routes).with_graceful_shutdown(async { _ = tokio::signal::ctrl_c().await }).await?;
    work.await?;
    Ok(())
}
