//! What each API key is held to, where there is a limit.

use crate::described_routes::operations_of_the_version;
use crate::support::{Answer, ORGANIZATION, Ports, key, send};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, header};
use slotflow_adapters::api::{RateLimiter, router};
use slotflow_adapters::memory::VirtualClock;
use slotflow_application::ports::MockDirectory;
use slotflow_domain::organization::ApiKey;
use slotflow_domain::rate_limit::RateLimit;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// An API under a limit of two a second, so four at once, with two keys of one organization.
struct Limited {
    router: Router,
    clock: VirtualClock,
}

impl Limited {
    fn new() -> Self {
        let clock = VirtualClock::default();
        let mut ports = Ports::new();
        ports.directory = MockDirectory::new();
        ports.directory.expect_key_holder().returning(|digest| {
            Ok([key(), other_key()].iter().any(|key| key.digest() == digest).then_some(ORGANIZATION))
        });
        ports.directory.expect_webhooks().returning(|_| Ok(Vec::new()));
        let mut services = ports.services();
        let limit = RateLimit::per_second(NonZeroU32::new(2).unwrap());
        services.rate_limiter = Some(Arc::new(RateLimiter::new(limit, Arc::new(clock.clone()))));
        Self { router: router(services), clock }
    }

    async fn call(&self, method: Method, path: &str, key: &ApiKey, body: &'static str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", key.expose()))
            .header("Idempotency-Key", "once");
        send(&self.router, request.body(Body::from(body)).unwrap()).await
    }

    async fn list(&self, key: &ApiKey) -> Answer {
        self.call(Method::GET, "/v1/webhooks", key, "").await
    }

    async fn use_up(&self) {
        for _ in 0..4 {
            assert_eq!(self.list(&key()).await.status, 200);
        }
    }

    fn pass(&self, span: Duration) {
        self.clock.advance(span);
    }
}

fn other_key() -> ApiKey {
    ApiKey::from_random([2; 32])
}

#[track_caller]
fn is_refused(answer: &Answer, seconds: &str) {
    let message = "this API key has made too many requests; wait as long as Retry-After says";
    answer.is_error(429, "RATE_LIMITED", message);
    assert_eq!(answer.headers[header::RETRY_AFTER], seconds);
}

#[tokio::test]
async fn beyond_the_limit_a_key_is_told_when_to_come_again_and_admitted_then() {
    let api = Limited::new();
    api.use_up().await;
    is_refused(&api.list(&key()).await, "1");
    api.pass(Duration::from_millis(499));
    is_refused(&api.list(&key()).await, "1");
    api.pass(Duration::from_millis(1));
    assert_eq!(api.list(&key()).await.status, 200);
    is_refused(&api.list(&key()).await, "1");
    api.pass(Duration::from_secs(3_600));
    api.use_up().await;
    is_refused(&api.list(&key()).await, "1");
}

#[tokio::test]
async fn every_route_of_the_version_counts_and_is_refused_before_anything_else_is_looked_at() {
    let api = Limited::new();
    api.use_up().await;
    for (method, path) in operations_of_the_version() {
        is_refused(&api.call(method, &path, &key(), "no JSON").await, "1");
    }
}

#[tokio::test]
async fn one_key_does_not_use_up_what_another_may() {
    let api = Limited::new();
    api.use_up().await;
    is_refused(&api.list(&key()).await, "1");
    assert_eq!(api.list(&other_key()).await.status, 200);
}

#[tokio::test]
async fn what_is_no_key_is_unauthorized_however_often_it_is_tried() {
    let api = Limited::new();
    api.use_up().await;
    for _ in 0..20 {
        assert_eq!(api.list(&ApiKey::from_random([3; 32])).await.status, 401);
    }
}

#[tokio::test]
async fn what_needs_no_key_is_not_limited() {
    let api = Limited::new();
    api.use_up().await;
    for _ in 0..20 {
        assert_eq!(api.call(Method::GET, "/healthz", &key(), "").await.status, 200);
    }
}
