//! What an observer is told.

use super::tests::{answer, claimed};
use super::*;
use crate::ports::{
    Claimed, EndedAttempt, LostAttempt, MockClock, MockDeliveryQueue, MockEntropy, MockWebhookSender,
    QueueOperation, SettleReport, SettlementMade,
};
use slotflow_domain::WebhookId;
use slotflow_domain::delivery::{Attempt, AttemptNumber, DeliveryStatus};
use slotflow_domain::webhook::DisabledReason;
use std::sync::Mutex;
use uuid::Uuid;

/// Writes down what it is told.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Notes {
    fn note(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }
}

impl DeliveryObserver for Notes {
    fn attempt_ended<'a>(&self, attempt: &EndedAttempt<'a>) {
        self.note(format!("attempt {} {}", attempt.number, attempt.report.outcome));
    }

    fn attempt_lost(&self, lost: &LostAttempt) {
        self.note(format!(
            "attempt {} {}, {}",
            lost.attempt.number, lost.attempt.report.outcome, lost.status
        ));
    }

    fn claimed(&self, deliveries: usize) {
        // Claims that find nothing come as often as they like.
        if deliveries > 0 {
            self.note(format!("claimed {deliveries}"));
        }
    }

    fn settled(&self, made: SettlementMade) {
        let SettlementMade { delivered, failed, to_retry, stale } = made;
        assert_eq!(made.outcomes(), delivered + failed + to_retry + stale);
        self.note(format!("settled {delivered} {failed} {to_retry} {stale}"));
    }

    fn given_back(&self, claims: usize) {
        self.note(format!("given back {claims}"));
    }

    fn webhook_disabled(&self, _: WebhookId, reason: DisabledReason) {
        self.note(format!("disabled {}", reason.as_str()));
    }

    fn store_failed(&self, operation: QueueOperation, _: &StoreError) {
        self.note(format!("{} failed", operation.as_str()));
    }
}

fn clock() -> MockClock {
    let mut clock = MockClock::new();
    clock.expect_now().returning(tests::now);
    clock.expect_sleep_until().returning(|_| ());
    clock
}

/// What an observer notes of a dispatcher on `queue` that is answered `status`, until `stop`.
async fn notes(queue: MockDeliveryQueue, status: u16, stop: CancellationToken) -> Vec<String> {
    let mut sender = MockWebhookSender::new();
    sender.expect_send().returning(move |_| answer(status));
    let mut entropy = MockEntropy::new();
    entropy.expect_token().returning(|| Uuid::from_u128(42));
    let (settings, notes) = (DispatcherSettings::default(), Arc::new(Notes::default()));
    let dispatcher =
        Dispatcher::new(Arc::new(queue), Arc::new(sender), Arc::new(clock()), Arc::new(entropy), settings)
            .with_observer(notes.clone());
    tokio::time::timeout(Duration::from_secs(10), dispatcher.run(stop)).await.unwrap();
    let noted = notes.0.lock().unwrap();
    noted.clone()
}

/// A queue that grants these deliveries at once, stops the dispatcher with the claim, and says `report` of what is
/// settled.
fn granting(
    deliveries: &'static [(u128, u128)],
    lease: Duration,
    report: impl Fn() -> SettleReport + Send + 'static,
    stop: &CancellationToken,
) -> MockDeliveryQueue {
    let mut queue = MockDeliveryQueue::new();
    let stop = stop.clone();
    queue.expect_claim_due().returning(move |terms| {
        stop.cancel();
        let lease = slotflow_domain::delivery::Lease { until: terms.now + lease, ..terms.lease };
        let granted = deliveries.iter().map(|(id, webhook)| claimed(*id, *webhook, lease));
        Ok(granted.collect::<Vec<_>>().into())
    });
    queue.expect_settle().returning(move |_, _| Ok(report()));
    queue.expect_release().returning(|_| Ok(()));
    queue.expect_next_due_after().returning(|_| Ok(None));
    queue.expect_woken().returning(|| ());
    queue
}

#[tokio::test]
async fn it_is_told_of_claims_attempts_and_settlements() {
    let stop = CancellationToken::new();
    let queue = granting(&[(10, 1)], Duration::from_secs(30), SettleReport::default, &stop);
    assert_eq!(notes(queue, 200, stop).await, ["claimed 1", "attempt 1 success", "settled 1 0 0 0"]);
    let stop = CancellationToken::new();
    let queue = granting(&[(10, 1)], Duration::from_secs(30), SettleReport::default, &stop);
    assert_eq!(notes(queue, 503, stop).await, ["claimed 1", "attempt 1 http_status", "settled 0 0 1 0"]);
}

#[tokio::test]
async fn it_is_told_of_stale_outcomes_and_disabled_webhooks() {
    let stop = CancellationToken::new();
    let stale = || SettleReport { stale: vec![claimed(10, 1, lease()).id], ..SettleReport::default() };
    let queue = granting(&[(10, 1)], Duration::from_secs(30), stale, &stop);
    assert_eq!(notes(queue, 200, stop).await.last().unwrap(), "settled 0 0 0 1");
    let stop = CancellationToken::new();
    let gone = || SettleReport {
        disabled: vec![(claimed(10, 1, lease()).webhook_id, DisabledReason::Gone)],
        ..SettleReport::default()
    };
    let queue = granting(&[(10, 1)], Duration::from_secs(30), gone, &stop);
    let noted = notes(queue, 410, stop).await;
    assert_eq!(noted[2], "settled 0 1 0 0");
    assert!(noted[3].starts_with("disabled "), "{noted:?}");
}

#[tokio::test]
async fn it_is_told_of_claims_that_are_given_back() {
    let stop = CancellationToken::new();
    let queue = granting(&[(10, 1)], Duration::from_secs(12), SettleReport::default, &stop);
    assert_eq!(notes(queue, 200, stop).await, ["claimed 1", "given back 1"]);
}

#[tokio::test]
async fn it_is_told_of_attempts_that_were_lost_too_often() {
    let stop = CancellationToken::new();
    let mut queue = MockDeliveryQueue::new();
    let stopped = stop.clone();
    queue.expect_claim_due().times(1).returning(move |terms| {
        stopped.cancel();
        let one = claimed(10, 1, terms.lease);
        let lost = |number, status| LostAttempt {
            organization_id: one.organization_id,
            webhook_id: one.webhook_id,
            event_id: one.event_id,
            delivery_id: one.id,
            cause: None,
            attempt: Attempt::lost(AttemptNumber::after(number), terms.now),
            status,
        };
        let lost = vec![lost(0, DeliveryStatus::Pending), lost(2, DeliveryStatus::Failed)];
        Ok(Claimed { deliveries: vec![], lost })
    });
    queue.expect_next_due_after().returning(|_| Ok(None));
    queue.expect_woken().returning(|| ());
    assert_eq!(notes(queue, 200, stop).await, ["attempt 1 lost, pending", "attempt 3 lost, failed"]);
}

#[tokio::test]
async fn it_is_told_of_the_stores_errors() {
    let stop = CancellationToken::new();
    let mut queue = MockDeliveryQueue::new();
    let stopped = stop.clone();
    queue.expect_claim_due().returning(move |_| {
        stopped.cancel();
        Err(StoreError::Unavailable("restarting".into()))
    });
    assert_eq!(notes(queue, 200, stop).await, ["claim failed"]);
}

fn lease() -> slotflow_domain::delivery::Lease {
    let until = tests::now() + Duration::from_secs(30);
    slotflow_domain::delivery::Lease {
        token: slotflow_domain::delivery::ClaimToken::new(Uuid::from_u128(42)),
        until,
    }
}
