//! What answers come to.

use super::receiver::Receiver;
use super::{PATIENT, attempt_at, request, sender};
use slotflow_application::ports::WebhookSender;
use slotflow_domain::delivery::{AttemptOutcome, Verdict};
use slotflow_domain::event::Payload;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const KIB: usize = 1_024;

#[tokio::test]
async fn a_200_is_a_success_with_its_body() {
    let report =
        attempt_at("HTTP/1.1 200 OK\r\nX-Request-ID: 7\r\nX-Odd: \u{e9}\r\nContent-Length: 5\r\n\r\nhello")
            .await;
    assert_eq!(report.outcome, AttemptOutcome::Success);
    assert_eq!(report.error, None);
    let response = report.response.unwrap();
    assert_eq!((response.status, response.body.as_slice(), response.truncated), (200, &b"hello"[..], false));
    let headers = [("x-request-id", "7"), ("x-odd", "\u{e9}"), ("content-length", "5")];
    assert_eq!(response.headers, headers.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())));
}

#[tokio::test]
async fn every_2xx_is_a_success() {
    for status in [200, 201, 202, 204, 226, 299] {
        let length = if status == 204 { "" } else { "Content-Length: 0\r\n" };
        let report = attempt_at(format!("HTTP/1.1 {status} X\r\n{length}\r\n")).await;
        assert_eq!(report.outcome, AttemptOutcome::Success, "{status}");
        assert!(!report.response.unwrap().truncated, "{status}");
    }
}

#[tokio::test]
async fn any_other_status_is_a_failure() {
    for (status, words) in [
        (400, "400 Bad Request"),
        (401, "401 Unauthorized"),
        (404, "404 Not Found"),
        (410, "410 Gone"),
        (429, "429 Too Many Requests"),
        (500, "500 Internal Server Error"),
        (503, "503 Service Unavailable"),
        (999, "999"),
    ] {
        let report = attempt_at(format!("HTTP/1.1 {status} X\r\nContent-Length: 2\r\n\r\nno")).await;
        assert_eq!(report.outcome, AttemptOutcome::HttpStatus, "{status}");
        assert_eq!(report.error, Some(format!("the receiver answered {words}")));
        let verdict = if status == 410 { Verdict::Gone } else { Verdict::Rejected };
        assert_eq!(report.verdict(), verdict, "{status}");
        assert_eq!(report.response.unwrap().body, b"no");
    }
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let canary = Receiver::answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    for status in [301, 302, 303, 307, 308] {
        let answer =
            format!("HTTP/1.1 {status} X\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", canary.url());
        let report = attempt_at(answer).await;
        assert_eq!(report.outcome, AttemptOutcome::HttpStatus, "{status}");
        assert!(report.error.unwrap().ends_with("redirects are not followed"));
    }
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn a_body_in_chunks_is_put_together_and_never_decompressed() {
    let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n";
    let report = attempt_at(format!("{head}3\r\nnot\r\n5\r\n gzip\r\n0\r\nX-Trailer: t\r\n\r\n")).await;
    let response = report.response.unwrap();
    assert_eq!((response.body.as_slice(), response.truncated), (&b"not gzip"[..], false));
}

#[tokio::test]
async fn sixteen_kib_of_a_body_are_kept_and_no_byte_more() {
    for (length, kept, truncated) in
        [(16 * KIB, 16 * KIB, false), (16 * KIB + 1, 16 * KIB, true), (1_000 * KIB, 16 * KIB, true)]
    {
        let body = "x".repeat(length);
        let report = attempt_at(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}")).await;
        assert_eq!(report.outcome, AttemptOutcome::Success);
        let response = report.response.unwrap();
        assert_eq!((response.body.len(), response.truncated), (kept, truncated), "{length}");
    }
}

#[tokio::test]
async fn an_endless_body_is_cut_and_the_connection_dropped() {
    let (ended, mut end) = tokio::sync::mpsc::channel(1);
    let receiver = Receiver::new(move |mut visit| {
        let ended = ended.clone();
        async move {
            visit.request().await;
            visit.write("HTTP/1.1 200 OK\r\n\r\n").await;
            while visit.write([b'x'; 4_096]).await {}
            ended.send(()).await.unwrap();
        }
    })
    .await;
    let report = sender(PATIENT).send(request(&receiver.url())).await;
    assert_eq!(report.outcome, AttemptOutcome::Success);
    let response = report.response.unwrap();
    assert_eq!((response.body.len(), response.truncated), (16 * KIB, true));
    assert!(report.duration < PATIENT / 2);
    tokio::time::timeout(PATIENT / 2, end.recv()).await.expect("the sender goes on reading");
}

#[tokio::test]
async fn a_head_beyond_all_bounds_counts_by_its_status_line() {
    let huge = format!("X-Huge: {}\r\n", "x".repeat(64 * KIB));
    let many: String = (0..101).map(|number| format!("X-{number}: y\r\n")).collect();
    for headers in [huge, many] {
        let report = attempt_at(format!("HTTP/1.1 200 OK\r\n{headers}\r\n")).await;
        assert_eq!(report.outcome, AttemptOutcome::Success);
        let response = report.response.unwrap();
        assert_eq!((response.status, response.truncated), (200, true));
        let report = attempt_at(format!("HTTP/1.1 500 No\r\n{headers}\r\n")).await;
        assert_eq!(report.outcome, AttemptOutcome::HttpStatus);
    }
}

#[tokio::test]
async fn no_more_than_8_kib_of_headers_are_kept() {
    for size in [4_000, 7_900, 8_100, 8_192, 9_000] {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: {}\r\n\r\n", "x".repeat(size));
        let report = attempt_at(head).await;
        assert_eq!(report.outcome, AttemptOutcome::Success, "{size}");
        let kept = report.response.unwrap().headers;
        assert!(
            kept.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() <= 8 * KIB,
            "{size}"
        );
    }
}

#[tokio::test]
async fn an_endless_status_line_is_not_http() {
    let report = attempt_at(format!("HTTP/1.1 200 {}\r\n\r\n", "x".repeat(64 * KIB))).await;
    assert_eq!(report.outcome, AttemptOutcome::Protocol);
}

#[tokio::test]
async fn what_is_not_http_is_a_protocol_failure() {
    for garbage in
        ["SSH-2.0-OpenSSH_9.2\r\n", "\0\u{1}\u{2}\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n", "200 OK\r\n\r\n"]
    {
        let report = attempt_at(garbage).await;
        assert_eq!(report.outcome, AttemptOutcome::Protocol, "{garbage:?}");
        assert_eq!(report.response, None);
    }
}

#[tokio::test]
async fn a_connection_closed_without_an_answer_is_a_protocol_failure() {
    let at_once = Receiver::new(|visit| async { drop(visit) }).await;
    let after_the_request = Receiver::new(|mut visit| async move { drop(visit.request().await) }).await;
    for receiver in [at_once, after_the_request] {
        let report = sender(PATIENT).send(request(&receiver.url())).await;
        assert_eq!(report.outcome, AttemptOutcome::Protocol);
        assert!(report.error.unwrap().ends_with("the connection before it answered"));
        assert_eq!(receiver.connections(), 1);
    }
}

#[tokio::test]
async fn a_connection_closed_or_reset_on_the_way_says_so() {
    for (sent, reset, words) in [
        ("", false, "the receiver closed the connection before it answered"),
        ("", true, "the receiver reset the connection before it answered"),
        ("HTTP/1.1 2", false, "the receiver closed the connection in the middle of its answer"),
        ("HTTP/1.1 2", true, "the receiver reset the connection in the middle of its answer"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with("Zo\u{eb}\"}".as_bytes()) {
                stream.read_buf(&mut request).await.unwrap();
            }
            stream.write_all(sent.as_bytes()).await.unwrap();
            // What was sent is to be read before the reset, which makes the system forget it.
            tokio::time::sleep(Duration::from_millis(50)).await;
            if reset {
                stream.set_zero_linger().unwrap();
            }
        });
        let report = sender(PATIENT).send(request(&url)).await;
        assert_eq!(report.outcome, AttemptOutcome::Protocol);
        assert_eq!(report.error.as_deref(), Some(words));
    }
}

#[tokio::test]
async fn interim_answers_are_passed_over() {
    let report = attempt_at(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    )
    .await;
    assert_eq!(report.outcome, AttemptOutcome::Success);
    assert_eq!(report.response.unwrap().status, 204);
}

#[tokio::test]
async fn a_success_cut_off_in_its_body_or_headers_is_a_success() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\n",
    ] {
        let receiver = Receiver::new(move |mut visit| async move {
            visit.request().await;
            visit.write(answer).await;
        })
        .await;
        let report = sender(PATIENT).send(request(&receiver.url())).await;
        assert_eq!(report.outcome, AttemptOutcome::Success, "{answer:?}");
        let response = report.response.unwrap();
        assert!(response.truncated);
        assert!(matches!(response.body.as_slice(), b"half" | b""));
    }
}

#[tokio::test]
async fn an_answer_before_the_request_is_read_counts() {
    let receiver = Receiver::new(|mut visit| async move {
        visit.stream.read_exact(&mut [0; 100]).await.unwrap();
        visit.write("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n").await;
        tokio::time::sleep(PATIENT).await;
    })
    .await;
    let mut request = request(&receiver.url());
    // More than the sockets hold.
    request.body = Payload::from_stored(vec![b'x'; 20_000 * KIB]);
    let sender = sender(PATIENT);
    let report = sender.send(request).await;
    assert_eq!(report.response.unwrap().status, 413);
    assert!(report.duration < PATIENT / 2);
}
