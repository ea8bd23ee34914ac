//! What goes onto the wire, byte for byte.

use super::receiver::Receiver;
use super::{PATIENT, request, sender};
use slotflow_application::ports::WebhookSender;
use slotflow_domain::delivery::AttemptOutcome;
use slotflow_domain::event::Payload;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

#[tokio::test]
async fn exactly_the_attempts_headers_and_bytes_are_sent() {
    let receiver = Receiver::answering(OK).await;
    let url = format!("http://{}/Hooks/%C3%A9?token=a%20b&q=`x`|y", receiver.address);
    let request = request(&url);
    let body = String::from_utf8(request.body.as_bytes().to_vec()).unwrap();
    assert_eq!(sender(PATIENT).send(request).await.outcome, AttemptOutcome::Success);
    let [sent] = receiver.requests().try_into().unwrap();
    let (head, sent_body) = sent.split_once("\r\n\r\n").unwrap();
    let lines: Vec<&str> = head.split("\r\n").collect();
    let host = format!("Host: {}", receiver.address);
    let length = format!("Content-Length: {}", body.len());
    assert_eq!(
        lines,
        [
            "POST /Hooks/%C3%A9?token=a%20b&q=`x`|y HTTP/1.1",
            &host,
            "Content-Type: application/json",
            "User-Agent: Slotflow-Webhooks/0.1.0",
            "X-Slotflow-Signature: t=1773151500,v1=00ff",
            "Webhook-Id: 0195a8c4-0000-7000-8000-000000000000",
            &length,
        ]
    );
    assert_eq!(sent_body, body);
}

#[tokio::test]
async fn the_host_is_named_as_in_the_url() {
    let receiver = Receiver::answering(OK).await;
    let url = format!("http://Receiver.Example.COM.:{}", receiver.address.port());
    sender(PATIENT).send(request(&url)).await;
    let [sent] = receiver.requests().try_into().unwrap();
    let host = format!("\r\nHost: receiver.example.com:{}\r\n", receiver.address.port());
    assert!(sent.starts_with("POST / HTTP/1.1\r\n") && sent.contains(&host), "{sent}");
}

#[tokio::test]
async fn a_large_body_and_a_long_url_arrive_whole() {
    let receiver = Receiver::answering(OK).await;
    let path = "é".repeat(2_000);
    let mut request = request(&format!("http://{}/{path}", receiver.address));
    request.body = Payload::from_stored("x".repeat(300_000).into_bytes());
    assert_eq!(sender(PATIENT).send(request).await.outcome, AttemptOutcome::Success);
    let [sent] = receiver.requests().try_into().unwrap();
    assert!(sent.starts_with(&format!("POST /{} HTTP/1.1\r\n", "%C3%A9".repeat(2_000))));
    assert!(sent.ends_with(&format!("\r\n\r\n{}", "x".repeat(300_000))));
}
