//! What the dispatcher does, counted.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use slotflow_application::ports::{LostAttempt, QueueOperation, SettlementMade};
use slotflow_domain::delivery::{AttemptOutcome, AttemptReport, DeliveryStatus};
use slotflow_domain::webhook::DisabledReason;
use std::time::Duration;

/// A label of which each value is a word of ours.
type Label = [(&'static str, &'static str); 1];

/// Seconds: an attempt takes from milliseconds to its timeout, 10 s by default.
const ATTEMPT_SECONDS: [f64; 11] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Seconds: a batch takes the store a few milliseconds, unless something is wrong.
const STORE_SECONDS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
/// Rows: no batch is larger than there are sending slots, 256 by default. Empty claims have a bucket to themselves.
const BATCH_ROWS: [f64; 10] = [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

pub(super) struct DeliveryMetrics {
    attempts: Family<Label, Counter>,
    attempt_duration: Histogram,
    deliveries: Family<Label, Counter>,
    stale: Counter,
    claim_size: Histogram,
    claim_duration: Histogram,
    given_back: Counter,
    settle_size: Histogram,
    settle_duration: Histogram,
    webhooks_disabled: Family<Label, Counter>,
    store_errors: Family<Label, Counter>,
}

impl DeliveryMetrics {
    pub(super) fn registered_in(registry: &mut Registry) -> Self {
        let metrics = Self {
            attempts: Family::default(),
            attempt_duration: Histogram::new(ATTEMPT_SECONDS),
            deliveries: Family::default(),
            stale: Counter::default(),
            claim_size: Histogram::new(BATCH_ROWS),
            claim_duration: Histogram::new(STORE_SECONDS),
            given_back: Counter::default(),
            settle_size: Histogram::new(BATCH_ROWS),
            settle_duration: Histogram::new(STORE_SECONDS),
            webhooks_disabled: Family::default(),
            store_errors: Family::default(),
        };
        metrics.register(registry);
        metrics.begin_at_zero();
        metrics
    }

    fn register(&self, registry: &mut Registry) {
        registry.register("slotflow_attempts", "Attempts that ended, by outcome", self.attempts.clone());
        registry.register(
            "slotflow_attempt_duration_seconds",
            "How long attempts took, from the look-up of the host to the end of the answer",
            self.attempt_duration.clone(),
        );
        registry.register(
            "slotflow_deliveries",
            "What attempts made of their deliveries: delivered, failed for good, or to be tried again",
            self.deliveries.clone(),
        );
        registry.register(
            "slotflow_stale_outcomes",
            "Outcomes that came after their claim had passed to another process, and were dropped",
            self.stale.clone(),
        );
        registry.register("slotflow_claim_batch_size", "Deliveries per claim", self.claim_size.clone());
        registry.register(
            "slotflow_claim_duration_seconds",
            "How long the store took over a claim",
            self.claim_duration.clone(),
        );
        registry.register(
            "slotflow_claims_given_back",
            "Claims that were given back unused",
            self.given_back.clone(),
        );
        registry.register("slotflow_settle_batch_size", "Outcomes per write", self.settle_size.clone());
        registry.register(
            "slotflow_settle_duration_seconds",
            "How long the store took to record a batch of outcomes",
            self.settle_duration.clone(),
        );
        registry.register(
            "slotflow_webhooks_disabled",
            "Webhooks that were disabled by what came of their deliveries, by reason",
            self.webhooks_disabled.clone(),
        );
        registry.register(
            "slotflow_store_errors",
            "Errors of the store while making deliveries, by what was asked of it",
            self.store_errors.clone(),
        );
    }

    /// Makes every series, so that a rate is known of the first one counted too.
    fn begin_at_zero(&self) {
        for outcome in AttemptOutcome::ALL {
            drop(self.attempts.get_or_create(&[("outcome", outcome.as_str())]));
        }
        for status in [DELIVERED, FAILED, RETRY] {
            drop(self.deliveries.get_or_create(&[("status", status)]));
        }
        for reason in [DisabledReason::Gone, DisabledReason::Failing] {
            drop(self.webhooks_disabled.get_or_create(&[("reason", reason.as_str())]));
        }
        for operation in QueueOperation::ALL {
            drop(self.store_errors.get_or_create(&[("operation", operation.as_str())]));
        }
    }

    pub(super) fn attempt_ended(&self, report: &AttemptReport) {
        self.attempts.get_or_create(&[("outcome", report.outcome.as_str())]).inc();
        self.attempt_duration.observe(report.duration.as_secs_f64());
    }

    /// Its duration is no sample: nobody knows it.
    pub(super) fn attempt_lost(&self, lost: &LostAttempt) {
        self.attempts.get_or_create(&[("outcome", lost.attempt.report.outcome.as_str())]).inc();
        let status = match lost.status {
            DeliveryStatus::Failed => FAILED,
            // Held and called off, too, as after every outcome that asks for another attempt.
            _ => RETRY,
        };
        self.deliveries.get_or_create(&[("status", status)]).inc();
    }

    pub(super) fn claimed(&self, deliveries: usize) {
        self.claim_size.observe(rows(deliveries));
    }

    pub(super) fn claim_took(&self, span: Duration) {
        self.claim_duration.observe(span.as_secs_f64());
    }

    pub(super) fn settled(&self, made: SettlementMade) {
        for (status, count) in [(DELIVERED, made.delivered), (FAILED, made.failed), (RETRY, made.to_retry)] {
            self.deliveries.get_or_create(&[("status", status)]).inc_by(whole(count));
        }
        self.stale.inc_by(whole(made.stale));
        self.settle_size.observe(rows(made.outcomes()));
    }

    pub(super) fn settle_took(&self, span: Duration) {
        self.settle_duration.observe(span.as_secs_f64());
    }

    pub(super) fn given_back(&self, claims: usize) {
        self.given_back.inc_by(whole(claims));
    }

    pub(super) fn webhook_disabled(&self, reason: DisabledReason) {
        self.webhooks_disabled.get_or_create(&[("reason", reason.as_str())]).inc();
    }

    pub(super) fn store_failed(&self, operation: QueueOperation) {
        self.store_errors.get_or_create(&[("operation", operation.as_str())]).inc();
    }
}

const DELIVERED: &str = "delivered";
const FAILED: &str = "failed";
const RETRY: &str = "retry";

/// Batches are far smaller than any limit here.
fn whole(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn rows(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
