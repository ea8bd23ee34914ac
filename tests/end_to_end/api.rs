//! A running server with one organization and a receiver, and the calls that the tests make of it.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Value, json};
use slotflow_tests::database::Fresh;
use slotflow_tests::http::{Answer, JsonClient};
use slotflow_tests::receiver::{Arrival, Receiver};
use slotflow_tests::server::{Organization, Server, create_organization};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// How long something that must happen soon is waited for, on a machine that is busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// Both events.
pub(crate) const BOTH: &[&str] = &["booking.confirmed", "booking.cancelled"];
/// Development's URL rules, and retries one and two seconds after a failure.
pub(crate) const QUICK_RETRIES: &[&str] = &["--dev", "--retry-delays", "1s,2s"];
/// Development's URL rules, and no retry within a test's life.
pub(crate) const SLOW_RETRIES: &[&str] = &["--dev", "--retry-delays", "5m,60m"];

/// URLs are not looked up at registration: the tests' names exist for nobody.
pub(crate) const OFFLINE: &[&str] = &["--resolve-on-registration=false"];

pub(crate) struct Api {
    pub(crate) client: JsonClient,
    pub(crate) organization: Organization,
    pub(crate) receiver: Receiver,
    // In this order: the server ends before its database does.
    pub(crate) server: Server,
    pub(crate) database: Fresh,
}

/// A registered webhook, as its owner knows it.
#[derive(Debug, Clone)]
pub(crate) struct Webhook {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Webhook {
    pub(crate) fn path(&self) -> String {
        format!("/v1/webhooks/{}", self.id)
    }
}

impl Api {
    /// A server with quick retries, and an organization without limits.
    pub(crate) async fn start(database: Fresh) -> Api {
        Api::start_with(database, QUICK_RETRIES, "growth").await
    }

    pub(crate) async fn start_with(database: Fresh, arguments: &[&str], plan: &str) -> Api {
        let url = database.url();
        let server = Server::start_with(&url, arguments).await.expect("a server");
        let organization = create_organization(&url, plan).await.expect("an organization");
        let receiver = Receiver::start().await.expect("a receiver");
        Api { client: server.client(), organization, receiver, server, database }
    }

    /// Starts the server again, after it has ended, on the same database.
    pub(crate) async fn start_again(&mut self, arguments: &[&str]) {
        self.server = Server::start_with(&self.database.url(), arguments).await.expect("a second start");
        self.client = self.server.client();
    }

    /// Ends the server in order and starts it again.
    pub(crate) async fn restart(&mut self, arguments: &[&str]) {
        let ended = self.server.process().terminate(PATIENCE).await.expect("an end");
        assert!(ended.success(), "{ended}");
        self.start_again(arguments).await;
    }

    pub(crate) fn key(&self) -> &str {
        &self.organization.api_key
    }

    /// Registers a webhook for `path` of the receiver.
    pub(crate) async fn register(&self, path: &str, events: &[&str]) -> Webhook {
        self.register_url(&self.receiver.url(path), events).await
    }

    pub(crate) async fn register_url(&self, url: &str, events: &[&str]) -> Webhook {
        let answer = self.try_to_register(url, events).await;
        let webhook = answer.expect_status(201).expect("a webhook").json;
        Webhook { id: text(&webhook, "/id"), secret: text(&webhook, "/signing_secret") }
    }

    pub(crate) async fn try_to_register(&self, url: &str, events: &[&str]) -> Answer {
        let body = json!({"url": url, "events": events});
        self.client.post("/v1/webhooks", self.key(), &body).await.expect("an answer")
    }

    /// Books a slot of somebody's; the booking's id.
    pub(crate) async fn book(&self) -> String {
        let answer = self.post_text("/v1/bookings", &booking("")).await;
        text(&answer.expect_status(201).expect("a booking").json, "/id")
    }

    pub(crate) async fn cancel(&self, booking: &str) {
        self.delete(&format!("/v1/bookings/{booking}"))
            .await
            .expect_status(200)
            .expect("a cancelled booking");
    }

    /// A JSON body that goes out as it is written.
    pub(crate) async fn post_text(&self, path: &str, body: &str) -> Answer {
        self.send(Method::POST, path, body.to_owned()).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: impl Into<Bytes>) -> Answer {
        let mut headers = self.authorized();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.client.send(method, path, headers, body.into()).await.expect("an answer")
    }

    /// The headers that say whose request it is.
    pub(crate) fn authorized(&self) -> HeaderMap {
        let bearer = format!("Bearer {}", self.key()).parse().expect("a header");
        HeaderMap::from_iter([(header::AUTHORIZATION, bearer)])
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.client.get(path, self.key()).await.expect("an answer");
        answer.expect_status(200).expect("what is there").json
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.client.delete(path, self.key()).await.expect("an answer")
    }

    pub(crate) async fn patch(&self, webhook: &Webhook, change: Value) -> Value {
        let answer = self.client.patch(&webhook.path(), self.key(), &change).await.expect("an answer");
        answer.expect_status(200).expect("the changed webhook").json
    }

    pub(crate) async fn assert_nothing_was_written(&self) {
        assert_eq!(self.get("/v1/webhooks?active=any").await, json!({"webhooks": [], "total": 0}));
        assert_eq!(self.get("/v1/bookings").await["total"], 0);
        assert_eq!(self.get("/v1/deliveries").await, json!({"deliveries": [], "next_cursor": null}));
    }

    /// The webhook's deliveries, newest first.
    pub(crate) async fn deliveries(&self, webhook: &Webhook) -> Vec<Value> {
        let page = self.get(&format!("/v1/deliveries?webhook_id={}", webhook.id)).await;
        page["deliveries"].as_array().expect("a list").clone()
    }

    /// The webhook's only delivery with its attempts, once it has this status.
    pub(crate) async fn only_delivery(&self, webhook: &Webhook, status: &str) -> Value {
        let deliveries = self.wait_for_deliveries(webhook, &[status]).await;
        self.get(&format!("/v1/deliveries/{}", text(&deliveries[0], "/id"))).await
    }

    /// The webhook's only delivery with its attempts, once the first has failed and the second is waited for.
    pub(crate) async fn failed_once(&self, webhook: &Webhook) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let delivery = self.only_delivery(webhook, "pending").await;
            if delivery["attempt_count"] == 1 {
                return delivery;
            }
            assert!(Instant::now() < deadline, "no failed attempt: {delivery:#}");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// The webhook's deliveries, newest first, once they have exactly these statuses.
    pub(crate) async fn wait_for_deliveries(&self, webhook: &Webhook, statuses: &[&str]) -> Vec<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let deliveries = self.deliveries(webhook).await;
            if deliveries.iter().map(|delivery| &delivery["status"]).eq(statuses) {
                return deliveries;
            }
            assert!(Instant::now() < deadline, "not {statuses:?}: {deliveries:#?}");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// What arrived on `path`, once it is this much.
    pub(crate) async fn arrivals(&self, path: &str, count: usize) -> Vec<Arrival> {
        self.receiver.wait_for(path, count, PATIENCE).await.expect("requests")
    }
}

/// The JSON of a booking of somebody's, with further members if there are any: `, "metadata": {}`.
pub(crate) fn booking(further: &str) -> String {
    format!(
        r#"{{"human_id": "{}", "starts_at": "2031-03-10T14:00:00Z", "duration": 30, "attendee_name": "Alex Rivera"{further}}}"#,
        Uuid::new_v4()
    )
}

pub(crate) fn text(json: &Value, pointer: &str) -> String {
    let found = json.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no text at {pointer} in {json}")).to_owned()
}

/// Checks an error as the contract has it: status, type and exact shape.
#[track_caller]
pub(crate) fn assert_error(answer: &Answer, status: u16, code: &str) {
    let shown = String::from_utf8_lossy(&answer.bytes);
    assert_eq!((answer.status.as_u16(), answer.error_code()), (status, Some(code)), "{shown}");
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/json", "{shown}");
    let message = text(&answer.json, "/error/message");
    assert!(!message.is_empty(), "{shown}");
    assert_eq!(answer.json, json!({"error": {"code": code, "message": message, "status": status}}));
}
