//! Receivers that take their time: one deadline holds over everything.

use super::receiver::Receiver;
use super::{HASTY, Resolver, SLACK, development, request, sender};
use crate::sender::HttpSender;
use async_trait::async_trait;
use slotflow_application::ports::{HostResolver, ResolveError, WebhookSender};
use slotflow_domain::delivery::{AttemptOutcome, AttemptReport};
use std::net::IpAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

fn ended_in_time(report: &AttemptReport) {
    let duration = report.duration;
    assert!(duration >= HASTY && duration < HASTY + SLACK, "{duration:?}");
}

/// An attempt at a receiver that writes `first`, and then `drip` again and again, slowly.
async fn attempt_at_slow(first: &'static str, drip: &'static str) -> AttemptReport {
    let receiver = Receiver::new(move |mut visit| async move {
        visit.request().await;
        visit.write(first).await;
        while visit.write(drip).await {
            tokio::time::sleep(HASTY / 20).await;
        }
    })
    .await;
    let report = sender(HASTY).send(request(&receiver.url())).await;
    ended_in_time(&report);
    report
}

#[tokio::test]
async fn no_answer_is_a_timeout() {
    let report = attempt_at_slow("", "").await;
    assert_eq!(report.outcome, AttemptOutcome::Timeout);
    assert_eq!(report.error.as_deref(), Some("connected, but no answer within 0.4 s"));
    assert_eq!(report.response, None);
}

#[tokio::test]
async fn half_a_status_line_is_a_timeout() {
    assert_eq!(attempt_at_slow("HTTP/1.1 200", "").await.outcome, AttemptOutcome::Timeout);
    assert_eq!(attempt_at_slow("HTTP/1.1 200 ", "x").await.outcome, AttemptOutcome::Timeout);
}

#[tokio::test]
async fn endless_interim_answers_are_a_timeout() {
    let report = attempt_at_slow("", "HTTP/1.1 102 Processing\r\n\r\n").await;
    assert_eq!(report.outcome, AttemptOutcome::Timeout);
}

#[tokio::test]
async fn a_success_stands_although_its_headers_or_body_stall() {
    for (first, drip) in [
        ("HTTP/1.1 200 OK\r\n", ""),
        ("HTTP/1.1 200 OK\r\nX: ", "x"),
        ("HTTP/1.1 200 OK\r\n\r\n", "x"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", ""),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
    ] {
        let report = attempt_at_slow(first, drip).await;
        assert_eq!(report.outcome, AttemptOutcome::Success, "{first:?}");
        assert!(report.response.unwrap().truncated);
    }
}

#[tokio::test]
async fn a_refusal_that_stalls_is_a_refusal_with_what_was_read() {
    let report = attempt_at_slow("HTTP/1.1 503 Busy\r\nContent-Length: 1000\r\n\r\nlater", "").await;
    assert_eq!(report.outcome, AttemptOutcome::HttpStatus);
    let response = report.response.unwrap();
    assert_eq!((response.status, response.body.as_slice()), (503, &b"later"[..]));
}

#[tokio::test]
async fn a_receiver_that_accepts_but_never_secures_is_a_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let report = sender(HASTY).send(request(&url)).await;
    assert_eq!(report.outcome, AttemptOutcome::Timeout);
    assert_eq!(
        report.error.as_deref(),
        Some("connected, but the connection was not secured (TLS) within 0.4 s")
    );
    ended_in_time(&report);
}

#[tokio::test]
async fn a_name_service_that_hangs_is_a_timeout() {
    struct Hanging;
    #[async_trait]
    impl HostResolver for Hanging {
        async fn resolve(&self, _: &str) -> Result<Vec<IpAddr>, ResolveError> {
            std::future::pending().await
        }
    }
    let sender = HttpSender::new(development(HASTY), Arc::new(Hanging)).unwrap();
    let report = sender.send(request("http://receiver.example.com/")).await;
    assert_eq!(report.outcome, AttemptOutcome::Timeout);
    assert_eq!(report.error.as_deref(), Some("no answer from the name server within 0.4 s"));
    ended_in_time(&report);
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_a_dns_failure() {
    for error in [ResolveError::NotFound, ResolveError::NoAddress, ResolveError::Unavailable] {
        let sender = HttpSender::new(development(HASTY), Arc::new(Resolver(Err(error.clone())))).unwrap();
        let report = sender.send(request("http://receiver.example.com/")).await;
        assert_eq!(report.outcome, AttemptOutcome::Dns);
        assert_eq!(report.error, Some(error.to_string()));
    }
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_a_connect_failure() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let report = sender(HASTY).send(request(&format!("http://{address}/"))).await;
    assert_eq!(report.outcome, AttemptOutcome::Connect);
    assert_eq!(report.error, Some(format!("connection refused by {address}")));
}
