//! Probes.

use crate::support::{Ports, lost, send};
use axum::body::Body;
use axum::http::{Request, header};
use slotflow_application::ports::StoreError;

async fn probe(ports: Ports, path: &str) -> crate::support::Answer {
    // Probes have no key.
    send(&ports.router(), Request::builder().uri(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_process_is_healthy_without_asking_the_store() {
    probe(Ports::new(), "/healthz").await.is(200, r#"{"status":"ok"}"#);
}

#[tokio::test]
async fn it_is_ready_when_the_store_is() {
    let mut ports = Ports::new();
    ports.store.expect_ping().returning(|| Ok(()));
    probe(ports, "/readyz").await.is(200, r#"{"status":"ok"}"#);
}

#[tokio::test]
async fn it_is_not_ready_while_the_store_fails_in_whatever_way() {
    for fail in [lost, || StoreError::corrupt("no such table")] {
        let mut ports = Ports::new();
        ports.store.expect_ping().returning(move || Err(fail()));
        let answer = probe(ports, "/readyz").await;
        answer.is_error(503, "UNAVAILABLE", "the service is temporarily unavailable; please try again");
        assert_eq!(answer.headers[header::RETRY_AFTER], "2");
    }
}
