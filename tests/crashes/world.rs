//! An organization with two webhooks, and a receiver behind them that fails by a rule.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use slotflow_domain::instance::Watch;
use slotflow_tests::http::JsonClient;
use slotflow_tests::receiver::{Arrival, Receiver, Reply};
use slotflow_tests::server::{Organization, Server, create_organization};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// Shortest that a busy machine keeps to: it decides the lease, and so how long the tests take.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(3);
/// By rule 20 s more than the timeout.
pub(crate) const LEASE: Duration = Duration::from_secs(23);
/// By then an attempt's outcome is recorded, or its process has died: the timeout, and what the product keeps of the
/// lease for recording.
pub(crate) const OUTCOME_RECORDED: Duration = Duration::from_secs(8);
/// The pauses before the second and the third attempt.
pub(crate) const DELAYS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];
pub(crate) const ARGUMENTS: &[&str] = &["--dev", "--request-timeout", "3s", "--retry-delays", "1s,2s"];
/// How long something that must happen is waited for, on a machine that is busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Long enough for some requests to be on the wire at any moment.
const ANSWERING: Duration = Duration::from_millis(30);

/// A webhook for both events, and where at the receiver it leads.
#[derive(Debug, Clone)]
pub(crate) struct Webhook {
    pub(crate) id: String,
    pub(crate) path: &'static str,
    /// How many attempts of an event's delivery its receiver refuses, by the event's id.
    pub(crate) refuses: fn(&str) -> u32,
}

pub(crate) struct World {
    pub(crate) organization: Organization,
    pub(crate) receiver: Receiver,
    pub(crate) webhooks: Vec<Webhook>,
    /// How long an instance must be without its lock before the others take it for dead.
    pub(crate) grace: Duration,
}

impl World {
    /// Makes it through this server: one webhook whose receiver takes everything, and one whose receiver refuses a
    /// quarter of the events once, a quarter twice, and a quarter three times.
    pub(crate) async fn make(database_url: &str, server: &Server) -> World {
        let mut world = World::make_empty(database_url).await;
        world.register(server, "/steady", |_| 0).await;
        world
            .register(server, "/shaky", |event| u32::from(event.as_bytes().last().copied().unwrap_or(0) % 4))
            .await;
        world
    }

    /// One without webhooks.
    pub(crate) async fn make_empty(database_url: &str) -> World {
        let organization = create_organization(database_url, "growth").await.expect("an organization");
        let receiver = Receiver::start().await.expect("a receiver");
        let grace = if database_url.starts_with("postgres") { Watch::GRACE } else { Duration::ZERO };
        World { organization, receiver, webhooks: Vec::new(), grace }
    }

    /// Registers a webhook; its receiver refuses the first attempts as `refuses` says.
    pub(crate) async fn register(&mut self, server: &Server, path: &'static str, refuses: fn(&str) -> u32) {
        self.receiver.answer_by(path, move |arrival| {
            let status = if attempt(arrival) <= refuses(arrival.header("webhook-id")) { 500 } else { 200 };
            Reply::status(status).after(ANSWERING)
        });
        let body =
            json!({"url": self.receiver.url(path), "events": ["booking.confirmed", "booking.cancelled"]});
        let answer = server.client().post("/v1/webhooks", self.key(), &body).await.expect("an answer");
        let id = text(&answer.expect_status(201).expect("a webhook").json, "/id");
        self.webhooks.push(Webhook { id, path, refuses });
    }

    /// Books this often, all at once.
    pub(crate) async fn book(&self, server: &Server, times: usize) {
        let client = server.client();
        let calls = (0..times).map(async |_| {
            let body = json!({"human_id": Uuid::new_v4(), "starts_at": "2031-03-10T14:00:00Z", "duration": 30,
                "attendee_name": "Alex Rivera"});
            let answer = client.post("/v1/bookings", self.key(), &body).await.expect("an answer");
            answer.expect_status(201).expect("a booking");
        });
        join_all(calls).await;
    }

    pub(crate) fn key(&self) -> &str {
        &self.organization.api_key
    }

    pub(crate) async fn get(&self, client: &JsonClient, path: &str) -> Value {
        let answer = client.get(path, self.key()).await.expect("an answer");
        answer.expect_status(200).expect("what is there").json
    }

    /// All bookings.
    pub(crate) async fn bookings(&self, client: &JsonClient) -> Vec<Value> {
        let mut bookings = Vec::new();
        loop {
            let page = self.get(client, &format!("/v1/bookings?limit=100&offset={}", bookings.len())).await;
            let rows = page["bookings"].as_array().expect("a list");
            if rows.is_empty() {
                return bookings;
            }
            bookings.extend(rows.iter().cloned());
        }
    }

    /// All deliveries to the webhook.
    pub(crate) async fn deliveries(&self, client: &JsonClient, webhook: &Webhook) -> Vec<Value> {
        let first = format!("/v1/deliveries?limit=100&webhook_id={}", webhook.id);
        let mut deliveries = Vec::new();
        let mut path = first.clone();
        loop {
            let page = self.get(client, &path).await;
            deliveries.extend(page["deliveries"].as_array().expect("a list").iter().cloned());
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("{first}&cursor={cursor}"),
                None => return deliveries,
            }
        }
    }

    /// Waits until every delivery has ended. Judged by one listing after the other, which is enough as what is final
    /// stays so; asking for what is open would miss what changes from pending to delivering in between.
    pub(crate) async fn wait_until_all_is_final(&self, client: &JsonClient) {
        let deadline = Instant::now() + LEASE + PATIENCE;
        for webhook in &self.webhooks {
            loop {
                let deliveries = self.deliveries(client, webhook).await;
                let open =
                    deliveries.iter().find(|one| one["status"] != "delivered" && one["status"] != "failed");
                let Some(open) = open else { break };
                assert!(Instant::now() < deadline, "still open: {open:#}");
                sleep(Duration::from_millis(500)).await;
            }
        }
    }
}

/// `X-Slotflow-Attempt`.
pub(crate) fn attempt(arrival: &Arrival) -> u32 {
    arrival.header("x-slotflow-attempt").parse().expect("an attempt number")
}

pub(crate) fn text(json: &Value, pointer: &str) -> String {
    let found = json.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no text at {pointer} in {json}")).to_owned()
}
