use super::*;
use crate::FirstAttempts;
use crate::ports::{MockClock, MockDirectory, MockEntropy, MockOutboxReader, MockStore, MockUnitOfWork};
use mockall::predicate::eq;
use slotflow_domain::event::{DataSchema, EventCatalog, EventData, EventDefinition, OutboxRow};
use slotflow_domain::organization::{Organization, OrganizationName, Plan};
use slotflow_domain::{OrganizationId, Timestamp};
use std::collections::VecDeque;
use std::sync::Mutex;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-03-10T14:05:00Z").unwrap()
}

fn row(position: i64) -> OutboxRow {
    OutboxRow {
        position: OutboxPosition::new(position),
        organization_id: Uuid::from_u128(1).to_string(),
        event_type: "booking.confirmed".to_owned(),
        data: b"{}".to_vec(),
        created_at: now().as_millis(),
    }
}

/// A unit of work whose lock finds these rows behind that position.
fn work(after: Option<i64>, limit: usize, rows: Vec<OutboxRow>) -> MockUnitOfWork {
    let mut work = MockUnitOfWork::new();
    work.expect_lock_outbox_rows()
        .with(eq(after.map(OutboxPosition::new)), eq(limit))
        .times(1)
        .return_once(move |_, _| Ok(rows));
    work
}

/// The same, whose events the store takes, and whose rows are then removed.
fn accepted(mut work: MockUnitOfWork, removed: &'static [i64]) -> MockUnitOfWork {
    work.expect_webhooks_wanting().returning(|_, _| Ok(vec![]));
    work.expect_insert_events()
        .times(1)
        .withf(move |events, _| events.len() == removed.len())
        .returning(|_, _| Ok(()));
    work.expect_remove_outbox_rows()
        .times(1)
        .withf(move |rows| rows.iter().map(|row| row.get()).eq(removed.iter().copied()))
        .returning(|_| Ok(()));
    work.expect_commit().times(1).returning(|| Ok(()));
    work
}

/// The same, whose events the store does not take.
fn failing(mut work: MockUnitOfWork, error: fn() -> StoreError) -> MockUnitOfWork {
    work.expect_webhooks_wanting().returning(|_, _| Ok(vec![]));
    work.expect_insert_events().times(1).returning(move |_, _| Err(error()));
    work
}

fn relay(works: Vec<MockUnitOfWork>) -> OutboxRelay {
    let works = Mutex::new(VecDeque::from(works));
    let mut store = MockStore::new();
    store.expect_begin_shared().returning(move || Ok(Box::new(works.lock().unwrap().pop_front().unwrap())));
    let mut reader = MockOutboxReader::new();
    reader.expect_has_outbox_rows().returning(|| Ok(true));
    let mut directory = MockDirectory::new();
    directory.expect_organization().returning(|id| {
        let name = OrganizationName::parse("Startup").unwrap();
        let found = Organization { id, name, plan: Plan::Free.into(), created_at: now() };
        Ok((id == OrganizationId::new(Uuid::from_u128(1))).then_some(found))
    });
    let mut clock = MockClock::new();
    clock.expect_now().returning(now);
    let mut entropy = MockEntropy::new();
    entropy.expect_id().returning(|_| Uuid::from_u128(7));
    OutboxRelay {
        store: Arc::new(store),
        reader: Arc::new(reader),
        directory: Arc::new(directory),
        clock: Arc::new(clock),
        entropy: Arc::new(entropy),
        first_attempts: FirstAttempts::none(),
        catalog: EventCatalog::standard(),
    }
}

fn refused() -> StoreError {
    StoreError::Refused("no".into())
}

fn broken() -> StoreError {
    StoreError::corrupt("a webhook")
}

#[tokio::test]
async fn nothing_is_begun_where_no_row_waits() {
    let mut reader = MockOutboxReader::new();
    reader.expect_has_outbox_rows().times(1).returning(|| Ok(false));
    let relay = OutboxRelay { reader: Arc::new(reader), ..relay(vec![]) };
    assert_eq!(relay.pass().await.unwrap(), 0);
}

#[tokio::test]
async fn a_full_batch_is_followed_by_the_next() {
    let full: Vec<_> = (1..=64).map(row).collect();
    let mut first = work(None, OutboxRelay::BATCH, full);
    first.expect_webhooks_wanting().returning(|_, _| Ok(vec![]));
    first.expect_insert_events().returning(|_, _| Ok(()));
    first.expect_remove_outbox_rows().withf(|rows| rows.len() == 64).returning(|_| Ok(()));
    first.expect_commit().times(1).returning(|| Ok(()));
    let second = accepted(work(Some(64), OutboxRelay::BATCH, vec![row(70)]), &[70]);
    assert_eq!(relay(vec![first, second]).pass().await.unwrap(), 65);
}

#[tokio::test]
async fn a_row_that_the_store_refuses_is_set_aside_and_the_others_are_events() {
    let batch = failing(work(None, OutboxRelay::BATCH, vec![row(3), row(5)]), refused);
    let alone = failing(work(Some(2), 1, vec![row(3)]), refused);
    let mut aside = work(Some(2), 1, vec![row(3)]);
    aside
        .expect_refuse_outbox_row()
        .with(eq(OutboxPosition::new(3)), eq("the store refused the event"), eq(now()))
        .times(1)
        .returning(|_, _, _| Ok(()));
    aside.expect_commit().times(1).returning(|| Ok(()));
    let good = accepted(work(Some(4), 1, vec![row(5)]), &[5]);
    assert_eq!(relay(vec![batch, alone, aside, good]).pass().await.unwrap(), 2);
}

#[tokio::test]
async fn a_row_that_cannot_be_dealt_with_waits_and_is_in_nobodys_way() {
    let batch = failing(work(None, OutboxRelay::BATCH, vec![row(3), row(5)]), broken);
    let alone = failing(work(Some(2), 1, vec![row(3)]), broken);
    let good = accepted(work(Some(4), 1, vec![row(5)]), &[5]);
    let pass = relay(vec![batch, alone, good]).pass_until(&CancellationToken::new()).await.unwrap();
    assert_eq!((pass.dealt_with, pass.failed), (1, 1));
    assert_eq!(pass.first_failure.unwrap().0, OutboxPosition::new(3), "one line tells of all");
}

#[tokio::test]
async fn a_row_whose_webhook_somebody_keeps_locked_is_in_nobodys_way() {
    let contended = || StoreError::Contended("locked".into());
    let batch = failing(work(None, OutboxRelay::BATCH, vec![row(3), row(5)]), contended);
    let alone = failing(work(Some(2), 1, vec![row(3)]), contended);
    let good = accepted(work(Some(4), 1, vec![row(5)]), &[5]);
    assert_eq!(relay(vec![batch, alone, good]).pass().await.unwrap(), 1);
}

/// A schema that somebody else has written.
#[derive(Debug)]
struct Panics;

impl DataSchema for Panics {
    fn check(&self, _: &EventData) -> Result<(), String> {
        panic!("no data is expected here")
    }
}

#[tokio::test]
async fn a_row_whose_schema_panics_is_set_aside() {
    let mut work =
        work(None, OutboxRelay::BATCH, vec![OutboxRow { event_type: "order.paid".to_owned(), ..row(3) }]);
    work.expect_remove_outbox_rows().returning(|_| Ok(()));
    work.expect_refuse_outbox_row()
        .with(eq(OutboxPosition::new(3)), eq("the schema of its type failed"), eq(now()))
        .times(1)
        .returning(|_, _, _| Ok(()));
    work.expect_commit().times(1).returning(|| Ok(()));
    let catalog = EventCatalog::of([EventDefinition::new("order.paid").unwrap().schema(Panics)]).unwrap();
    assert_eq!(OutboxRelay { catalog, ..relay(vec![work]) }.pass().await.unwrap(), 1);
}

#[tokio::test]
async fn a_row_of_a_type_that_a_newer_process_may_know_is_left_to_it() {
    let mut work =
        work(None, OutboxRelay::BATCH, vec![OutboxRow { event_type: "order.new".to_owned(), ..row(3) }]);
    work.expect_remove_outbox_rows().withf(<[_]>::is_empty).returning(|_| Ok(()));
    work.expect_commit().returning(|| Ok(()));
    assert_eq!(relay(vec![work]).pass().await.unwrap(), 0);
}

#[tokio::test]
async fn a_row_that_another_relay_was_faster_at_is_left_alone() {
    let batch = failing(work(None, OutboxRelay::BATCH, vec![row(3)]), refused);
    // Behind position 2 there is another row by now.
    let mut gone = work(Some(2), 1, vec![row(4)]);
    gone.expect_remove_outbox_rows().withf(<[_]>::is_empty).returning(|_| Ok(()));
    gone.expect_commit().returning(|| Ok(()));
    assert_eq!(relay(vec![batch, gone]).pass().await.unwrap(), 0);
}

#[tokio::test]
async fn a_store_that_is_away_ends_the_pass() {
    let batch =
        failing(work(None, OutboxRelay::BATCH, vec![row(3)]), || StoreError::Unavailable("away".into()));
    assert!(relay(vec![batch]).pass().await.unwrap_err().is_transient());
}
