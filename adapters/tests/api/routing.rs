//! Paths and methods that lead nowhere, and what every answer has.

use crate::support::{Ports, STRANGER, send, signed};
use axum::body::Body;
use axum::http::{Method, Request, header};
use http_body_util::BodyExt;
use tower::ServiceExt;

#[tokio::test]
async fn an_unknown_route_is_not_found_with_or_without_a_key() {
    let router = Ports::new().router();
    let long = format!("/v1/{}", "x".repeat(8_000));
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v1/hooks",
        "/v2/webhooks",
        "/v1/webhooks/",
        "//v1/webhooks",
        "/V1/webhooks",
        "/v1/webhooks/a/b",
        "/v1/web%68ooks",
        "/v1/webhooks%2Fa",
        "/%ff",
        "/healthz/",
        &long,
    ] {
        for request in [Request::builder().uri(path), signed(Method::POST, path)] {
            let answer = send(&router, request.body(Body::empty()).unwrap()).await;
            answer.is_missing("route");
        }
    }
}

#[tokio::test]
async fn what_the_reference_does_not_have_is_not_found_either() {
    let router = Ports::new().router();
    for path in ["/docs/nothing", "/docs/a/b", "/docs/%00", "/docs/%ff", "/docs/..%2findex.html"] {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        send(&router, request).await.is_missing("route");
    }
}

#[tokio::test]
async fn an_identifier_that_is_none_names_nothing() {
    let router = Ports::new().router();
    let braced = format!("{{{STRANGER}}}").replace('{', "%7B").replace('}', "%7D");
    let bare = STRANGER.replace('-', "");
    for id in ["1", "null", "%20", "%00", "%ff", "%zz", "%2e%2e", "..", &braced, &bare, "%F0%9F%98%80"] {
        for (things, thing) in [
            ("webhooks", "webhook"),
            ("bookings", "booking"),
            ("deliveries", "delivery"),
            ("events", "event"),
        ] {
            let path = format!("/v1/{things}/{id}");
            let request = signed(Method::GET, &path).body(Body::empty()).unwrap();
            send(&router, request).await.is_missing(thing);
        }
    }
}

#[tokio::test]
async fn a_method_that_a_route_does_not_have_is_refused_with_those_it_has() {
    let router = Ports::new().router();
    let one = |things: &str| format!("/v1/{things}/{STRANGER}");
    let foreign = Method::from_bytes(b"FROBNICATE").unwrap();
    for (path, allowed) in [
        ("/v1/webhooks".to_owned(), "GET,HEAD,POST"),
        (one("webhooks"), "GET,HEAD,PATCH,DELETE"),
        ("/v1/bookings".to_owned(), "GET,HEAD,POST"),
        (one("bookings"), "GET,HEAD,DELETE"),
        ("/v1/deliveries".to_owned(), "GET,HEAD"),
        (one("deliveries"), "GET,HEAD"),
        (format!("{}/retry", one("deliveries")), "POST"),
        (format!("{}/test", one("webhooks")), "POST"),
        (format!("{}/replay", one("webhooks")), "POST"),
        ("/v1/events".to_owned(), "GET,HEAD"),
        (one("events"), "GET,HEAD"),
        ("/healthz".to_owned(), "GET,HEAD"),
        ("/readyz".to_owned(), "GET,HEAD"),
        ("/docs/nothing".to_owned(), "GET,HEAD"),
    ] {
        for method in [Method::PUT, Method::OPTIONS, Method::TRACE, foreign.clone()] {
            // Without a key: the method is looked at first.
            let request = Request::builder().method(method).uri(&path).body(Body::empty()).unwrap();
            let answer = send(&router, request).await;
            answer.is_error(
                405,
                "METHOD_NOT_ALLOWED",
                "this route does not support the method; see the Allow header",
            );
            assert_eq!(answer.headers[header::ALLOW], allowed, "{path}");
        }
    }
}

#[tokio::test]
async fn head_answers_as_get_does_without_the_body() {
    let mut ports = Ports::new();
    ports.directory.expect_webhooks().returning(|_| Ok(Vec::new()));
    let request = signed(Method::HEAD, "/v1/webhooks").body(Body::empty()).unwrap();
    let response = ports.router().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    assert!(response.into_body().collect().await.unwrap().to_bytes().is_empty());
}

#[tokio::test]
async fn a_panic_is_an_error_of_ours_and_says_nothing_of_itself() {
    let mut ports = Ports::new();
    ports.directory.expect_webhooks().returning(|_| panic!("the secret is hunter2"));
    let answer = ports.get("/v1/webhooks").await;
    answer.is_error(500, "INTERNAL", "something went wrong on our side; it has been logged");
}
