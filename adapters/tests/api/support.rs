//! An API over mocks, and what is sent to it.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use slotflow_adapters::api::{ApiKeys, ApiServices, Readiness, router};
use slotflow_application::ports::{
    MockClock, MockDeliveryLog, MockDirectory, MockEntropy, MockEventLog, MockHostResolver, MockReplayQueue,
    MockStore, MockUnitOfWork, StoreError,
};
use slotflow_application::repairs::ReplayBell;
use slotflow_application::{
    BookingIntake, Bookings, Deliveries, Events, FirstAttempts, Idempotency, Organizations, Repairs, Webhooks,
};
use slotflow_domain::booking::{
    AttendeeEmail, AttendeeName, Booking, BookingRequest, DurationMinutes, Metadata, TimeSlot,
};
use slotflow_domain::event::{EventCatalog, EventSet};
use slotflow_domain::organization::{ApiKey, Organization, OrganizationName, Plan, WebhookLimits};
use slotflow_domain::signing::SigningSecret;
use slotflow_domain::webhook::{RegistrationFacts, UrlRules, Webhook, WebhookActivity, WebhookUrl};
use slotflow_domain::{BookingId, HumanId, OrganizationId, Timestamp, WebhookId};
use std::sync::Arc;
use tower::ServiceExt;
use uuid::Uuid;

/// What every request is called that does not say.
pub(crate) const REQUEST: Uuid = Uuid::from_u128(0xBE);
/// The one identifier that the mocked entropy hands out.
pub(crate) const ID: Uuid = Uuid::from_u128(0x0195_7f3c_8a10_7000_8000_0000_0000_0001);
pub(crate) const ORGANIZATION: OrganizationId = OrganizationId::new(Uuid::from_u128(0xA));
pub(crate) const HUMAN: &str = "b7d9c2f4-6a51-4f0e-9a55-0d2f7c1e8a33";
/// An identifier that names nothing.
pub(crate) const STRANGER: &str = "00000000-0000-7000-8000-00000000dead";
/// The secret made of 32 bytes of 7.
pub(crate) const SECRET: &str = "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

/// The key that is known.
pub(crate) fn key() -> ApiKey {
    ApiKey::from_random([1; 32])
}

pub(crate) fn time(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

pub(crate) fn now() -> Timestamp {
    time("2026-03-10T14:05:00Z")
}

/// A store that was lost on the way.
pub(crate) fn lost() -> StoreError {
    StoreError::Unavailable("connection to db.internal refused".into())
}

/// What the ports behind the API will say.
pub(crate) struct Ports {
    pub(crate) directory: MockDirectory,
    pub(crate) store: MockStore,
    pub(crate) log: MockDeliveryLog,
    pub(crate) events: MockEventLog,
    pub(crate) replays: MockReplayQueue,
    /// Names are not looked up without one.
    pub(crate) resolver: Option<MockHostResolver>,
}

impl Ports {
    /// Ports that know [`key`], and expect nothing else: what is called beyond that panics, which is a 500.
    pub(crate) fn new() -> Self {
        let mut directory = MockDirectory::new();
        directory
            .expect_key_holder()
            .returning(|digest| Ok((digest == key().digest()).then_some(ORGANIZATION)));
        Self {
            directory,
            store: MockStore::new(),
            log: MockDeliveryLog::new(),
            events: MockEventLog::new(),
            replays: MockReplayQueue::new(),
            resolver: None,
        }
    }

    /// Every unit of work is prepared by `prepare`.
    pub(crate) fn working(mut self, prepare: impl Fn(&mut MockUnitOfWork) + Send + Sync + 'static) -> Self {
        self.store.expect_begin().returning(move || {
            let mut work = MockUnitOfWork::new();
            prepare(&mut work);
            Ok(Box::new(work))
        });
        self
    }

    pub(crate) fn router(self) -> Router {
        router(self.services())
    }

    pub(crate) fn services(self) -> ApiServices {
        let store = Arc::new(self.store);
        let directory = Arc::new(self.directory);
        let mut clock = MockClock::new();
        clock.expect_now().returning(now);
        clock.expect_sleep_until().returning(|_| ());
        let clock = Arc::new(clock);
        let mut entropy = MockEntropy::new();
        entropy.expect_id().returning(|_| ID);
        entropy.expect_token().returning(|| REQUEST);
        entropy.expect_secret_bytes().returning(|| [7; 32]);
        let entropy = Arc::new(entropy);
        let bookings = Bookings {
            store: store.clone(),
            directory: directory.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            first_attempts: FirstAttempts::none(),
        };
        ApiServices {
            authenticator: Arc::new(ApiKeys(Organizations {
                store: store.clone(),
                directory: directory.clone(),
                clock: clock.clone(),
                entropy: entropy.clone(),
            })),
            rate_limiter: None,
            webhooks: Webhooks {
                store: store.clone(),
                directory: directory.clone(),
                resolver: self.resolver.map(|resolver| Arc::new(resolver) as _),
                clock: clock.clone(),
                entropy: entropy.clone(),
                url_rules: UrlRules::strict(),
                catalog: EventCatalog::standard(),
                limits: WebhookLimits::default(),
            },
            idempotency: Idempotency {
                store: store.clone(),
                directory: directory.clone(),
                clock: clock.clone(),
            },
            intake: BookingIntake::new(bookings.clone(), 1),
            bookings,
            deliveries: Deliveries { log: Arc::new(self.log) },
            events: Events { log: Arc::new(self.events) },
            repairs: Repairs {
                store: store.clone(),
                directory,
                replays: Arc::new(self.replays),
                clock,
                entropy,
                first_attempts: FirstAttempts::none(),
                catalog: EventCatalog::standard(),
                bell: ReplayBell::default(),
            },
            readiness: Readiness::of(store),
        }
    }

    /// One request with the known key.
    pub(crate) async fn call(self, method: Method, path: &str, body: impl Into<Body>) -> Answer {
        send(&self.router(), signed(method, path).body(body.into()).unwrap()).await
    }

    pub(crate) async fn get(self, path: &str) -> Answer {
        self.call(Method::GET, path, Body::empty()).await
    }
}

/// A request with the known key, whose body (if any) is labelled as JSON.
pub(crate) fn signed(method: Method, path: &str) -> axum::http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {}", key().expose()))
        .header(header::CONTENT_TYPE, "application/json")
}

pub(crate) async fn send(router: &Router, request: Request<Body>) -> Answer {
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    assert_eq!(parts.headers["cache-control"], "no-store");
    assert_eq!(parts.headers["x-content-type-options"], "nosniff");
    assert_eq!(parts.headers["content-type"], "application/json");
    Answer { status: parts.status, headers: parts.headers, body }
}

/// What came back: JSON that no cache keeps, or [`send`] would have failed.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    #[track_caller]
    pub(crate) fn is(&self, status: u16, body: &str) {
        assert_eq!((self.status.as_u16(), self.body.as_str()), (status, body));
    }

    /// An error in the contract's shape, to the letter.
    #[track_caller]
    pub(crate) fn is_error(&self, status: u16, code: &str, message: &str) {
        let message = serde_json::to_string(message).unwrap();
        self.is(status, &format!(r#"{{"error":{{"code":"{code}","message":{message},"status":{status}}}}}"#));
    }

    #[track_caller]
    pub(crate) fn is_invalid(&self, message: &str) {
        self.is_error(422, "VALIDATION_ERROR", message);
    }

    #[track_caller]
    pub(crate) fn is_malformed(&self, message: &str) {
        self.is_error(400, "MALFORMED_REQUEST", message);
    }

    #[track_caller]
    pub(crate) fn is_missing(&self, thing: &str) {
        self.is_error(404, "NOT_FOUND", &format!("there is no such {thing}"));
    }
}

pub(crate) fn organization() -> Organization {
    let name = OrganizationName::parse("Acme").unwrap();
    Organization { id: ORGANIZATION, name, plan: Plan::Free.into(), created_at: now() }
}

pub(crate) fn webhook(url: &str, activity: WebhookActivity) -> Webhook {
    Webhook {
        id: WebhookId::new(ID),
        organization_id: ORGANIZATION,
        url: WebhookUrl::parse(url, &UrlRules::strict()).unwrap(),
        events: EventSet::parse(&["booking.cancelled", "booking.confirmed"], &EventCatalog::bookings())
            .unwrap(),
        secrets: SigningSecret::from_random([7; 32]).into(),
        activity,
        active_since: now(),
        created_at: now(),
    }
}

/// The unit of work in which `registered` webhooks are there already.
pub(crate) fn registering(registered: u32, url_taken: bool) -> impl Fn(&mut MockUnitOfWork) + Send + Sync {
    move |work| {
        work.expect_lock_organization().returning(|_| Ok(Some(organization())));
        work.expect_registration_facts()
            .returning(move |_, _, _| Ok(RegistrationFacts { registered, url_taken }));
        work.expect_insert_webhook().returning(|_| Ok(()));
        work.expect_commit().returning(|| Ok(()));
    }
}

pub(crate) fn booking(metadata: &str) -> Booking {
    let request = BookingRequest {
        human_id: HUMAN.parse::<HumanId>().unwrap(),
        slot: TimeSlot::new(time("2026-03-12T09:00:00Z"), DurationMinutes::new(30).unwrap()).unwrap(),
        attendee_name: AttendeeName::parse("Alex Rivera").unwrap(),
        attendee_email: Some(AttendeeEmail::parse("alex@startup.io").unwrap()),
        metadata: Metadata::from_stored(metadata.to_owned()).unwrap(),
    };
    Booking::confirm(BookingId::new(ID), ORGANIZATION, request, &[], now()).unwrap()
}

/// The unit of work in which the human's `taken` slots are known and no webhook wants the event.
pub(crate) fn booking_with(taken: Vec<TimeSlot>) -> impl Fn(&mut MockUnitOfWork) + Send + Sync {
    move |work| {
        let taken = taken.clone();
        work.expect_lock_calendars().returning(move |_| Ok(vec![taken.clone()]));
        work.expect_insert_bookings().returning(|_| Ok(()));
        work.expect_webhooks_wanting().returning(|_, _| Ok(Vec::new()));
        work.expect_insert_events().returning(|_, _| Ok(()));
        work.expect_commit().returning(|| Ok(()));
    }
}
