//! What a request is called.

use crate::support::{Answer, Ports, REQUEST, send, signed};
use axum::body::Body;
use axum::http::{HeaderValue, Method};

async fn named(name: Option<&[u8]>, path: &str) -> Answer {
    let mut ports = Ports::new();
    ports.directory.expect_webhooks().returning(|_| Ok(Vec::new()));
    let mut request = signed(Method::GET, path).body(Body::empty()).unwrap();
    if let Some(name) = name {
        request.headers_mut().insert("x-request-id", HeaderValue::from_bytes(name).unwrap());
    }
    send(&ports.router(), request).await
}

#[tokio::test]
async fn a_clients_name_for_its_request_comes_back_whatever_the_answer() {
    for (path, status) in
        [("/v1/webhooks", 200), ("/v1/webhooks/x", 404), ("/nowhere", 404), ("/healthz", 200)]
    {
        let answer = named(Some(b"Root=1-67891233:ab/c+d~e_f.g"), path).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.headers["x-request-id"], "Root=1-67891233:ab/c+d~e_f.g");
        assert_eq!(answer.headers.get_all("x-request-id").iter().count(), 1);
    }
}

#[tokio::test]
async fn a_request_without_a_usable_name_gets_one() {
    for name in [
        None,
        Some(b"".as_slice()),
        Some(b"a b"),
        Some(b"alex@startup.io"),
        Some(b"\xff"),
        Some(&[b'x'; 129]),
    ] {
        let answer = named(name, "/v1/webhooks").await;
        assert_eq!(answer.headers["x-request-id"], REQUEST.to_string(), "{name:?}");
    }
}

#[tokio::test]
async fn a_request_that_makes_its_handler_panic_has_a_name_too() {
    let mut ports = Ports::new();
    ports.directory.expect_webhooks().returning(|_| panic!("on purpose"));
    let answer = ports.get("/v1/webhooks").await;
    assert_eq!(answer.status, 500);
    assert_eq!(answer.headers["x-request-id"], REQUEST.to_string());
}
