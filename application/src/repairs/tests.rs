use super::*;
use crate::ports::{
    ListPosition, MockClock, MockDirectory, MockEntropy, MockReplayQueue, MockStore, MockUnitOfWork,
    StoreError, UnfinishedReplay,
};
use slotflow_domain::delivery::{
    Delivery, DeliveryState, DeliveryStatus, EventPlace, NotRepeatable, Progress, Replay, ReplaySelection,
    ReplaySpan, ReplayStretch,
};
use slotflow_domain::event::{Event, EventCatalog, EventSet, EventType, Payload, Sequence};
use slotflow_domain::signing::SigningSecret;
use slotflow_domain::webhook::{DisabledReason, UrlRules, Webhook, WebhookActivity, WebhookUrl};
use slotflow_domain::{DeliveryId, EventId, OrganizationId, ReplayId, Timestamp, WebhookId};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const ORGANIZATION: OrganizationId = OrganizationId::new(Uuid::from_u128(1));
const WEBHOOK: WebhookId = WebhookId::new(Uuid::from_u128(2));
const OLD: DeliveryId = DeliveryId::new(Uuid::from_u128(3));
const REPLAY: ReplayId = ReplayId::new(Uuid::from_u128(4));

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-03-10T14:05:00Z").unwrap()
}

fn webhook(activity: WebhookActivity) -> Webhook {
    Webhook {
        id: WEBHOOK,
        organization_id: ORGANIZATION,
        url: WebhookUrl::parse("https://receiver.dev/", &UrlRules::strict()).unwrap(),
        events: EventSet::parse(&["booking.confirmed"], &EventCatalog::bookings()).unwrap(),
        secrets: SigningSecret::from_random([7; 32]).into(),
        activity,
        active_since: now(),
        created_at: now(),
    }
}

fn delivery(state: DeliveryState) -> Delivery {
    Delivery {
        id: OLD,
        organization_id: ORGANIZATION,
        webhook_id: WEBHOOK,
        event_id: EventId::new(Uuid::from_u128(5)),
        progress: Progress::from_stored(state, 3, 0),
        retry_of: None,
        created_at: now(),
    }
}

fn event() -> Event {
    Event {
        id: EventId::new(Uuid::from_u128(5)),
        organization_id: ORGANIZATION,
        event_type: EventType::BOOKING_CONFIRMED,
        booking_id: None,
        sequence: Sequence(1),
        payload: Payload::from_stored(b"{}".to_vec()),
        created_at: now(),
        trace_context: None,
    }
}

fn entropy() -> MockEntropy {
    let mut entropy = MockEntropy::new();
    let count = AtomicU64::new(100);
    entropy.expect_id().returning(move |_| Uuid::from_u128(count.fetch_add(1, Ordering::Relaxed).into()));
    entropy
}

fn clock() -> MockClock {
    let mut clock = MockClock::new();
    clock.expect_now().returning(now);
    clock
}

/// A store with these units of work, in this order.
fn store(work: Vec<MockUnitOfWork>) -> MockStore {
    let mut store = MockStore::new();
    let work = Mutex::new(work.into_iter());
    store.expect_begin().returning(move || {
        let next = work.lock().unwrap().next();
        let next = next.ok_or_else(|| StoreError::Unavailable("no more units of work".into()))?;
        Ok(Box::new(next))
    });
    store
}

fn repairs(work: Vec<MockUnitOfWork>, replays: MockReplayQueue) -> Repairs {
    let mut directory = MockDirectory::new();
    directory
        .expect_webhook()
        .returning(|_, id| Ok((id == WEBHOOK).then(|| webhook(WebhookActivity::Active))));
    Repairs {
        store: Arc::new(store(work)),
        directory: Arc::new(directory),
        replays: Arc::new(replays),
        clock: Arc::new(clock()),
        entropy: Arc::new(entropy()),
        first_attempts: FirstAttempts::none(),
        catalog: EventCatalog::standard(),
        bell: ReplayBell::default(),
    }
}

#[tokio::test]
async fn a_retry_is_stored_as_a_fresh_delivery() {
    let mut work = MockUnitOfWork::new();
    work.expect_delivery_and_event()
        .return_once(|_, _| Ok(Some((delivery(DeliveryState::Failed { at: now() }), event()))));
    work.expect_lock_webhook().return_once(|_, _| Ok(Some(webhook(WebhookActivity::Active))));
    work.expect_insert_deliveries()
        .times(1)
        .withf(|new| {
            let [new] = new else { return false };
            new.retry_of == Some(OLD) && new.progress.state() == DeliveryState::Pending { due: now() }
        })
        .return_once(|_| Ok(()));
    work.expect_commit().times(1).return_once(|| Ok(()));
    let id = repairs(vec![work], MockReplayQueue::new()).retry(ORGANIZATION, OLD).await.unwrap();
    assert_eq!(id.as_uuid().as_u128(), 100);
}

#[tokio::test]
async fn what_is_not_over_is_refused_before_anything_is_locked() {
    let mut work = MockUnitOfWork::new();
    work.expect_delivery_and_event().return_once(|_, _| Ok(Some((delivery(DeliveryState::Held), event()))));
    work.expect_lock_webhook().never();
    work.expect_commit().never();
    let error = repairs(vec![work], MockReplayQueue::new()).retry(ORGANIZATION, OLD).await.unwrap_err();
    let held = RetryError::NotRepeatable(NotRepeatable::NotFinal(DeliveryStatus::Held));
    assert_eq!(error.to_string(), held.to_string());
}

#[tokio::test]
async fn a_test_is_one_event_with_one_delivery() {
    let mut work = MockUnitOfWork::new();
    let disabled = WebhookActivity::Disabled(DisabledReason::Requested);
    work.expect_lock_webhook().return_once(move |_, _| Ok(Some(webhook(disabled))));
    work.expect_insert_events()
        .times(1)
        .withf(|events, deliveries| {
            events[0].event_type == EventType::WEBHOOK_TEST
                && deliveries.len() == 1
                && deliveries.iter().all(|it| it.progress.state() == DeliveryState::Held)
        })
        .return_once(|_, _| Ok(()));
    work.expect_commit().times(1).return_once(|| Ok(()));
    repairs(vec![work], MockReplayQueue::new()).send_test(ORGANIZATION, WEBHOOK).await.unwrap();
}

fn request(since_seconds_ago: u64) -> ReplayRequest {
    let since = now().saturating_sub(Duration::from_secs(since_seconds_ago));
    ReplayRequest { since, until: None, status: None }
}

#[tokio::test]
async fn a_replay_is_counted_before_anything_is_begun_and_stored_under_the_webhooks_lock() {
    let counted = Arc::new(AtomicBool::new(false));
    let mut replays = MockReplayQueue::new();
    let count = Arc::clone(&counted);
    replays
        .expect_selection_size()
        .times(1)
        .withf(|selection| selection.span.until() == now() && selection.accepted_at == now())
        .return_once(move |_| {
            count.store(true, Ordering::Relaxed);
            Ok(12)
        });
    let mut store = MockStore::new();
    store.expect_begin().times(1).return_once(move || {
        assert!(counted.load(Ordering::Relaxed), "whoever writes would wait for the count");
        Ok(Box::new(accepting()))
    });
    let repairs = Repairs { store: Arc::new(store), ..repairs(vec![], replays) };
    assert_eq!(repairs.replay(ORGANIZATION, WEBHOOK, request(60)).await.unwrap(), 12);
}

/// A unit of work that takes a replay of twelve events.
fn accepting() -> MockUnitOfWork {
    let mut work = MockUnitOfWork::new();
    work.expect_lock_webhook().times(1).return_once(|_, _| Ok(Some(webhook(WebhookActivity::Active))));
    work.expect_insert_replay()
        .times(1)
        .withf(|replay| replay.queued == 12 && replay.finished_at.is_none())
        .return_once(|_| Ok(()));
    work.expect_commit().times(1).return_once(|| Ok(()));
    work
}

#[tokio::test]
async fn nothing_is_counted_for_a_webhook_that_is_not_there_and_none_accepted_for_one_that_just_went() {
    let mut replays = MockReplayQueue::new();
    replays.expect_selection_size().times(1).return_once(|_| Ok(12));
    let mut work = MockUnitOfWork::new();
    work.expect_lock_webhook().return_once(|_, _| Ok(None));
    work.expect_commit().never();
    let repairs = repairs(vec![work], replays);
    for id in [WebhookId::new(Uuid::from_u128(99)), WEBHOOK] {
        let refused = repairs.replay(ORGANIZATION, id, request(60)).await;
        assert!(matches!(refused, Err(ReplayError::NotFound)), "{refused:?}");
    }
}

#[tokio::test]
async fn a_span_that_is_none_touches_no_store() {
    let error =
        repairs(vec![], MockReplayQueue::new()).replay(ORGANIZATION, WEBHOOK, request(0)).await.unwrap_err();
    assert!(matches!(error, ReplayError::Invalid(rejection) if rejection.field == "since"));
}

#[tokio::test]
async fn a_dry_run_only_reads() {
    let mut replays = MockReplayQueue::new();
    replays.expect_selection_size().times(1).return_once(|_| Ok(7));
    let repairs = repairs(vec![], replays);
    assert_eq!(repairs.replay_size(ORGANIZATION, WEBHOOK, request(60)).await.unwrap(), 7);
    let stranger = WebhookId::new(Uuid::from_u128(99));
    let error = repairs.replay_size(ORGANIZATION, stranger, request(60)).await.unwrap_err();
    assert!(matches!(error, ReplayError::NotFound));
}

fn replay() -> Replay {
    let selection = ReplaySelection {
        organization_id: ORGANIZATION,
        webhook_id: WEBHOOK,
        span: ReplaySpan::from_stored(now().saturating_sub(Duration::from_secs(60)), now()),
        status: None,
        accepted_at: now(),
    };
    Replay::accept(REPLAY, selection, 12)
}

fn replayer(work: Vec<MockUnitOfWork>, replays: MockReplayQueue) -> Replayer {
    Replayer {
        store: Arc::new(store(work)),
        replays: Arc::new(replays),
        clock: Arc::new(clock()),
        entropy: Arc::new(entropy()),
        bell: ReplayBell::default(),
    }
}

/// An unfinished replay to this webhook.
fn unfinished(id: ReplayId, webhook_id: WebhookId) -> UnfinishedReplay {
    UnfinishedReplay { place: ListPosition { created_at: now(), id }, webhook_id }
}

/// A queue with these replays, whose webhooks have room.
fn queue(unfinished: Vec<UnfinishedReplay>) -> MockReplayQueue {
    let mut replays = MockReplayQueue::new();
    replays.expect_unfinished_replays().returning(move |_, _| Ok(unfinished.clone()));
    replays.expect_waiting_deliveries().returning(|_, _| Ok(0));
    replays
}

fn one_replay() -> MockReplayQueue {
    queue(vec![unfinished(REPLAY, WEBHOOK)])
}

/// A unit of work in which so many deliveries wait and the replay is free.
fn batch(waiting: usize) -> MockUnitOfWork {
    let mut work = MockUnitOfWork::new();
    work.expect_lock_replay().return_once(|_| Ok(Some(replay())));
    work.expect_count_waiting().return_once(move |_, _| Ok(waiting));
    work
}

#[tokio::test]
async fn a_batch_and_the_replays_position_are_one_unit_of_work() {
    let place = EventPlace { created_at: now(), id: EventId::new(Uuid::from_u128(5)) };
    let mut work = batch(Replay::MOST_WAITING);
    work.expect_lock_webhook().return_once(|_, _| Ok(Some(webhook(WebhookActivity::Active))));
    work.expect_next_selected().withf(|_, room| *room == Replay::BATCH).return_once(move |_, _| {
        let found = vec![delivery(DeliveryState::Failed { at: now() })];
        Ok(ReplayStretch { found, reached: Some(place) })
    });
    work.expect_insert_deliveries().times(1).withf(|new| new.len() == 1).return_once(|_| Ok(()));
    work.expect_update_replay()
        .times(1)
        .withf(move |replay| (replay.position, replay.made, replay.finished_at) == (place, 1, None))
        .return_once(|_| Ok(()));
    work.expect_commit().times(1).return_once(|| Ok(()));
    assert_eq!(replayer(vec![work], one_replay()).round().await.unwrap(), ReplayRound::Advanced);
}

#[tokio::test]
async fn however_many_replays_a_busy_endpoint_has_nothing_is_begun_for_them() {
    let ids = (10..110).map(|number| ReplayId::new(Uuid::from_u128(number)));
    let of_busy: Vec<_> = ids.map(|id| unfinished(id, WEBHOOK)).collect();
    let mut replays = MockReplayQueue::new();
    replays.expect_unfinished_replays().times(2).returning(move |after, limit| {
        let behind = of_busy.iter().filter(|replay| Some(replay.place) > after);
        Ok(behind.copied().take(limit).collect())
    });
    let waiting = Replay::MOST_WAITING + 1;
    replays.expect_waiting_deliveries().times(1).returning(move |_, at_most| Ok(waiting.min(at_most)));
    // There is no unit of work, so that beginning one would fail.
    assert_eq!(replayer(vec![], replays).round().await.unwrap(), ReplayRound::Waiting);
}

#[tokio::test]
async fn a_replay_behind_a_page_of_busy_ones_goes_on() {
    let idle = WebhookId::new(Uuid::from_u128(20));
    let mut all: Vec<_> =
        (10..160).map(|number| unfinished(ReplayId::new(Uuid::from_u128(number)), WEBHOOK)).collect();
    all.push(unfinished(ReplayId::new(Uuid::from_u128(200)), idle));
    let mut replays = MockReplayQueue::new();
    replays.expect_unfinished_replays().returning(move |after, limit| {
        let behind = all.iter().filter(|replay| Some(replay.place) > after);
        Ok(behind.copied().take(limit).collect())
    });
    replays
        .expect_waiting_deliveries()
        .returning(move |id, _| Ok(if id == idle { 0 } else { Replay::MOST_WAITING + 1 }));
    let mut work = batch(0);
    work.expect_lock_webhook().return_once(|_, _| Ok(None));
    work.expect_update_replay().return_once(|_| Ok(()));
    work.expect_commit().times(1).return_once(|| Ok(()));
    assert_eq!(replayer(vec![work], replays).round().await.unwrap(), ReplayRound::Advanced);
}

#[tokio::test]
async fn an_endpoint_that_became_busy_is_left_alone_and_its_webhook_not_locked() {
    let mut work = batch(Replay::MOST_WAITING + 1);
    work.expect_lock_webhook().never();
    work.expect_commit().never();
    assert_eq!(replayer(vec![work], one_replay()).round().await.unwrap(), ReplayRound::Waiting);
}

#[tokio::test]
async fn a_replay_that_somebody_else_has_is_passed_over() {
    let mut work = MockUnitOfWork::new();
    work.expect_lock_replay().return_once(|_| Ok(None));
    work.expect_commit().never();
    assert_eq!(replayer(vec![work], one_replay()).round().await.unwrap(), ReplayRound::Waiting);
}

#[tokio::test]
async fn a_deleted_webhook_ends_its_replay() {
    let mut work = batch(0);
    work.expect_lock_webhook().return_once(|_, _| Ok(None));
    work.expect_update_replay()
        .times(1)
        .withf(|replay| (replay.made, replay.finished_at) == (0, Some(now())))
        .return_once(|_| Ok(()));
    work.expect_commit().times(1).return_once(|| Ok(()));
    assert_eq!(replayer(vec![work], one_replay()).round().await.unwrap(), ReplayRound::Advanced);
}

#[tokio::test]
async fn a_replay_that_the_store_refuses_is_in_nobodys_way_and_an_outage_is_waited_out() {
    let refused = || {
        let mut work = MockUnitOfWork::new();
        work.expect_lock_replay().return_once(|_| Err(StoreError::corrupt("a replay")));
        work
    };
    let mut free = batch(0);
    free.expect_lock_webhook().return_once(|_, _| Ok(None));
    free.expect_update_replay().return_once(|_| Ok(()));
    free.expect_commit().times(1).return_once(|| Ok(()));
    let second = unfinished(ReplayId::new(Uuid::from_u128(9)), WEBHOOK);
    let replays = queue(vec![unfinished(REPLAY, WEBHOOK), second]);
    let replayer = replayer(vec![refused(), free], replays);
    assert_eq!(replayer.round().await.unwrap(), ReplayRound::Advanced);
    assert!(replayer.round().await.unwrap_err().is_transient(), "there is no more store");
}

#[tokio::test]
async fn a_replay_whose_webhook_cannot_be_read_for_now_is_in_nobodys_way_and_tried_again() {
    let mut locked = batch(0);
    locked.expect_lock_webhook().return_once(|_, _| Err(StoreError::Unavailable("its key".into())));
    locked.expect_update_replay().never();
    let mut free = batch(0);
    free.expect_lock_webhook().return_once(|_, _| Ok(None));
    free.expect_update_replay().times(1).return_once(|_| Ok(()));
    free.expect_commit().times(1).return_once(|| Ok(()));
    let second = unfinished(ReplayId::new(Uuid::from_u128(9)), WEBHOOK);
    let replayer = replayer(vec![locked, free], queue(vec![unfinished(REPLAY, WEBHOOK), second]));
    assert!(replayer.round().await.unwrap_err().is_transient(), "and nobody looks again at once");
}

/// A clock whose waits are noted and over at once; the last one stops the replayer.
struct Waits {
    spans: Mutex<Vec<Duration>>,
    most: usize,
    stop: CancellationToken,
}

#[async_trait::async_trait]
impl Clock for Waits {
    fn now(&self) -> Timestamp {
        now()
    }

    async fn sleep_until(&self, moment: Timestamp) {
        let waits = {
            let mut spans = self.spans.lock().unwrap();
            spans.push(moment.since(now()));
            spans.len()
        };
        if waits >= self.most {
            self.stop.cancel();
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_replayer_looks_often_while_there_is_a_replay_and_rarely_else_and_backs_off_from_a_failing_store()
{
    let stop = CancellationToken::new();
    let answers = Mutex::new(
        vec![
            Err(StoreError::Unavailable("gone".into())),
            Err(StoreError::Unavailable("gone".into())),
            Ok(vec![unfinished(REPLAY, WEBHOOK)]),
            Ok(vec![]),
            Ok(vec![]),
        ]
        .into_iter(),
    );
    let mut replays = MockReplayQueue::new();
    replays
        .expect_unfinished_replays()
        .returning(move |_, _| answers.lock().unwrap().next().unwrap_or_else(|| Ok(vec![])));
    replays.expect_waiting_deliveries().returning(|_, _| Ok(Replay::MOST_WAITING + 1));
    let clock = Arc::new(Waits { spans: Mutex::default(), most: 5, stop: stop.clone() });
    let mut replayer = replayer(vec![], replays);
    replayer.clock = Arc::clone(&clock) as Arc<dyn Clock>;
    replayer.run(stop).await;
    let spans: Vec<_> = clock.spans.lock().unwrap().iter().map(|span| span.as_millis()).collect();
    assert_eq!(spans, [100, 200, 1_000, 30_000, 30_000]);
}
