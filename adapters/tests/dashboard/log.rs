//! What is written to the log, and what never is.

use crate::support::{Site, Visit};
use slotflow_domain::organization::Plan;
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
async fn no_key_session_secret_or_text_that_was_typed_is_in_the_log() {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(|| PerThread)
        .init();

    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let fields = [("url", "https://a.dev/token-in-path"), ("events", "booking.confirmed")];
    let created = member.post("/webhooks", &fields).await;
    let id = member.webhooks().await[0].id;
    let rotated = member.post(&format!("/webhooks/{id}/rotate"), &[]).await;
    member.get(&format!("/webhooks/{id}?page=query-text")).await.shows(&[]);
    assert_eq!(member.post("/webhooks", &[("url", "typed-text")]).await.status, 422);
    assert_eq!(site.ask(Visit::post("/sign-in", &[("api_key", "sk_live_mistyped")])).await.status, 401);
    site.kit.settle_down().await;

    let log = String::from_utf8(WRITTEN.take()).unwrap();
    assert!(
        log.contains("answered method=POST route=\"/dashboard/webhooks/{id}/rotate\" status=200"),
        "{log}"
    );
    for kept in [
        &member.key.expose()[8..20],
        &member.cookie["slotflow_session=".len()..][..20],
        &created.secret()[6..],
        &rotated.secret()[6..],
        "token-in-path",
        "query-text",
        "typed-text",
        "mistyped",
    ] {
        assert!(!log.contains(kept), "{kept} in\n{log}");
    }
}
