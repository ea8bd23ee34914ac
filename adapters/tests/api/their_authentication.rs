//! Somebody else says whose a request is.

use crate::described_routes::operations_of_the_version;
use crate::support::{Answer, ORGANIZATION, Ports, registering, send, signed};
use async_trait::async_trait;
use axum::BoxError;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Method, Request, header};
use slotflow_adapters::api::{Authenticator, Identity, router};
use slotflow_domain::organization::{Organization, OrganizationName, Plan};
use slotflow_domain::{OrganizationId, Timestamp};
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

const ANOTHER: OrganizationId = OrganizationId::new(Uuid::from_u128(0xB));

/// Answers one after the other, the last one for ever.
struct Answering(Vec<Option<OrganizationId>>, AtomicUsize);

impl Answering {
    fn new(answers: &[Option<OrganizationId>]) -> Arc<Self> {
        Arc::new(Self(answers.to_vec(), AtomicUsize::new(0)))
    }
}

#[async_trait]
impl Authenticator for Answering {
    async fn authenticate(&self, _: &Parts) -> Result<Option<Identity>, BoxError> {
        let place = self.1.fetch_add(1, Ordering::Relaxed).min(self.0.len() - 1);
        Ok(self.0[place].map(Identity::of))
    }
}

/// Registers a webhook with a body that takes so long to arrive.
async fn register(authenticator: Arc<Answering>, arrives_after: Duration) -> Answer {
    let mut ports = Ports::new().working(registering(0, false));
    ports.directory.expect_organization().returning(|id| Ok((id == ORGANIZATION).then(organization)));
    let mut services = ports.services();
    services.authenticator = authenticator;
    let late = futures_util::stream::once(async move {
        tokio::time::sleep(arrives_after).await;
        Ok::<_, Infallible>(r#"{"url":"https://hooks.acme.dev/a","events":["booking.confirmed"]}"#)
    });
    let request = Request::post("/v1/webhooks").header("content-type", "application/json");
    send(&router(services), request.body(Body::from_stream(late)).unwrap()).await
}

#[tokio::test(start_paused = true)]
async fn who_is_somebody_else_by_the_time_the_body_is_there_changes_nothing_any_more() {
    let late = Duration::from_secs(2);
    for by_then in [None, Some(ANOTHER)] {
        let authenticator = Answering::new(&[Some(ORGANIZATION), by_then]);
        register(authenticator, late).await.is_error(401, "UNAUTHORIZED", "authentication is required");
    }
    assert_eq!(register(Answering::new(&[Some(ORGANIZATION)]), late).await.status, 201);
    // What arrives at once costs no second look.
    let authenticator = Answering::new(&[Some(ORGANIZATION), None]);
    assert_eq!(register(authenticator, Duration::ZERO).await.status, 201);
}

fn organization() -> Organization {
    let (name, plan) = (OrganizationName::parse("Acme").unwrap(), Plan::Growth.into());
    Organization { id: ORGANIZATION, name, plan, created_at: Timestamp::MIN }
}

#[tokio::test]
async fn every_route_of_the_version_asks_for_them_before_it_looks_at_anything_else() {
    let mut services = Ports::new().services();
    services.authenticator = Answering::new(&[None]);
    let router = router(services);
    for (method, path) in operations_of_the_version() {
        // A key that is good means nothing here.
        let request = signed(method, &path).body(Body::from(vec![0xFF; 300 * 1024])).unwrap();
        let answer = send(&router, request).await;
        answer.is_error(401, "UNAUTHORIZED", "authentication is required");
        assert_eq!(answer.headers.get(header::WWW_AUTHENTICATE), None, "a key of ours would be of no use");
    }
}

#[tokio::test]
async fn an_organization_that_is_not_there_is_asked_for_no_key_either() {
    let mut ports = Ports::new();
    ports.directory.expect_organization().returning(|_| Ok(None));
    let mut services = ports.services();
    services.authenticator = Answering::new(&[Some(ANOTHER)]);
    let request = signed(Method::POST, "/v1/webhooks").body(Body::from("{}")).unwrap();
    let answer = send(&router(services), request).await;
    answer.is_error(401, "UNAUTHORIZED", "there is no such organization");
    assert_eq!(answer.headers.get(header::WWW_AUTHENTICATE), None);
}

#[tokio::test]
async fn they_see_all_of_a_request_but_its_body() {
    let mut ports = Ports::new();
    ports.directory.expect_webhooks().returning(|_| Ok(Vec::new()));
    let mut services = ports.services();
    let seen = Arc::new(Mutex::new(None));
    let told = Arc::clone(&seen);
    services.authenticator = Arc::new(move |request: &Parts| {
        let header = request.headers["x-their-user"].to_str().unwrap().to_owned();
        let left = request.extensions.get::<u8>().copied();
        *told.lock().unwrap() = Some((request.method.clone(), request.uri.to_string(), header, left));
        Some(ORGANIZATION)
    });
    let request = Request::get("/v1/webhooks?active=true").header("x-their-user", "ann").extension(7_u8);
    assert_eq!(send(&router(services), request.body(Body::empty()).unwrap()).await.status, 200);
    let expected = (Method::GET, "/v1/webhooks?active=true".to_owned(), "ann".to_owned(), Some(7));
    assert_eq!(seen.lock().unwrap().take(), Some(expected));
}
