//! Connections are used again, and never at the price of an attempt.

use super::receiver::Receiver;
use super::{Answering, HASTY, PATIENT, development, request, sender};
use crate::sender::HttpSender;
use slotflow_application::ports::WebhookSender;
use slotflow_domain::delivery::AttemptOutcome;
use slotflow_domain::event::Payload;
use std::io::{Read, Write};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::time::sleep;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[tokio::test]
async fn one_connection_serves_one_attempt_after_another() {
    let receiver = Receiver::answering(OK).await;
    let sender = sender(PATIENT);
    for _ in 0..5 {
        assert_eq!(sender.send(request(&receiver.url())).await.outcome, AttemptOutcome::Success);
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!((receiver.connections(), receiver.requests().len()), (1, 5));
}

#[tokio::test]
async fn a_receiver_that_closes_after_each_answer_loses_no_attempt() {
    for answer in [OK, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok", "HTTP/1.0 200 OK\r\n\r\nok"] {
        let receiver = Receiver::new(move |mut visit| async move {
            visit.request().await;
            visit.write(answer).await;
        })
        .await;
        let sender = sender(PATIENT);
        for pause in [0, 0, 0, 5, 5, 5, 20, 20] {
            let report = sender.send(request(&receiver.url())).await;
            assert_eq!(report.outcome, AttemptOutcome::Success, "{answer:?} {:?}", report.error);
            sleep(Duration::from_millis(pause)).await;
        }
        assert_eq!(receiver.requests().len(), 8);
    }
}

/// The receiver closes while the runtime is kept from noticing, as under load.
#[tokio::test]
async fn a_close_that_the_runtime_has_not_noticed_loses_no_attempt() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (close, may_close) = std::sync::mpsc::channel();
    let (closed, is_closed) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            while !request.ends_with("Zo\u{eb}\"}".as_bytes()) {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                request.push(byte[0]);
            }
            stream.write_all(OK.as_bytes()).unwrap();
            may_close.recv().unwrap();
            drop(stream);
            closed.send(()).unwrap();
        }
    });
    let sender = sender(PATIENT);
    for _ in 0..10 {
        let report = sender.send(request(&url)).await;
        assert_eq!(report.outcome, AttemptOutcome::Success, "{:?}", report.error);
        sleep(Duration::from_millis(10)).await;
        close.send(()).unwrap();
        is_closed.recv().unwrap();
    }
}

#[tokio::test]
async fn a_request_that_may_have_been_read_is_never_sent_twice() {
    let receiver = Receiver::new(|mut visit| async move {
        visit.request().await;
        visit.write(OK).await;
        // Reads the second request and goes away.
        visit.request().await;
    })
    .await;
    let sender = sender(PATIENT);
    assert_eq!(sender.send(request(&receiver.url())).await.outcome, AttemptOutcome::Success);
    sleep(Duration::from_millis(20)).await;
    assert_eq!(sender.send(request(&receiver.url())).await.outcome, AttemptOutcome::Protocol);
    assert_eq!((receiver.connections(), receiver.requests().len()), (1, 2));
}

#[tokio::test]
async fn the_status_of_one_answer_is_not_taken_for_the_next_ones() {
    let receiver = Receiver::new(|mut visit| async move {
        visit.request().await;
        visit.write(OK).await;
        visit.request().await;
        visit.write("garbage\r\n\r\n").await;
    })
    .await;
    let sender = sender(PATIENT);
    assert_eq!(sender.send(request(&receiver.url())).await.outcome, AttemptOutcome::Success);
    sleep(Duration::from_millis(20)).await;
    assert_eq!(sender.send(request(&receiver.url())).await.outcome, AttemptOutcome::Protocol);
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn few_connections_are_kept_for_one_place() {
    let receiver = Receiver::answering(OK).await;
    let sender = sender(PATIENT);
    let attempts = (0..20).map(|_| sender.send(request(&receiver.url())));
    for report in futures_util::future::join_all(attempts).await {
        assert_eq!(report.outcome, AttemptOutcome::Success);
    }
    assert_eq!(receiver.connections(), 20);
    assert_eq!(sender.idle_connections(), 8);
}

#[tokio::test]
async fn idle_connections_are_closed_in_time() {
    let receiver = Receiver::answering(OK).await;
    let sender = sender(PATIENT);
    sender.send(request(&receiver.url())).await;
    assert_eq!(sender.idle_connections(), 1);
    tokio::time::pause();
    sleep(Duration::from_secs(46)).await;
    assert_eq!(sender.idle_connections(), 0);
}

#[tokio::test]
async fn a_connection_in_steady_use_is_opened_anew_after_five_minutes() {
    let receiver = Receiver::answering(OK).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let resolver = Answering(move |_: &str| {
        count.fetch_add(1, Ordering::SeqCst);
        vec![IpAddr::from([127, 0, 0, 1])]
    });
    let sender = HttpSender::new(development(PATIENT), Arc::new(resolver)).unwrap();
    let url = format!("http://receiver.example.com:{}/", receiver.address.port());
    // Every 20 s: it is never idle for long.
    for turn in 0..=16 {
        let report = sender.send(request(&url)).await;
        assert_eq!(report.outcome, AttemptOutcome::Success, "{:?}", report.error);
        let opened = if turn < 15 { 1 } else { 2 };
        assert_eq!((receiver.connections(), asked.load(Ordering::SeqCst)), (opened, opened), "{turn}");
        // Time stands still but for this.
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(20)).await;
        tokio::time::resume();
    }
}

#[tokio::test]
async fn a_connection_that_is_five_minutes_old_after_its_answer_is_not_kept() {
    let receiver = Receiver::new(|mut visit| async move {
        while visit.request().await.is_some() {
            visit.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no").await;
            sleep(Duration::from_secs(200)).await;
            visit.write("k").await;
        }
    })
    .await;
    for (seconds, kept) in [(290, 1), (310, 0)] {
        let sender = sender(Duration::from_secs(600));
        let url = receiver.url();
        let answered = tokio::spawn(async move { (sender.send(request(&url)).await, sender) });
        // The request is on its way before time jumps.
        sleep(Duration::from_millis(100)).await;
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(seconds)).await;
        tokio::time::resume();
        let (report, sender) = answered.await.unwrap();
        assert_eq!(report.outcome, AttemptOutcome::Success, "{:?}", report.error);
        assert_eq!(sender.idle_connections(), kept, "{seconds}");
    }
}

#[tokio::test]
async fn an_attempt_that_is_given_up_closes_its_connection() {
    let (closed, mut is_closed) = tokio::sync::mpsc::channel(1);
    let receiver = Receiver::new(move |mut visit| {
        let closed = closed.clone();
        async move {
            visit.request().await;
            // Waits for the end of the connection.
            visit.request().await;
            closed.send(()).await.unwrap();
        }
    })
    .await;
    let sender = sender(PATIENT);
    let given_up = tokio::time::timeout(Duration::from_millis(100), sender.send(request(&receiver.url())));
    given_up.await.unwrap_err();
    tokio::time::timeout(PATIENT, is_closed.recv()).await.expect("the connection stays open");
}

#[tokio::test]
async fn nothing_more_is_written_after_the_deadline() {
    let (ended, mut arrived) = tokio::sync::mpsc::channel(1);
    let receiver = Receiver::new(move |mut visit| {
        let ended = ended.clone();
        async move {
            // Begins to read when nobody waits for an answer any more.
            sleep(2 * HASTY).await;
            let mut bytes = Vec::new();
            let _ = visit.stream.read_to_end(&mut bytes).await;
            ended.send(bytes.len()).await.unwrap();
        }
    })
    .await;
    let length = 20_000_000;
    let mut request = request(&receiver.url());
    // More than the sockets hold.
    request.body = Payload::from_stored(vec![b'x'; length]);
    let sender = sender(HASTY);
    assert_eq!(sender.send(request).await.outcome, AttemptOutcome::Timeout);
    assert!(arrived.recv().await.unwrap() < length);
}
