use super::*;
use crate::ports::{
    Abandoned, Claimed, MockDeliveryQueue, MockEntropy, MockWebhookSender, Room, SettleReport, SettleTerms,
    Settled, UnusedClaim,
};
use async_trait::async_trait;
use slotflow_domain::delivery::{
    AttemptNumber, AttemptOutcome, AttemptReport, AttemptResponse, ClaimToken, Exchange, Lease,
    MAX_ERROR_CHARACTERS, Settlement,
};
use slotflow_domain::event::{EventType, Payload, Sequence};
use slotflow_domain::signing::SigningSecret;
use slotflow_domain::webhook::{UrlRules, WebhookUrl};
use slotflow_domain::{DeliveryId, EventId, OrganizationId, WebhookId};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;
use uuid::Uuid;

pub(super) fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-03-10T14:00:00Z").unwrap()
}

pub(super) fn claimed(id: u128, webhook: u128, lease: Lease) -> ClaimedDelivery {
    ClaimedDelivery {
        id: DeliveryId::new(Uuid::from_u128(id)),
        organization_id: OrganizationId::new(Uuid::from_u128(1)),
        webhook_id: WebhookId::new(Uuid::from_u128(webhook)),
        lease,
        attempt: AttemptNumber::FIRST,
        url: WebhookUrl::parse("https://receiver.dev/", &UrlRules::strict()).unwrap(),
        secrets: vec![SigningSecret::from_random([7; 32])],
        event_id: EventId::new(Uuid::from_u128(3)),
        event_type: EventType::BOOKING_CONFIRMED,
        sequence: Sequence(1),
        payload: Payload::from_stored(&b"{}"[..]),
        trace_context: None,
    }
}

pub(super) fn answer(status: u16) -> AttemptReport {
    AttemptReport {
        outcome: AttemptOutcome::of_status(status),
        response: Some(AttemptResponse { status, ..AttemptResponse::default() }),
        error: None,
        duration: Duration::from_millis(3),
        exchange: Exchange::default(),
    }
}

/// A mocked queue that never wakes anybody. (What a mock answers is there at once, which is no waiting.)
struct Silent(MockDeliveryQueue);

#[async_trait]
impl DeliveryQueue for Silent {
    async fn claim_due(&self, terms: ClaimTerms) -> Result<Claimed, StoreError> {
        self.0.claim_due(terms).await
    }

    async fn settle(&self, settled: Vec<Settled>, terms: SettleTerms) -> Result<SettleReport, StoreError> {
        self.0.settle(settled, terms).await
    }

    async fn release(&self, claims: Vec<UnusedClaim>) -> Result<(), StoreError> {
        self.0.release(claims).await
    }

    async fn is_active(&self, _: WebhookId) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn end_leases(&self, _: Abandoned) -> Result<u64, StoreError> {
        Ok(0)
    }

    async fn next_due_after(&self, _: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        Ok(None)
    }

    async fn woken(&self) {
        std::future::pending().await
    }
}

/// A clock that stands still, and on which every wait is over when everybody else has had a turn.
struct Still;

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Timestamp {
        now()
    }

    async fn sleep_until(&self, _: Timestamp) {
        tokio::task::yield_now().await;
    }
}

/// A dispatcher on a queue that grants `deliveries` as there is room, and then has no more.
struct Stage {
    waiting: Arc<Mutex<Vec<(u128, u128)>>>,
    rooms: Arc<Mutex<Vec<Room>>>,
    settled: Arc<Mutex<Vec<Settled>>>,
    released: Arc<Mutex<Vec<UnusedClaim>>>,
    stop: CancellationToken,
}

impl Stage {
    fn new(deliveries: &[(u128, u128)]) -> Self {
        Self {
            waiting: Arc::new(Mutex::new(deliveries.to_vec())),
            rooms: Arc::default(),
            settled: Arc::default(),
            released: Arc::default(),
            stop: CancellationToken::new(),
        }
    }

    /// The queue, which stops the dispatcher once `until` deliveries were settled or given back.
    fn queue(&self, until: usize, lease: Duration) -> MockDeliveryQueue {
        let mut queue = MockDeliveryQueue::new();
        let (waiting, rooms) = (Arc::clone(&self.waiting), Arc::clone(&self.rooms));
        queue.expect_claim_due().returning(move |terms| {
            rooms.lock().unwrap().push(terms.room.clone());
            let mut waiting = waiting.lock().unwrap();
            let count = terms.room.total.min(waiting.len());
            let lease = Lease { until: terms.now + lease, ..terms.lease };
            let granted = waiting.drain(..count).map(|(id, webhook)| claimed(id, webhook, lease));
            Ok(granted.collect::<Vec<_>>().into())
        });
        let (settled, stop) = (Arc::clone(&self.settled), self.stop.clone());
        queue.expect_settle().returning(move |batch, _| {
            let mut settled = settled.lock().unwrap();
            settled.extend(batch);
            if settled.len() >= until {
                stop.cancel();
            }
            Ok(SettleReport::default())
        });
        let (released, stop) = (Arc::clone(&self.released), self.stop.clone());
        queue.expect_release().returning(move |claims| {
            released.lock().unwrap().extend(claims);
            stop.cancel();
            Ok(())
        });
        queue
    }

    async fn run(&self, queue: MockDeliveryQueue, sender: MockWebhookSender, concurrency: usize) {
        let mut entropy = MockEntropy::new();
        entropy.expect_token().returning(|| Uuid::from_u128(42));
        let dispatcher = Dispatcher::new(
            Arc::new(Silent(queue)),
            Arc::new(sender),
            Arc::new(Still),
            Arc::new(entropy),
            DispatcherSettings { concurrency, ..DispatcherSettings::default() },
        );
        tokio::time::timeout(Duration::from_secs(10), dispatcher.run(self.stop.clone())).await.unwrap();
    }
}

#[tokio::test]
async fn each_due_delivery_is_sent_once_and_settled() {
    let stage = Stage::new(&[(10, 1), (11, 2), (12, 1)]);
    let mut sender = MockWebhookSender::new();
    sender.expect_send().times(3).returning(|_| answer(200));
    stage.run(stage.queue(3, Duration::from_secs(30)), sender, 8).await;
    let settled = stage.settled.lock().unwrap();
    assert_eq!(settled.len(), 3);
    for settled in settled.iter() {
        assert_eq!(settled.settlement, Settlement::Delivered { at: now() });
        assert_eq!(settled.token, ClaimToken::new(Uuid::from_u128(42)));
    }
}

#[tokio::test]
async fn a_failure_is_settled_as_a_retry_after_its_end() {
    let stage = Stage::new(&[(10, 1)]);
    let mut sender = MockWebhookSender::new();
    sender.expect_send().times(1).returning(|_| answer(503));
    stage.run(stage.queue(1, Duration::from_secs(30)), sender, 8).await;
    let settled = stage.settled.lock().unwrap();
    let expected = Settlement::Retry { failed_at: now(), due: now() + Duration::from_secs(300) };
    assert_eq!(settled[0].settlement, expected);
}

#[tokio::test]
async fn an_error_is_recorded_within_its_bound_whatever_the_sender_says() {
    let stage = Stage::new(&[(10, 1)]);
    let mut sender = MockWebhookSender::new();
    sender.expect_send().times(1).returning(|_| AttemptReport {
        outcome: AttemptOutcome::Tls,
        response: None,
        error: Some(format!("not\r\nvalid: {}", "x".repeat(1_000_000))),
        ..answer(200)
    });
    stage.run(stage.queue(1, Duration::from_secs(30)), sender, 8).await;
    let settled = stage.settled.lock().unwrap();
    let error = settled[0].attempt.report.error.as_deref().unwrap();
    assert!(error.starts_with("notvalid: xxx"), "{error}");
    assert_eq!(error.chars().count(), MAX_ERROR_CHARACTERS);
}

#[tokio::test]
async fn no_more_is_claimed_than_there_are_slots() {
    let stage = Stage::new(&[(10, 1), (11, 2), (12, 3), (13, 4), (14, 5)]);
    let mut sender = MockWebhookSender::new();
    sender.expect_send().times(5).returning(|_| answer(200));
    stage.run(stage.queue(5, Duration::from_secs(30)), sender, 2).await;
    assert!(stage.rooms.lock().unwrap().iter().all(|room| room.total <= 2));
}

#[tokio::test]
async fn a_claim_with_too_little_lease_left_is_given_back_unsent() {
    let stage = Stage::new(&[(10, 1)]);
    let mut sender = MockWebhookSender::new();
    sender.expect_send().never();
    stage.run(stage.queue(1, Duration::from_secs(12)), sender, 8).await;
    assert_eq!(stage.released.lock().unwrap().len(), 1);
    assert!(stage.settled.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_claim_whose_slot_went_to_a_first_attempt_is_given_back_unsent() {
    let first_attempts: Arc<OnceLock<FirstAttempts>> = Arc::default();
    let reservation: Arc<Mutex<Option<Reservation>>> = Arc::default();
    let stop = CancellationToken::new();
    let mut queue = MockDeliveryQueue::new();
    let (first, reserved) = (Arc::clone(&first_attempts), Arc::clone(&reservation));
    queue.expect_claim_due().times(1).returning(move |terms| {
        let webhook = WebhookId::new(Uuid::from_u128(1));
        assert_eq!(terms.room.for_webhook(webhook), 1);
        // While the store grants the webhook's only slot, an event is published to it.
        let mut entropy = MockEntropy::new();
        entropy.expect_token().returning(|| Uuid::from_u128(7));
        *reserved.lock().unwrap() = first.get().unwrap().reserve(webhook, &entropy, now());
        assert!(reserved.lock().unwrap().is_some());
        Ok(vec![claimed(10, 1, terms.lease)].into())
    });
    let stopped = stop.clone();
    queue.expect_release().times(1).returning(move |claims| {
        assert_eq!(claims[0].delivery_id, DeliveryId::new(Uuid::from_u128(10)));
        assert_eq!(claims[0].taken_at, now());
        reservation.lock().unwrap().take();
        stopped.cancel();
        Ok(())
    });
    let mut sender = MockWebhookSender::new();
    sender.expect_send().never();
    let mut entropy = MockEntropy::new();
    entropy.expect_token().returning(|| Uuid::from_u128(42));
    let dispatcher = Dispatcher::new(
        Arc::new(Silent(queue)),
        Arc::new(sender),
        Arc::new(Still),
        Arc::new(entropy),
        DispatcherSettings { concurrency: 4, concurrency_per_webhook: 1, ..DispatcherSettings::default() },
    );
    assert!(first_attempts.set(dispatcher.first_attempts()).is_ok());
    tokio::time::timeout(Duration::from_secs(10), dispatcher.run(stop)).await.unwrap();
}

#[tokio::test]
async fn an_outcome_is_recorded_again_until_the_store_takes_it_and_not_sent_again() {
    let stage = Stage::new(&[(10, 1)]);
    let mut queue = MockDeliveryQueue::new();
    let mut order = mockall::Sequence::new();
    queue
        .expect_settle()
        .times(3)
        .in_sequence(&mut order)
        .returning(|_, _| Err(StoreError::Unavailable("restarting".into())));
    let stop = stage.stop.clone();
    queue.expect_settle().times(1).in_sequence(&mut order).returning(move |_, _| {
        stop.cancel();
        Ok(SettleReport::default())
    });
    let waiting = Arc::clone(&stage.waiting);
    queue.expect_claim_due().returning(move |terms| {
        let mut waiting = waiting.lock().unwrap();
        let granted = waiting.drain(..).map(|(id, webhook)| claimed(id, webhook, terms.lease));
        Ok(granted.collect::<Vec<_>>().into())
    });
    let mut sender = MockWebhookSender::new();
    sender.expect_send().times(1).returning(|_| answer(200));
    stage.run(queue, sender, 8).await;
}

#[tokio::test]
async fn nothing_is_claimed_while_outcomes_wait_for_the_store() {
    let stop = CancellationToken::new();
    let failing = Arc::new(Mutex::new(None));
    let mut queue = MockDeliveryQueue::new();
    let (seen, mut first) = (Arc::clone(&failing), true);
    queue.expect_claim_due().returning(move |terms| {
        assert_ne!(*seen.lock().unwrap(), Some(true), "a claim while an outcome waits");
        let claimed = std::mem::take(&mut first).then(|| claimed(10, 1, terms.lease));
        Ok(Vec::from_iter(claimed).into())
    });
    let (stopped, mut failures) = (stop.clone(), 0);
    queue.expect_settle().times(20).returning(move |_, _| {
        failures += 1;
        *failing.lock().unwrap() = Some(failures < 20);
        if failures < 20 {
            return Err(StoreError::Unavailable("down".into()));
        }
        stopped.cancel();
        Ok(SettleReport::default())
    });
    let mut sender = MockWebhookSender::new();
    sender.expect_send().times(1).returning(|_| answer(200));
    let mut entropy = MockEntropy::new();
    entropy.expect_token().returning(|| Uuid::from_u128(42));
    let dispatcher = Dispatcher::new(
        Arc::new(Silent(queue)),
        Arc::new(sender),
        Arc::new(Still),
        Arc::new(entropy),
        DispatcherSettings::default(),
    );
    tokio::time::timeout(Duration::from_secs(10), dispatcher.run(stop)).await.unwrap();
}

#[tokio::test]
async fn a_store_that_cannot_be_claimed_from_is_asked_again() {
    let stage = Stage::new(&[]);
    let mut queue = MockDeliveryQueue::new();
    let mut order = mockall::Sequence::new();
    queue
        .expect_claim_due()
        .times(2)
        .in_sequence(&mut order)
        .returning(|_| Err(StoreError::Unavailable("restarting".into())));
    let stop = stage.stop.clone();
    queue.expect_claim_due().times(1).in_sequence(&mut order).returning(move |_| {
        stop.cancel();
        Ok(Claimed::default())
    });
    stage.run(queue, MockWebhookSender::new(), 8).await;
}

#[tokio::test]
async fn stopping_waits_for_what_is_on_the_wire_and_records_it() {
    let stage = Stage::new(&[(10, 1)]);
    let queue = stage.queue(usize::MAX, Duration::from_secs(30));
    let mut sender = MockWebhookSender::new();
    let stop = stage.stop.clone();
    sender.expect_send().times(1).returning(move |_| {
        stop.cancel();
        answer(200)
    });
    stage.run(queue, sender, 8).await;
    assert_eq!(stage.settled.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_outcome_that_the_store_refuses_costs_no_other_its_record() {
    let stage = Stage::new(&[(10, 1), (11, 2), (12, 3)]);
    let recorded: Arc<Mutex<Vec<DeliveryId>>> = Arc::default();
    let refused = DeliveryId::new(Uuid::from_u128(11));
    let mut queue = MockDeliveryQueue::new();
    let (seen, stop) = (Arc::clone(&recorded), stage.stop.clone());
    queue.expect_settle().returning(move |batch, _| {
        if batch.iter().any(|settled| settled.delivery_id == refused) {
            if batch.len() == 1 {
                stop.cancel();
            }
            return Err(StoreError::Refused("it cannot be stored".into()));
        }
        seen.lock().unwrap().extend(batch.iter().map(|settled| settled.delivery_id));
        Ok(SettleReport::default())
    });
    let waiting = Arc::clone(&stage.waiting);
    queue.expect_claim_due().returning(move |terms| {
        let mut waiting = waiting.lock().unwrap();
        let granted = waiting.drain(..).map(|(id, webhook)| claimed(id, webhook, terms.lease));
        Ok(granted.collect::<Vec<_>>().into())
    });
    let mut sender = MockWebhookSender::new();
    sender.expect_send().times(3).returning(|_| answer(200));
    stage.run(queue, sender, 8).await;
    let mut recorded = recorded.lock().unwrap().clone();
    recorded.sort();
    assert_eq!(recorded, [10, 12].map(|id| DeliveryId::new(Uuid::from_u128(id))));
}
