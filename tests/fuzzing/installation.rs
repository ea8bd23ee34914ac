//! An API with an organization that has something of everything, and what it may answer.

use crate::requests::request;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use hyper_util::service::TowerToHyperService;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use slotflow_adapters::api::router;
use slotflow_adapters::memory::TestKit;
use slotflow_domain::organization::{OrganizationName, Plan};
use slotflow_tests::database::Fresh;
use slotflow_tests::server::{Server, create_organization};

/// Requests to one installation in memory, before a new one is made: with all that was booked, lists would become slow.
const PER_INSTALLATION: u32 = 500;

/// Larger answers than any of these requests has a right to.
const LARGEST_ANSWER: usize = 1_024 * 1_024;

/// Where what is sent goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// To routes over the store in memory.
    Memory,
    /// To the real server, on SQLite.
    Sqlite,
}

enum Running {
    Memory {
        router: Router,
        // The dispatcher ends with it.
        _kit: TestKit,
    },
    Sqlite {
        // In this order: the server ends before its database does.
        server: Server,
        _database: Fresh,
    },
}

/// What came back, if it is one of the contract's answers.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// An installation with an organization that has something of everything.
pub(crate) struct Installation {
    running: Running,
    pub(crate) api_key: String,
    webhook: String,
    pub(crate) delivery: String,
    booking: String,
    /// `next_cursor` of deliveries and of events.
    pub(crate) cursors: [String; 2],
    asked: u32,
}

impl Installation {
    pub(crate) async fn new(place: Place) -> Self {
        let (running, api_key) = match place {
            Place::Memory => in_memory().await,
            Place::Sqlite => on_sqlite().await,
        };
        let mut made = Self {
            running,
            api_key,
            webhook: String::new(),
            delivery: String::new(),
            booking: String::new(),
            cursors: Default::default(),
            asked: 0,
        };
        let webhook = json!({"url": "https://hooks.acme.dev/", "events": ["booking.confirmed"]});
        made.webhook = text(&made.must(Method::POST, "/v1/webhooks", &webhook).await, "/id");
        for day in ["2031-03-10", "2031-03-11"] {
            let booking = json!({"human_id": "b7d9c2f4-6a51-4f0e-9a55-0d2f7c1e8a33", "duration": 30,
                "starts_at": format!("{day}T14:00:00Z"), "attendee_name": "Alex Rivera"});
            made.booking = text(&made.must(Method::POST, "/v1/bookings", &booking).await, "/id");
        }
        let deliveries = made.must(Method::GET, "/v1/deliveries?limit=1", &json!({})).await;
        let events = made.must(Method::GET, "/v1/events?limit=1", &json!({})).await;
        made.delivery = text(&deliveries, "/deliveries/0/id");
        made.cursors = [&deliveries, &events].map(|page| text(page, "/next_cursor"));
        made
    }

    /// The identifiers of what it has.
    pub(crate) fn names(&self) -> [String; 3] {
        [self.webhook.clone(), self.delivery.clone(), self.booking.clone()]
    }

    /// A path with its places filled in.
    pub(crate) fn path(&self, pattern: &str) -> String {
        let path = pattern.replace("{webhook}", &self.webhook).replace("{delivery}", &self.delivery);
        path.replace("{booking}", &self.booking)
    }

    /// Whether it has been asked so much that a new one is quicker.
    pub(crate) const fn is_worn_out(&self) -> bool {
        matches!(self.running, Running::Memory { .. }) && self.asked >= PER_INSTALLATION
    }

    async fn must(&mut self, method: Method, path: &str, body: &Value) -> Value {
        let body = body.to_string().into_bytes();
        let request = request(&method, path.as_bytes(), &self.api_key, &[], body).expect("a request");
        let Answer { status, body, .. } = self.answer(request, &|| path.to_owned()).await;
        assert!(status.is_success(), "{path}: {body:?}");
        serde_json::from_slice(&body).expect("JSON")
    }

    /// The answer, if it is one of the contract's.
    pub(crate) async fn answer(&mut self, request: Request<Vec<u8>>, shown: &dyn Fn() -> String) -> Answer {
        self.asked += 1;
        let answer = match &self.running {
            Running::Memory { router, .. } => ask(router, request).await,
            Running::Sqlite { server, .. } => call(server, request, shown).await,
        };
        let Answer { status, headers, body } = &answer;
        let words = String::from_utf8_lossy(body);
        assert!(!status.is_server_error(), "{status} {words} to {}", shown());
        assert!(body.len() <= LARGEST_ANSWER, "{} bytes to {}", body.len(), shown());
        // What is no request to the server, such as one with a target that is too long, it refuses without a word.
        let unread =
            [StatusCode::BAD_REQUEST, StatusCode::URI_TOO_LONG, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE];
        if matches!(self.running, Running::Sqlite { .. }) && body.is_empty() && unread.contains(status) {
            return answer;
        }
        assert_eq!(
            headers.get(header::CONTENT_TYPE).map(|kind| kind.as_bytes()),
            Some(&b"application/json"[..]),
            "{status} {words} to {}",
            shown()
        );
        // Not as a value: metadata may hold numbers that no type of ours can.
        let is_json = serde_json::from_slice::<IgnoredAny>(body).is_ok();
        assert!(is_json, "{words} to {}", shown());
        if !status.is_success() {
            let json: Value = serde_json::from_slice(body).expect("JSON");
            let (code, message) = (text(&json, "/error/code"), text(&json, "/error/message"));
            let shape = json!({"error": {"code": code, "message": message, "status": status.as_u16()}});
            assert!(json == shape && !message.is_empty(), "{words} to {}", shown());
            assert!(!message.contains(char::is_control), "{words} to {}", shown());
        }
        answer
    }

    /// Looks at what the server has said, if it is one.
    pub(crate) fn end(mut self) {
        if let Running::Sqlite { server, .. } = &mut self.running {
            let process = server.process();
            assert!(process.exit_status().expect("a status").is_none(), "{}", process.output());
            assert!(!process.output().contains("panicked"), "{}", process.output());
        }
    }
}

async fn in_memory() -> (Running, String) {
    let kit = TestKit::new();
    let name = OrganizationName::parse("Acme").expect("a name");
    let (_, api_key) = kit.organizations().create(name, Plan::Growth).await.expect("an organization");
    let router = router(kit.api_services());
    (Running::Memory { router, _kit: kit }, api_key.expose().to_owned())
}

async fn on_sqlite() -> (Running, String) {
    let database = Fresh::sqlite().expect("a directory");
    // No request leaves this machine: nobody is the proxy.
    let arguments = ["--resolve-on-registration=false", "--egress-proxy", "http://127.0.0.1:9"];
    let server = Server::start_with(&database.url(), &arguments).await.expect("a server");
    let organization = create_organization(&database.url(), "growth").await.expect("an organization");
    (Running::Sqlite { server, _database: database }, organization.api_key)
}

async fn ask(router: &Router, request: Request<Vec<u8>>) -> Answer {
    let service = TowerToHyperService::new(router.clone());
    let answer = hyper::service::Service::call(&service, request.map(Body::from)).await.expect("an answer");
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    Answer { status: parts.status, headers: parts.headers, body }
}

async fn call(server: &Server, request: Request<Vec<u8>>, shown: &dyn Fn() -> String) -> Answer {
    let (parts, body) = request.into_parts();
    let target = parts.uri.to_string();
    let answer = server.client().send(parts.method, &target, parts.headers, body.into()).await;
    let answer = answer.unwrap_or_else(|error| panic!("{error:#} instead of an answer to {}", shown()));
    Answer { status: answer.status, headers: answer.headers, body: answer.bytes }
}

pub(crate) fn text(json: &Value, pointer: &str) -> String {
    let found = json.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no text at {pointer} in {json}")).to_owned()
}
