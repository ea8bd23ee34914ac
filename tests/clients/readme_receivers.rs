//! The receivers in `docs/receivers`, which the README shows, against the real server.

use std::time::Duration;

use serde_json::{Value, json};
use slotflow_tests::database::Fresh;
use slotflow_tests::http::JsonClient;
use slotflow_tests::server::{Organization, Server, create_organization};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::receiver::{Address, Framework, Receiver};

const ALL: [Framework; 4] = [Framework::Express, Framework::Flask, Framework::FastApi, Framework::Axum];
/// Three attempts after 0, 1 and 2 seconds, with room for a busy machine.
const FINAL_PATIENCE: Duration = Duration::from_secs(40);

/// A well-formed signing secret that no webhook has.
const SOMEONE_ELSES_SECRET: &str = "whsec_c29tZW9uZSBlbHNlJ3Mgc2VjcmV0LCAzMiBieXRlcyE=";

struct Api {
    client: JsonClient,
    organization: Organization,
    _server: Server,
}

impl Api {
    async fn start(database: &Fresh) -> Api {
        let url = database.url();
        let server = Server::start(&url).await.expect("a server");
        let organization = create_organization(&url, "growth").await.expect("an organization");
        Api { client: server.client(), organization, _server: server }
    }

    fn key(&self) -> &str {
        &self.organization.api_key
    }

    /// The new webhook's id and secret.
    async fn register(&self, address: &Address) -> (String, String) {
        let body = json!({"url": address.url(), "events": ["booking.confirmed", "booking.cancelled"]});
        let answer = self.client.post("/v1/webhooks", self.key(), &body).await.expect("an answer");
        let webhook = answer.expect_status(201).expect("a webhook").json;
        (text(&webhook, "/id"), text(&webhook, "/signing_secret"))
    }

    async fn book(&self, metadata: &Value) -> String {
        let body = json!({
            "human_id": Uuid::new_v4(), "starts_at": "2031-03-10T14:00:00Z", "duration": 30,
            "attendee_name": "Alex Rivera", "metadata": metadata,
        });
        let answer = self.client.post("/v1/bookings", self.key(), &body).await.expect("an answer");
        text(&answer.expect_status(201).expect("a booking").json, "/id")
    }

    async fn cancel(&self, booking: &str) {
        let answer = self.client.delete(&format!("/v1/bookings/{booking}"), self.key()).await;
        answer.expect("an answer").expect_status(200).expect("a cancelled booking");
    }

    /// The webhook's deliveries, once there are `count` and each has come to its end.
    async fn final_deliveries(&self, webhook: &str, count: usize) -> Vec<Value> {
        let path = format!("/v1/deliveries?webhook_id={webhook}");
        let deadline = Instant::now() + FINAL_PATIENCE;
        loop {
            let answer = self.client.get(&path, self.key()).await.expect("an answer");
            let log = answer.expect_status(200).expect("the delivery log").json;
            let deliveries = log["deliveries"].as_array().expect("a list").clone();
            let is_final = |delivery: &Value| !delivery["completed_at"].is_null();
            if deliveries.len() == count && deliveries.iter().all(is_final) {
                return deliveries;
            }
            assert!(Instant::now() < deadline, "not {count} final deliveries: {deliveries:#?}");
            sleep(Duration::from_millis(100)).await;
        }
    }
}

fn text(json: &Value, pointer: &str) -> String {
    let found = json.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no text at {pointer} in {json}")).to_owned()
}

async fn both_events_arrive_everywhere(database: Option<Fresh>) {
    let Some(database) = database else { return };
    let runnable: Vec<_> =
        ALL.into_iter().filter_map(|framework| Some((framework, framework.command()?))).collect();
    if runnable.is_empty() {
        return;
    }
    let api = Api::start(&database).await;
    let mut receivers = Vec::new();
    for (framework, command) in runnable {
        let address = Address::choose();
        let (webhook, secret) = api.register(&address).await;
        receivers.push((webhook, Receiver::start(framework, command, &address, &secret).await));
    }
    let metadata = json!({"lead_id": "lead_8294", "source": "ai_sdr", "deep": {"list": [1, null, "Zoë ☕"]}});

    let booking = api.book(&metadata).await;
    for (_, receiver) in &mut receivers {
        receiver.wait_until_accepted(1).await;
    }
    api.cancel(&booking).await;

    let line =
        |event: &str| json!({"event": event, "booking_id": booking, "attempt": 1, "metadata": metadata});
    for (webhook, receiver) in &mut receivers {
        let accepted = receiver.wait_until_accepted(2).await;
        assert_eq!(accepted, [line("booking.confirmed"), line("booking.cancelled")], "{}", receiver.output());
        for delivery in api.final_deliveries(webhook, 2).await {
            assert_eq!(delivery["status"], "delivered", "{delivery:#}");
            assert_eq!(delivery["attempt_count"], 1, "{delivery:#}");
        }
    }
}

#[tokio::test]
async fn the_readme_receivers_accept_both_events_on_sqlite() {
    both_events_arrive_everywhere(Fresh::sqlite()).await;
}

#[tokio::test]
async fn the_readme_receivers_accept_both_events_on_postgres() {
    both_events_arrive_everywhere(Fresh::postgres().await).await;
}

#[tokio::test]
async fn the_readme_receivers_refuse_a_signature_by_another_secret() {
    let runnable: Vec<_> =
        ALL.into_iter().filter_map(|framework| Some((framework, framework.command()?))).collect();
    let Some(database) = Fresh::sqlite().filter(|_| !runnable.is_empty()) else {
        return;
    };
    let api = Api::start(&database).await;
    let mut receivers = Vec::new();
    for (framework, command) in runnable {
        let address = Address::choose();
        let (webhook, _) = api.register(&address).await;
        receivers.push((webhook, Receiver::start(framework, command, &address, SOMEONE_ELSES_SECRET).await));
    }

    api.book(&json!({})).await;

    for (webhook, receiver) in &receivers {
        for delivery in api.final_deliveries(webhook, 1).await {
            assert_eq!(delivery["status"], "failed", "{delivery:#}");
            assert_eq!(delivery["attempt_count"], 3, "{delivery:#}");
            assert_eq!(delivery["last_response_status"], 401, "{delivery:#}");
        }
        assert_eq!(receiver.accepted(), Vec::<Value>::new(), "{}", receiver.output());
    }
}
