//! A dashboard on the test kit, and browsers that look at it.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use slotflow_adapters::api;
use slotflow_adapters::dashboard::{self, Access, DashboardServices, LiveUpdates, SessionKey};
use slotflow_adapters::memory::TestKit;
use slotflow_application::ports::{Clock as _, DeliveryFilter, DeliveryRecord, EventFilter, EventRecord};
use slotflow_application::webhooks::RegisterWebhook;
use slotflow_domain::booking::{AttendeeName, Booking, BookingRequest, DurationMinutes, Metadata, TimeSlot};
use slotflow_domain::organization::{ApiKey, Organization, OrganizationName, Plan};
use slotflow_domain::webhook::Webhook;
use slotflow_domain::{HumanId, OrganizationId};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use uuid::Uuid;

/// Where the dashboard lies in these tests.
pub(crate) const BASE: &str = "/dashboard";

/// Where browsers see it.
const ORIGIN: &str = "https://slotflow.dev";

/// An identifier that names nothing.
pub(crate) const NOBODYS: &str = "00000000-0000-7000-8000-00000000dead";

/// The server with its dashboard, on a kit.
pub(crate) struct Site {
    pub(crate) kit: TestKit,
    router: Router,
}

impl Site {
    pub(crate) fn new() -> Self {
        let kit = TestKit::new();
        let router = serve(&kit, SessionKey::new([7; 32]));
        Self { kit, router }
    }

    /// A server whose dashboard asks something else than the kit.
    pub(crate) fn with(change: impl FnOnce(&mut DashboardServices)) -> Self {
        let mut site = Self::new();
        site.router = site.asking(change);
        site
    }

    /// The same server, had it this key for sessions.
    pub(crate) fn signing_with(&self, key: SessionKey) -> Router {
        serve(&self.kit, key)
    }

    /// The same server, did its dashboard ask something else.
    pub(crate) fn asking(&self, change: impl FnOnce(&mut DashboardServices)) -> Router {
        let mut services = services(&self.kit, SessionKey::new([7; 32]));
        change(&mut services);
        enveloped(&self.kit, services)
    }

    /// An organization on this plan whose key has been signed in with.
    pub(crate) async fn member(&self, plan: Plan) -> Member<'_> {
        let name = OrganizationName::parse("Acme").unwrap();
        let (organization, key) = self.kit.organizations().create(name, plan).await.unwrap();
        let cookie = self.sign_in(&key).await;
        Member { site: self, organization, key, cookie }
    }

    /// The cookie of a new session.
    pub(crate) async fn sign_in(&self, key: &ApiKey) -> String {
        let answer = self.ask(Visit::post("/sign-in", &[("api_key", key.expose())])).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        answer.cookie()
    }

    /// A request by whoever it is.
    pub(crate) async fn ask(&self, visit: Visit) -> Answer {
        ask(&self.router, visit).await
    }
}

fn serve(kit: &TestKit, session_key: SessionKey) -> Router {
    enveloped(kit, services(kit, session_key))
}

fn services(kit: &TestKit, session_key: SessionKey) -> DashboardServices {
    let live = LiveUpdates::new(CancellationToken::new());
    DashboardServices::of(kit.slotflow(), live, Access::ApiKeys(session_key))
}

fn enveloped(kit: &TestKit, services: DashboardServices) -> Router {
    // Within the envelope that everything has which the server answers.
    api::router_with(kit.api_services(), dashboard::router(services, BASE))
}

pub(crate) async fn ask(router: &Router, visit: Visit) -> Answer {
    let (parts, body) = router.clone().oneshot(visit.into_request()).await.unwrap().into_parts();
    let streams = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
    // A stream of updates does not end.
    let bytes = if streams { Vec::new() } else { body.collect().await.unwrap().to_bytes().to_vec() };
    let body = String::from_utf8(bytes).unwrap();
    Answer { status: parts.status, headers: parts.headers, body }
}

/// What a browser asks for.
pub(crate) struct Visit {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: String,
}

impl Visit {
    /// A page. `path` is below the dashboard's.
    pub(crate) fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    /// A form that was sent from a page of ours.
    pub(crate) fn post(path: &str, fields: &[(&str, &str)]) -> Self {
        Self::form_at(&format!("{BASE}{path}"), fields)
    }

    /// The same, to a path of the whole server.
    pub(crate) fn form_at(path: &str, fields: &[(&str, &str)]) -> Self {
        let mut form = Self::at(Method::POST, path)
            .with("content-type", "application/x-www-form-urlencoded")
            .with("origin", ORIGIN)
            .with("sec-fetch-site", "same-origin");
        let pairs = fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        form.body = pairs.collect::<Vec<_>>().join("&");
        form
    }

    pub(crate) fn new(method: Method, path: &str) -> Self {
        Self::at(method, &format!("{BASE}{path}"))
    }

    /// A request for a path of the whole server.
    pub(crate) fn at(method: Method, path: &str) -> Self {
        let visit = Self { method, path: path.to_owned(), headers: HeaderMap::new(), body: String::new() };
        visit.with("host", "slotflow.dev")
    }

    /// The same with this body.
    pub(crate) fn saying(mut self, body: &str) -> Self {
        self.body = body.to_owned();
        self
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.headers.remove(name);
        self
    }

    pub(crate) fn signed_in(self, cookie: &str) -> Self {
        self.with("cookie", cookie)
    }

    fn into_request(self) -> Request<Body> {
        let mut request = Request::builder().method(self.method).uri(self.path);
        request.headers_mut().unwrap().extend(self.headers);
        request.body(Body::from(self.body)).unwrap()
    }
}

fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// Where a redirect leads, below the dashboard's path.
    #[track_caller]
    pub(crate) fn leads_to(&self) -> &str {
        assert_eq!(self.status, 303, "{self:?}");
        let location = self.headers[header::LOCATION].to_str().unwrap();
        location.strip_prefix(BASE).unwrap()
    }

    /// The cookie that was set, as browsers send it back.
    pub(crate) fn cookie(&self) -> String {
        let cookie = self.headers[header::SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// Checks that the page is there and shows each of these.
    #[track_caller]
    pub(crate) fn shows(&self, texts: &[&str]) {
        self.is(200, texts);
    }

    #[track_caller]
    pub(crate) fn is(&self, status: u16, texts: &[&str]) {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        for text in texts {
            assert!(self.body.contains(text), "{text:?} is not in\n{}", self.body);
        }
    }

    #[track_caller]
    pub(crate) fn hides(&self, texts: &[&str]) {
        for text in texts {
            assert!(!self.body.contains(text), "{text:?} is in\n{}", self.body);
        }
    }

    /// What stands between two texts, where they first do.
    #[track_caller]
    pub(crate) fn between(&self, begin: &str, end: &str) -> &str {
        let (_, rest) =
            self.body.split_once(begin).unwrap_or_else(|| panic!("{begin:?} is not in\n{}", self.body));
        rest.split_once(end).unwrap_or_else(|| panic!("{end:?} is not in\n{rest}")).0
    }

    /// Where the first link that reads so leads, below the dashboard's path.
    #[track_caller]
    pub(crate) fn link(&self, text: &str) -> String {
        let end = format!("\">{text}</a>");
        let (before, _) =
            self.body.split_once(&end).unwrap_or_else(|| panic!("no link {text:?} in\n{}", self.body));
        let tag = before.rsplit("<a ").next().unwrap();
        let address = tag.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
        address.replace("&#38;", "&").strip_prefix(BASE).unwrap().to_owned()
    }

    /// The secret that the page shows.
    #[track_caller]
    pub(crate) fn secret(&self) -> &str {
        let (_, rest) = self.body.split_once(r#"<code id="secret">"#).expect("a secret");
        rest.split_once("</code>").unwrap().0
    }
}

/// Somebody who is signed in.
pub(crate) struct Member<'a> {
    pub(crate) site: &'a Site,
    pub(crate) organization: Organization,
    pub(crate) key: ApiKey,
    pub(crate) cookie: String,
}

impl Member<'_> {
    pub(crate) fn id(&self) -> OrganizationId {
        self.organization.id
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.site.ask(Visit::get(path).signed_in(&self.cookie)).await
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.site.ask(Visit::post(path, fields).signed_in(&self.cookie)).await
    }

    /// Sends a form and goes where it leads.
    pub(crate) async fn post_and_follow(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.post(path, fields).await;
        self.get(answer.leads_to()).await
    }

    /// A webhook for confirmed bookings.
    pub(crate) async fn webhook(&self, url: &str) -> Webhook {
        let request = RegisterWebhook { url: url.to_owned(), events: vec!["booking.confirmed".to_owned()] };
        self.site.kit.webhooks().register(self.id(), request).await.unwrap()
    }

    /// Something that webhooks are told of: somebody books a human of their own.
    pub(crate) async fn book(&self, human: u128) -> Booking {
        self.book_as(human, "Alex Rivera", "{}").await
    }

    /// The same by somebody with this name, and with this metadata.
    pub(crate) async fn book_as(&self, human: u128, name: &str, metadata: &str) -> Booking {
        let slot = TimeSlot::new(self.site.kit.clock.now(), DurationMinutes::new(30).unwrap()).unwrap();
        let request = BookingRequest {
            human_id: HumanId::new(Uuid::from_u128(human)),
            slot,
            attendee_name: AttendeeName::parse(name).unwrap(),
            attendee_email: None,
            metadata: Metadata::from_stored(metadata.to_owned()).unwrap(),
        };
        self.site.kit.bookings().confirm(self.id(), request).await.unwrap()
    }

    pub(crate) async fn webhooks(&self) -> Vec<Webhook> {
        self.site.kit.webhooks().list(self.id()).await.unwrap()
    }

    /// All of its deliveries, newest first.
    pub(crate) async fn deliveries(&self) -> Vec<DeliveryRecord> {
        let filter = DeliveryFilter { limit: 1_000, ..DeliveryFilter::default() };
        self.site.kit.deliveries().list(self.id(), filter).await.unwrap().deliveries
    }

    /// All of its events, newest first.
    pub(crate) async fn events(&self) -> Vec<EventRecord> {
        let filter = EventFilter { limit: 1_000, ..EventFilter::default() };
        self.site.kit.events().list(self.id(), filter).await.unwrap().events
    }

    /// All that it has, secrets included, to see whether something has changed.
    pub(crate) async fn everything(&self) -> String {
        let webhooks = self.webhooks().await;
        let secrets: Vec<_> =
            webhooks.iter().map(|webhook| webhook.secrets.current().unwrap().expose()).collect();
        format!("{webhooks:#?} {secrets:?} {:#?}", self.deliveries().await)
    }
}
