//! The whole API on the store in memory: whatever is sent, the answer is what was asked for or an error in the
//! contract's shape, and never ours.

use crate::corpus;
use crate::requests::{BODIES, CURSORS, NAMES, QUERIES, choose, request};
use crate::round::Round;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use fastrand::Rng;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use hyper_util::service::TowerToHyperService;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use slotflow_adapters::api::router;
use slotflow_adapters::memory::TestKit;
use slotflow_domain::organization::{OrganizationName, Plan};

/// Requests to one installation, before a new one is made: with all that was booked, lists would become slow.
const PER_INSTALLATION: u32 = 500;

/// Larger answers than any of these requests has a right to.
const LARGEST_ANSWER: usize = 1_024 * 1_024;

/// A body that the routes take which look back.
const PERIOD: &[u8] = br#"{"since": "2026-01-01T00:00:00Z"}"#;

/// An installation in memory with an organization that has something of everything.
struct Api {
    router: Router,
    // The dispatcher ends with it.
    _kit: TestKit,
    api_key: String,
    webhook: String,
    delivery: String,
    /// `next_cursor` of deliveries and of events.
    cursors: [String; 2],
    asked: u32,
}

impl Api {
    async fn new() -> Self {
        let kit = TestKit::new();
        let name = OrganizationName::parse("Acme").expect("a name");
        let (_, api_key) = kit.organizations().create(name, Plan::Growth).await.expect("an organization");
        let mut api = Self {
            router: router(kit.api_services()),
            _kit: kit,
            api_key: api_key.expose().to_owned(),
            webhook: String::new(),
            delivery: String::new(),
            cursors: Default::default(),
            asked: 0,
        };
        let webhook = json!({"url": "https://hooks.acme.dev/", "events": ["booking.confirmed"]});
        api.webhook = text(&api.must(Method::POST, "/v1/webhooks", &webhook).await, "/id");
        for day in ["2031-03-10", "2031-03-11"] {
            let booking = json!({"human_id": "b7d9c2f4-6a51-4f0e-9a55-0d2f7c1e8a33", "duration": 30,
                "starts_at": format!("{day}T14:00:00Z"), "attendee_name": "Alex Rivera"});
            api.must(Method::POST, "/v1/bookings", &booking).await;
        }
        let deliveries = api.must(Method::GET, "/v1/deliveries?limit=1", &json!({})).await;
        let events = api.must(Method::GET, "/v1/events?limit=1", &json!({})).await;
        api.delivery = text(&deliveries, "/deliveries/0/id");
        api.cursors = [&deliveries, &events].map(|page| text(page, "/next_cursor"));
        api
    }

    async fn must(&mut self, method: Method, path: &str, body: &Value) -> Value {
        let body = body.to_string().into_bytes();
        let request = request(&method, path.as_bytes(), &self.api_key, None, body).expect("a request");
        let (status, json) = self.answer(request, &|| path.to_owned()).await;
        assert!(status.is_success(), "{path}: {json:?}");
        serde_json::from_slice(&json).expect("JSON")
    }

    /// A path with its places filled in.
    fn path(&self, pattern: &str) -> String {
        pattern.replace("{webhook}", &self.webhook).replace("{delivery}", &self.delivery)
    }

    /// The answer, if it is one of the contract's.
    async fn answer(&mut self, request: Request<Vec<u8>>, shown: &dyn Fn() -> String) -> (StatusCode, Bytes) {
        self.asked += 1;
        let service = TowerToHyperService::new(self.router.clone());
        let answer =
            hyper::service::Service::call(&service, request.map(Body::from)).await.expect("an answer");
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let (status, words) = (parts.status, String::from_utf8_lossy(&bytes));
        assert!(!status.is_server_error(), "{status} {words} to {}", shown());
        assert!(bytes.len() <= LARGEST_ANSWER, "{} bytes to {}", bytes.len(), shown());
        assert_eq!(parts.headers[header::CONTENT_TYPE], "application/json", "{}", shown());
        // Not as a value: metadata may hold numbers that no type of ours can.
        let is_json = serde_json::from_slice::<IgnoredAny>(&bytes).is_ok();
        assert!(is_json, "{words} to {}", shown());
        if !status.is_success() {
            let json: Value = serde_json::from_slice(&bytes).expect("JSON");
            let (code, message) = (text(&json, "/error/code"), text(&json, "/error/message"));
            let shape = json!({"error": {"code": code, "message": message, "status": status.as_u16()}});
            assert!(json == shape && !message.is_empty(), "{words} to {}", shown());
            assert!(!message.contains(char::is_control), "{words} to {}", shown());
        }
        (status, bytes)
    }
}

fn text(json: &Value, pointer: &str) -> String {
    let found = json.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no text at {pointer} in {json}")).to_owned()
}

/// A route: its method, and its path with places for identifiers.
type Route = (Method, &'static str);

/// What a part of a request makes of the whole.
type Place = fn(&Api, &mut Rng, &Route, Vec<u8>) -> Option<Request<Vec<u8>>>;

/// Sends what is kept to each of `routes`, and then what chance makes of it to any of them, each input in its place.
async fn play(target: &'static str, kept: Vec<String>, routes: &[Route], place: Place) {
    let mut sent = Sent { api: Api::new().await, tried: 0, accepted: 0 };
    let mut round = Round::of(target, kept.clone());
    for (route, input) in routes.iter().flat_map(|route| kept.iter().map(move |input| (route, input))) {
        let request = place(&sent.api, round.rng(), route, input.clone().into_bytes());
        sent.send(request).await;
    }
    while let Some(input) = round.next_input() {
        let route = choose(routes, round.rng());
        let request = place(&sent.api, round.rng(), route, input);
        sent.send(request).await;
    }
    round.end(sent.tried, sent.accepted);
}

/// What has been sent in a round, to the last of its installations.
struct Sent {
    api: Api,
    tried: u64,
    accepted: u64,
}

impl Sent {
    async fn send(&mut self, request: Option<Request<Vec<u8>>>) {
        let Some(request) = request else { return };
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let (headers, body) = (request.headers().clone(), request.body().clone());
        let shown = || {
            let key = headers.get("idempotency-key");
            format!("{method} {uri} {key:?} {}", json!(String::from_utf8_lossy(&body)))
        };
        let (status, _) = self.api.answer(request, &shown).await;
        self.tried += 1;
        self.accepted += u64::from(status.is_success());
        // A webhook that was deleted is missed by all that follows.
        let deleted = method == Method::DELETE && status.is_success();
        if deleted || self.api.asked >= PER_INSTALLATION {
            self.api = Api::new().await;
        }
    }
}

#[tokio::test]
async fn no_body_gets_anything_but_an_answer_of_the_contract() {
    play(
        "bodies",
        corpus::lines(include_str!("corpus/bodies.txt")),
        BODIES,
        |api, rng, (method, pattern), body| {
            let key = rng.bool().then(|| vec![b'k'; 1 + rng.usize(..3)]);
            request(method, api.path(pattern).as_bytes(), &api.api_key, key.as_deref(), body)
        },
    )
    .await;
}

#[tokio::test]
async fn no_query_gets_anything_but_an_answer_of_the_contract() {
    let kept = corpus::lines(include_str!("corpus/queries.txt"));
    play("queries", kept, QUERIES, |api, rng, (method, pattern), query| {
        let cursor = choose(&api.cursors, rng);
        let query = replace(&query, b"{cursor}", cursor.as_bytes());
        let target = [api.path(pattern).as_bytes(), b"?", &query].concat();
        request(method, &target, &api.api_key, None, PERIOD.to_vec())
    })
    .await;
}

#[tokio::test]
async fn no_cursor_gets_anything_but_an_answer_of_the_contract() {
    let kept = Api::new().await.cursors.to_vec();
    play("cursors", kept, CURSORS, |api, _, (method, path), cursor| {
        request(method, &[path.as_bytes(), &cursor].concat(), &api.api_key, None, Vec::new())
    })
    .await;
}

#[tokio::test]
async fn no_path_gets_anything_but_an_answer_of_the_contract() {
    let mut kept = corpus::lines(include_str!("corpus/names.txt"));
    let api = Api::new().await;
    kept.extend([api.webhook, api.delivery]);
    play("paths", kept, NAMES, |api, _, (method, path), name| {
        request(method, &[path.as_bytes(), &name].concat(), &api.api_key, None, b"{}".to_vec())
    })
    .await;
}

#[tokio::test]
async fn no_idempotency_key_gets_anything_but_an_answer_of_the_contract() {
    let kept = corpus::lines(include_str!("corpus/idempotency_keys.txt"));
    play("idempotency keys at the API", kept, BODIES, |api, _, (method, pattern), key| {
        request(method, api.path(pattern).as_bytes(), &api.api_key, Some(&key), PERIOD.to_vec())
    })
    .await;
}

fn replace(bytes: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    match bytes.windows(what.len()).position(|window| window == what) {
        Some(at) => [&bytes[..at], with, &bytes[at + what.len()..]].concat(),
        None => bytes.to_vec(),
    }
}
