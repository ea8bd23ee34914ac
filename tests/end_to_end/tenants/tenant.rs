//! An organization with something of everything.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Value, json};
use slotflow_tests::http::{Answer, JsonClient};
use slotflow_tests::server::create_organization;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::table::Thing;
use crate::api::{Api, BOTH, PATIENCE, text};

/// Somebody whom every organization books, at the same time.
const SHARED_HUMAN: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

pub(super) struct Tenant {
    client: JsonClient,
    key: String,
    ids: BTreeMap<Thing, String>,
}

impl Tenant {
    /// Two webhooks, of which one is disabled, two bookings, of which one is cancelled, and the deliveries of their
    /// three events: three that have arrived on `path` of the receiver, and three that are held.
    pub(super) async fn new(api: &Api, path: &str) -> Tenant {
        let key = create_organization(&api.database.url(), "growth").await.expect("an organization").api_key;
        let mut tenant = Tenant { client: api.client.clone(), key, ids: BTreeMap::new() };
        let webhook =
            tenant.make("/v1/webhooks", json!({"url": api.receiver.url(path), "events": BOTH})).await;
        let url = api.receiver.url(&format!("{path}/off"));
        let off = tenant.make("/v1/webhooks", json!({"url": url, "events": BOTH})).await;
        let off = format!("/v1/webhooks/{off}");
        let disabled = tenant.ask(Method::PATCH, &off, r#"{"active": false}"#, None);
        disabled.await.expect_status(200).expect("a disabled webhook");
        let human = Uuid::new_v4().to_string();
        let mut bookings = Vec::new();
        for human in [SHARED_HUMAN, &human] {
            let starts_at = "2031-03-10T14:00:00Z";
            let body =
                json!({"human_id": human, "starts_at": starts_at, "duration": 30, "attendee_name": "Alex"});
            bookings.push(tenant.make("/v1/bookings", body).await);
        }
        let cancelled = tenant.ask(Method::DELETE, &format!("/v1/bookings/{}", bookings[0]), "", None).await;
        cancelled.expect_status(200).expect("a cancelled booking");
        tenant.wait_until_settled(6).await;
        let delivered = format!("/v1/deliveries?webhook_id={webhook}&booking_id={}", bookings[1]);
        let delivery = tenant.get(&delivered).await["deliveries"][0].clone();
        tenant.ids = BTreeMap::from([
            (Thing::Webhook, webhook),
            (Thing::Booking, bookings.remove(1)),
            (Thing::Delivery, text(&delivery, "/id")),
            (Thing::Event, text(&delivery, "/event_id")),
            (Thing::Human, human),
        ]);
        tenant
    }

    /// One of its things.
    pub(super) fn id(&self, thing: Thing) -> &str {
        &self.ids[&thing]
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// A request in its name.
    pub(super) async fn ask(&self, method: Method, path: &str, body: &str, once: Option<&str>) -> Answer {
        let bearer = format!("Bearer {}", self.key).parse().expect("a header");
        let mut headers = HeaderMap::from_iter([(header::AUTHORIZATION, bearer)]);
        if !body.is_empty() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(once) = once {
            headers.insert("idempotency-key", once.parse().expect("a header"));
        }
        self.client.send(method, path, headers, Bytes::from(body.to_owned())).await.expect("an answer")
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path, "", None).await.expect_status(200).expect("what is there").json
    }

    /// The cursor behind the first row of its list at `path`.
    pub(super) async fn cursor(&self, path: &str) -> String {
        text(&self.get(&format!("{path}?limit=1")).await, "/next_cursor")
    }

    /// All that the API shows it: every list, and everything in one, by the path that shows it.
    pub(super) async fn everything(&self) -> BTreeMap<String, Value> {
        let mut shown = BTreeMap::new();
        for (path, members) in [
            ("/v1/webhooks?active=any", "webhooks"),
            ("/v1/bookings?limit=100", "bookings"),
            ("/v1/deliveries?limit=100", "deliveries"),
            ("/v1/events?limit=100", "events"),
        ] {
            let list = self.get(path).await;
            for member in list[members].as_array().expect("a list") {
                let path = format!("/v1/{members}/{}", text(member, "/id"));
                shown.insert(path.clone(), self.get(&path).await);
            }
            shown.insert(path.to_owned(), list);
        }
        let shared = format!("/v1/bookings?human_id={SHARED_HUMAN}");
        shown.insert(shared.clone(), self.get(&shared).await);
        shown
    }

    /// The ids of all that is its own.
    pub(super) async fn own_ids(&self) -> BTreeSet<String> {
        let shown = self.everything().await;
        let ids = shown.keys().filter_map(|path| path.rsplit('/').next());
        let ids = ids.filter(|id| Uuid::try_parse(id).is_ok()).map(str::to_owned);
        ids.chain([self.id(Thing::Human).to_owned()]).collect()
    }

    /// Waits until it has this many deliveries, and each is delivered or held.
    pub(super) async fn wait_until_settled(&self, count: usize) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let list = self.get("/v1/deliveries?limit=100").await["deliveries"].clone();
            let list = list.as_array().expect("a list");
            let settled = |it: &Value| it["status"] == "delivered" || it["status"] == "held";
            if list.len() == count && list.iter().all(settled) {
                return;
            }
            assert!(Instant::now() < deadline, "not {count} settled deliveries: {list:#?}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Makes something; its id.
    async fn make(&self, path: &str, body: Value) -> String {
        let answer = self.ask(Method::POST, path, &body.to_string(), None).await;
        text(&answer.expect_status(201).expect("a new thing").json, "/id")
    }
}
