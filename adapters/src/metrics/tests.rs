//! What is counted, and when the store is asked.

use super::*;
use async_trait::async_trait;
use slotflow_application::ports::Backlog;
use slotflow_domain::delivery::{
    Attempt, AttemptNumber, AttemptOutcome, AttemptReport, DeliveryStatus, Exchange,
};
use slotflow_domain::{DeliveryId, EventId, OrganizationId, Timestamp};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use uuid::Uuid;

struct Clock(Mutex<Timestamp>);

#[async_trait]
impl slotflow_application::ports::Clock for Clock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    async fn sleep_until(&self, _: Timestamp) {}
}

pub(super) fn noon() -> Timestamp {
    Timestamp::parse_rfc3339("2026-03-10T12:00:00Z").unwrap()
}

/// A store that counts how often it is asked.
#[derive(Default)]
pub(super) struct Counting {
    asked: AtomicUsize,
    hangs: bool,
}

#[async_trait]
impl BacklogReader for Counting {
    async fn backlog(&self, now: Timestamp) -> Result<Backlog, StoreError> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed) as u64;
        if self.hangs {
            std::future::pending::<()>().await;
        }
        let oldest_due = Some(now.saturating_sub(Duration::from_millis(1_500)));
        Ok(Backlog { pending: 3 + asked, delivering: 2, held: 1, oldest_due })
    }
}

pub(super) fn metrics(reader: &Arc<Counting>) -> Metrics {
    let reader: Arc<dyn BacklogReader> = Arc::clone(reader) as _;
    Metrics::new(reader, Arc::new(Clock(Mutex::new(noon()))), "0.0.0")
}

#[track_caller]
pub(super) fn has(text: &str, line: &str) {
    assert!(text.lines().any(|told| told == line), "{line} in\n{text}");
}

#[tokio::test]
async fn every_series_of_the_dispatcher_is_there_from_the_start() {
    let text = metrics(&Arc::default()).render().await;
    for outcome in AttemptOutcome::ALL {
        has(&text, &format!("slotflow_attempts_total{{outcome=\"{outcome}\"}} 0"));
    }
    for line in [
        "slotflow_build_info{version=\"0.0.0\"} 1",
        "slotflow_deliveries_total{status=\"retry\"} 0",
        "slotflow_webhooks_disabled_total{reason=\"gone\"} 0",
        "slotflow_store_errors_total{operation=\"next_due\"} 0",
        "slotflow_attempt_duration_seconds_count 0",
    ] {
        has(&text, line);
    }
}

#[tokio::test]
async fn what_the_dispatcher_does_is_counted() {
    let metrics = metrics(&Arc::default());
    let id = Uuid::from_u128(1);
    let report = AttemptReport {
        outcome: AttemptOutcome::Timeout,
        response: None,
        error: None,
        duration: Duration::from_secs(10),
        exchange: Exchange::default(),
    };
    metrics.attempt_ended(&EndedAttempt {
        organization_id: OrganizationId::new(id),
        webhook_id: WebhookId::new(id),
        event_id: EventId::new(id),
        delivery_id: DeliveryId::new(id),
        number: AttemptNumber::FIRST,
        started_at: Timestamp::MIN,
        cause: None,
        span: None,
        report: &report,
    });
    metrics.claimed(3);
    metrics.settled(SettlementMade { delivered: 4, failed: 3, to_retry: 2, stale: 1 });
    metrics.given_back(5);
    metrics.webhook_disabled(WebhookId::new(id), DisabledReason::Gone);
    metrics.store_failed(QueueOperation::Claim, &StoreError::corrupt("x"));
    let text = metrics.render().await;
    for line in [
        "slotflow_attempts_total{outcome=\"timeout\"} 1",
        "slotflow_attempt_duration_seconds_bucket{le=\"5.0\"} 0",
        "slotflow_attempt_duration_seconds_bucket{le=\"10.0\"} 1",
        "slotflow_claim_batch_size_sum 3.0",
        "slotflow_deliveries_total{status=\"delivered\"} 4",
        "slotflow_deliveries_total{status=\"failed\"} 3",
        "slotflow_deliveries_total{status=\"retry\"} 2",
        "slotflow_stale_outcomes_total 1",
        "slotflow_settle_batch_size_sum 10.0",
        "slotflow_claims_given_back_total 5",
        "slotflow_webhooks_disabled_total{reason=\"gone\"} 1",
        "slotflow_store_errors_total{operation=\"claim\"} 1",
    ] {
        has(&text, line);
    }
}

#[tokio::test]
async fn a_lost_attempt_counts_as_an_outcome_without_a_duration() {
    let metrics = metrics(&Arc::default());
    let id = Uuid::from_u128(1);
    for status in [DeliveryStatus::Pending, DeliveryStatus::Held, DeliveryStatus::Failed] {
        metrics.attempt_lost(&LostAttempt {
            organization_id: OrganizationId::new(id),
            webhook_id: WebhookId::new(id),
            event_id: EventId::new(id),
            delivery_id: DeliveryId::new(id),
            cause: None,
            attempt: Attempt::lost(AttemptNumber::FIRST, noon()),
            status,
        });
    }
    let text = metrics.render().await;
    for line in [
        "slotflow_attempts_total{outcome=\"lost\"} 3",
        "slotflow_deliveries_total{status=\"failed\"} 1",
        "slotflow_deliveries_total{status=\"retry\"} 2",
        "slotflow_attempt_duration_seconds_count 0",
        "slotflow_settle_batch_size_count 0",
    ] {
        has(&text, line);
    }
}

#[tokio::test(start_paused = true)]
async fn the_store_counts_once_in_ten_seconds_however_often_it_is_scraped() {
    let reader = Arc::<Counting>::default();
    let metrics = metrics(&reader);
    for _ in 0..20 {
        let text = metrics.render().await;
        has(&text, "slotflow_backlog_deliveries{status=\"pending\"} 3");
        has(&text, "slotflow_backlog_deliveries{status=\"delivering\"} 2");
        has(&text, "slotflow_backlog_deliveries{status=\"held\"} 1");
        has(&text, "slotflow_oldest_due_seconds 1.5");
    }
    futures_util::future::join_all((0..20).map(|_| metrics.render())).await;
    assert_eq!(reader.asked.load(Ordering::Relaxed), 1);
    tokio::time::advance(Duration::from_secs(10)).await;
    has(&metrics.render().await, "slotflow_backlog_deliveries{status=\"pending\"} 4");
    assert_eq!(reader.asked.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_holds_up_one_scrape_and_not_the_next() {
    let reader = Arc::new(Counting { hangs: true, ..Counting::default() });
    let metrics = metrics(&reader);
    let began = tokio::time::Instant::now();
    for _ in 0..3 {
        let text = metrics.render().await;
        assert!(!text.contains("slotflow_backlog") && text.contains("slotflow_attempts"), "{text}");
    }
    assert_eq!(began.elapsed(), Duration::from_secs(5));
    assert_eq!(reader.asked.load(Ordering::Relaxed), 1);
}
