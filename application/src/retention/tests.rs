use super::*;
use crate::ports::{MockClock, MockRetentionStore};
use mockall::Sequence;
use slotflow_domain::{DeliveryId, EventId};
use std::sync::Mutex;
use uuid::Uuid;

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-03-10T14:05:00Z").unwrap()
}

/// A clock on which no batch takes any time, and the rests that were asked of it.
fn clock() -> (Arc<dyn Clock>, Arc<Mutex<Vec<Duration>>>) {
    let rests = Arc::new(Mutex::new(Vec::new()));
    let mut clock = MockClock::new();
    clock.expect_now().returning(now);
    clock.expect_sleep_until().returning({
        let rests = Arc::clone(&rests);
        move |until| rests.lock().unwrap().push(until.since(now()))
    });
    (Arc::new(clock), rests)
}

fn done<Id>(removed: u64) -> Result<RetentionProgress<Id>, StoreError> {
    Ok(RetentionProgress { removed, next: None })
}

fn retention(store: MockRetentionStore, clock: Arc<dyn Clock>) -> Retention {
    Retention { store: Arc::new(store), clock, period: Some(RetentionPeriod::default()) }
}

#[tokio::test]
async fn deliveries_go_before_their_events_batch_by_batch_with_rests() {
    let cutoff = Timestamp::parse_rfc3339("2026-02-08T14:05:00Z").unwrap();
    let yesterday = Timestamp::parse_rfc3339("2026-03-09T14:05:00Z").unwrap();
    let middle = DeliveryId::new(Uuid::from_u128(7));
    let mut store = MockRetentionStore::new();
    let mut order = Sequence::new();
    for (after, next) in [(None, Some(middle)), (Some(middle), None)] {
        store
            .expect_remove_deliveries()
            .times(1)
            .in_sequence(&mut order)
            .withf(move |batch| *batch == RetentionBatch { after, cutoff, limit: BATCH })
            .returning(move |_| Ok(RetentionProgress { removed: 150, next }));
    }
    store
        .expect_remove_events()
        .times(1)
        .in_sequence(&mut order)
        .withf(move |batch| *batch == RetentionBatch { after: None, cutoff, limit: BATCH })
        .returning(|_| done::<EventId>(7));
    let hours_cutoff = now().saturating_sub(Duration::from_secs(32 * 24 * 60 * 60));
    store
        .expect_remove_hours()
        .times(1)
        .in_sequence(&mut order)
        .withf(move |before, limit| (*before, *limit) == (hours_cutoff, BATCH))
        .returning(|_, _| Ok(5));
    store
        .expect_remove_replays()
        .times(1)
        .in_sequence(&mut order)
        .withf(move |before, limit| (*before, *limit) == (cutoff, BATCH))
        .returning(|_, _| Ok(1));
    for removed in [u64::from(BATCH), 3] {
        store
            .expect_remove_answers()
            .times(1)
            .in_sequence(&mut order)
            .withf(move |expired_at, limit| (*expired_at, *limit) == (yesterday, BATCH))
            .returning(move |_, _| Ok(removed));
    }
    let (clock, rests) = clock();
    let removed = retention(store, clock).sweep(&CancellationToken::new()).await.unwrap();
    assert_eq!(
        removed,
        Removed { deliveries: 300, events: 7, hours: 5, replays: 1, answers: u64::from(BATCH) + 3 }
    );
    assert_eq!(*rests.lock().unwrap(), [SHORTEST_REST; 2], "one between two batches");
}

#[tokio::test]
async fn without_a_period_only_expired_answers_go() {
    let mut store = MockRetentionStore::new();
    store.expect_remove_answers().times(1).returning(|_, _| Ok(2));
    let (clock, _) = clock();
    let retention = Retention { period: None, ..retention(store, clock) };
    let removed = retention.sweep(&CancellationToken::new()).await.unwrap();
    assert_eq!(removed, Removed { answers: 2, ..Removed::default() });
}

#[tokio::test]
async fn a_batch_that_took_long_is_followed_by_a_rest_three_times_as_long() {
    let mut clock = MockClock::new();
    let mut order = Sequence::new();
    for millis in [0, 0, 40, 40] {
        let moment = now() + Duration::from_millis(millis);
        clock.expect_now().times(1).in_sequence(&mut order).return_const(moment);
    }
    let until = now() + Duration::from_millis(160);
    clock.expect_sleep_until().times(1).withf(move |moment| *moment == until).return_const(());
    clock.expect_now().return_const(now());
    let mut store = MockRetentionStore::new();
    let mut answers = [u64::from(BATCH), 0].into_iter();
    store.expect_remove_answers().times(2).returning(move |_, _| Ok(answers.next().unwrap()));
    let retention = Retention { period: None, ..retention(store, Arc::new(clock)) };
    retention.sweep(&CancellationToken::new()).await.unwrap();
}

#[tokio::test]
async fn being_told_to_stop_ends_a_sweep_between_two_batches_and_the_run() {
    let stop = CancellationToken::new();
    let mut store = MockRetentionStore::new();
    store.expect_remove_deliveries().times(1).returning({
        let stop = stop.clone();
        move |_| {
            stop.cancel();
            Ok(RetentionProgress { removed: 1, next: Some(DeliveryId::new(Uuid::nil())) })
        }
    });
    store.expect_remove_events().times(1).returning(|_| done(0));
    store.expect_remove_hours().times(1).returning(|_, _| Ok(0));
    store.expect_remove_replays().times(1).returning(|_, _| Ok(0));
    store.expect_remove_answers().times(1).returning(|_, _| Ok(0));
    let (clock, _) = clock();
    retention(store, clock).run(stop).await;
}

#[tokio::test]
async fn a_failed_sweep_is_begun_anew_soon_and_a_good_one_is_followed_by_ten_minutes() {
    let stop = CancellationToken::new();
    let mut store = MockRetentionStore::new();
    let mut order = Sequence::new();
    let mut fails = |times| {
        store
            .expect_remove_answers()
            .times(times)
            .in_sequence(&mut order)
            .returning(|_, _| Err(StoreError::Unavailable("gone".into())));
    };
    fails(2);
    store.expect_remove_answers().times(1).in_sequence(&mut order).returning(|_, _| Ok(0));
    let rests = Arc::new(Mutex::new(Vec::new()));
    let mut clock = MockClock::new();
    clock.expect_now().returning(now);
    clock.expect_sleep_until().returning({
        let (rests, stop) = (Arc::clone(&rests), stop.clone());
        move |until| {
            let mut rests = rests.lock().unwrap();
            rests.push(until.since(now()));
            if rests.len() == 3 {
                stop.cancel();
            }
        }
    });
    // The third rest is the last: what comes behind it fails the test by being unexpected, or ends by `stop`.
    store.expect_remove_answers().returning(|_, _| Ok(0));
    Retention { period: None, ..retention(store, Arc::new(clock)) }.run(stop).await;
    let rests: Vec<_> = rests.lock().unwrap().iter().take(3).copied().collect();
    assert_eq!(rests, [Duration::from_millis(100), Duration::from_millis(200), SWEEP_EVERY]);
}
