//! Probes.

use crate::support::{Answer, Ports, lost, send};
use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use futures_util::future::join_all;
use slotflow_adapters::api::{Readiness, router};
use slotflow_application::ports::{Store, StoreError, UnitOfWork};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

async fn probe(ports: Ports, path: &str) -> Answer {
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

/// A store that takes a while to answer, and counts how often and by how many at once it is asked.
#[derive(Default)]
struct SlowStore {
    asked: AtomicUsize,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    is_gone: AtomicBool,
}

impl SlowStore {
    const TAKES: Duration = Duration::from_millis(100);

    fn router(self: &Arc<Self>) -> Router {
        let mut services = Ports::new().services();
        services.readiness = Readiness::of(Arc::<Self>::clone(self));
        router(services)
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Store for SlowStore {
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        Err(lost())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let at_once = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(at_once, Ordering::SeqCst);
        sleep(Self::TAKES).await;
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        if self.is_gone.load(Ordering::SeqCst) { Err(lost()) } else { Ok(()) }
    }
}

async fn ready(router: &Router) -> u16 {
    let request = Request::builder().uri("/readyz").body(Body::empty()).unwrap();
    send(router, request).await.status.as_u16()
}

#[tokio::test(start_paused = true)]
async fn however_often_it_is_asked_the_store_is_asked_once_at_a_time_and_once_a_second() {
    let store = Arc::new(SlowStore::default());
    let router = store.router();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(5) {
        let answers = join_all((0..50).map(|_| ready(&router))).await;
        assert_eq!(answers, [200; 50]);
        sleep(Duration::from_millis(10)).await;
    }
    assert!((4..=6).contains(&store.asked()), "asked {} times in 5 s", store.asked());
    assert_eq!(store.most_at_once.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_and_goes_away_does_not_make_the_store_be_asked_again() {
    let store = Arc::new(SlowStore::default());
    let router = store.router();
    for _ in 0..9 {
        assert!(timeout(Duration::from_millis(10), ready(&router)).await.is_err());
    }
    assert_eq!((ready(&router).await, store.asked()), (200, 1));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_goes_away_and_comes_back_is_told_within_a_second() {
    let store = Arc::new(SlowStore::default());
    let router = store.router();
    for (is_gone, status) in [(false, 200), (true, 503), (false, 200)] {
        store.is_gone.store(is_gone, Ordering::SeqCst);
        sleep(Duration::from_secs(1)).await;
        assert_eq!(ready(&router).await, status);
    }
}
