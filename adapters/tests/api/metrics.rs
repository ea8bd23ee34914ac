//! `/metrics`

use crate::support::{Ports, now, send, signed};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response};
use http_body_util::BodyExt;
use slotflow_adapters::api::{enveloped, router_with};
use slotflow_adapters::metrics::{CONTENT_TYPE, Metrics};
use slotflow_application::ports::{Backlog, MockBacklogReader, MockClock, MockEntropy, StoreError};
use std::sync::Arc;
use tower::ServiceExt;
use uuid::Uuid;

fn metrics(answer: fn() -> Result<Backlog, StoreError>) -> Metrics {
    let (mut reader, mut clock) = (MockBacklogReader::new(), MockClock::new());
    reader.expect_backlog().returning(move |_| answer());
    clock.expect_now().returning(now);
    Metrics::new(Arc::new(reader), Arc::new(clock), "1.2.3")
}

fn backlog() -> Result<Backlog, StoreError> {
    Ok(Backlog { pending: 7, delivering: 1, held: 2, oldest_due: None })
}

/// The API with its metrics beside it, watched by them.
fn watched(ports: Ports, metrics: &Metrics) -> Router {
    metrics.watch(router_with(ports.services(), metrics.routes()))
}

async fn scrape(router: &Router) -> Response<String> {
    let request = Request::builder().uri("/metrics").body(Body::empty()).unwrap();
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Response::from_parts(parts, text)
}

#[tokio::test]
async fn metrics_are_text_and_want_no_key() {
    let answer = scrape(&watched(Ports::new(), &metrics(backlog))).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], CONTENT_TYPE);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert!(answer.headers().contains_key("x-request-id"));
    let text = answer.body();
    assert!(text.contains("slotflow_build_info{version=\"1.2.3\"} 1\n"), "{text}");
    assert!(text.contains("slotflow_backlog_deliveries{status=\"pending\"} 7\n"), "{text}");
    assert!(text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn requests_are_counted_by_pattern_and_nothing_a_client_makes_up_becomes_a_label() {
    let router = watched(Ports::new(), &metrics(backlog));
    for (method, path) in [
        ("GET", "/v1/webhooks/secret-in-path"),
        ("GET", "/v1/webhooks/another"),
        ("FROBNICATE", "/v1/webhooks"),
        ("GET", "/typed/by-a-client?q=query-text"),
        ("BREW", "/typed/by-another"),
        ("GET", "/healthz"),
    ] {
        let request =
            signed(Method::from_bytes(method.as_bytes()).unwrap(), path).body(Body::empty()).unwrap();
        send(&router, request).await;
    }
    let text = scrape(&router).await.into_body();
    for line in [
        r#"slotflow_http_requests_total{method="GET",route="/v1/webhooks/{id}",status="404"} 2"#,
        r#"slotflow_http_requests_total{method="other",route="/v1/webhooks",status="405"} 1"#,
        r#"slotflow_http_requests_total{method="GET",route="other",status="404"} 1"#,
        r#"slotflow_http_requests_total{method="other",route="other",status="404"} 1"#,
        r#"slotflow_http_requests_total{method="GET",route="/healthz",status="200"} 1"#,
        r#"slotflow_http_request_duration_seconds_count{route="other"} 2"#,
    ] {
        assert!(text.lines().any(|told| told == line), "{line} in\n{text}");
    }
    for kept in ["secret-in-path", "by-a-client", "query-text", "FROBNICATE", "BREW"] {
        assert!(!text.contains(kept), "{kept}");
    }
}

#[tokio::test]
async fn errors_around_it_have_the_contracts_shape() {
    let router = watched(Ports::new(), &metrics(backlog));
    let request = Request::builder().method(Method::POST).uri("/metrics").body(Body::empty()).unwrap();
    let answer = send(&router, request).await;
    answer.is_error(
        405,
        "METHOD_NOT_ALLOWED",
        "this route does not support the method; see the Allow header",
    );
    assert_eq!(answer.headers["allow"], "GET,HEAD");
}

#[tokio::test]
async fn without_the_store_there_is_all_but_the_backlog() {
    let answer = scrape(&watched(Ports::new(), &metrics(|| Err(StoreError::corrupt("gone"))))).await;
    assert_eq!(answer.status(), 200);
    let text = answer.body();
    assert!(text.contains("slotflow_attempts_total{outcome=\"success\"} 0\n"), "{text}");
    assert!(!text.contains("slotflow_backlog_deliveries") && !text.contains("slotflow_oldest_due"), "{text}");
}

#[tokio::test]
async fn on_a_listener_of_its_own_there_is_nothing_else() {
    let mut entropy = MockEntropy::new();
    entropy.expect_token().returning(|| Uuid::from_u128(1));
    let router = enveloped(metrics(backlog).routes(), Arc::new(entropy));
    assert_eq!(scrape(&router).await.status(), 200);
    let request = signed(Method::GET, "/v1/webhooks").body(Body::empty()).unwrap();
    send(&router, request).await.is_missing("route");
}
