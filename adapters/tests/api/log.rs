//! What is written to the log, and what never is.

use crate::support::{HUMAN, Ports, SECRET, booking_with, key, lost, registering, send, signed};
use axum::body::Body;
use axum::http::Method;
use std::cell::RefCell;
use std::io::Write;

thread_local! {
    static WRITTEN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Keeps what each test's thread writes apart. (A subscriber per thread would not do: whether a log line is
/// wanted at all is remembered for the process.)
struct PerThread;

impl Write for PerThread {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        WRITTEN.with_borrow_mut(|written| written.write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_request_is_a_line_that_holds_nothing_of_what_was_sent_or_answered() {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(|| PerThread)
        .init();

    let webhook = r#"{"url":"https://hooks.acme.dev/token-in-path","events":["booking.confirmed"]}"#;
    let booking = format!(
        r#"{{"human_id":"{HUMAN}","starts_at":"2026-03-12T09:00:00Z","duration":30,"attendee_name":"Alex Rivera",
            "metadata":{{"lead":"lead_8294"}}}}"#
    );
    let registered = Ports::new().working(registering(0, false));
    assert_eq!(registered.call(Method::POST, "/v1/webhooks", webhook).await.status, 201);
    let booked = Ports::new().working(booking_with(Vec::new()));
    assert_eq!(booked.call(Method::POST, "/v1/bookings", booking).await.status, 201);
    assert_eq!(Ports::new().get("/typed/by-a-client?q=query-text").await.status, 404);
    let mut failing = Ports::new();
    failing.store.expect_begin().returning(|| Err(lost()));
    let request = signed(Method::POST, "/v1/webhooks").body(Body::from(webhook)).unwrap();
    assert_eq!(send(&failing.router(), request).await.status, 503);

    let log = String::from_utf8(WRITTEN.take()).unwrap();
    for line in [
        "answered method=POST route=\"/v1/webhooks\" status=201 ms=",
        "answered method=POST route=\"/v1/bookings\" status=201 ms=",
        "answered method=GET route=\"none\" status=404 ms=",
        "connection to db.internal refused",
    ] {
        assert_eq!(log.matches(line).count(), 1, "{line} in\n{log}");
    }
    let lines: Vec<_> = log.lines().filter(|line| line.contains("answered method=")).collect();
    let named = |line: &str| line.contains("request{request_id=\"00000000-0000-0000-0000-0000000000be\"}");
    assert!(lines.iter().all(|line| named(line)), "{log}");
    assert!(log.lines().any(|line| line.contains("db.internal refused") && named(line)), "{log}");
    assert!(log.lines().any(|line| line.contains(" INFO ") && line.contains("status=503")), "{log}");
    let key = key();
    for kept in [
        &key.expose()[8..20],
        &SECRET[6..],
        "token-in-path",
        "Alex",
        "lead_8294",
        "by-a-client",
        "query-text",
    ] {
        assert!(!log.contains(kept), "{kept} in\n{log}");
    }
}
