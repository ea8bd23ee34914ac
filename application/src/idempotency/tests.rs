use super::*;
use crate::ports::{MockClock, MockDirectory, MockStore, MockUnitOfWork};
use slotflow_domain::idempotency::AnswerBody;
use std::time::Duration;
use uuid::Uuid;

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-03-10T14:05:00Z").unwrap()
}

fn request(digest_of: &[u8]) -> KeyedRequest {
    KeyedRequest {
        organization_id: OrganizationId::new(Uuid::from_u128(1)),
        key: IdempotencyKey::parse(b"k").unwrap(),
        digest: RequestDigest::of("POST", "/", None, digest_of),
    }
}

fn answer(status: u16) -> Answer {
    Answer { status, body: AnswerBody::Bytes(b"{}".to_vec()) }
}

/// What is told of a change that comes to a number, or is refused with a status.
fn render(outcome: Result<u32, u16>) -> Rendered<u32> {
    match outcome {
        Ok(number) => Rendered { response: number, answer: answer(201) },
        Err(status) => Rendered { response: 0, answer: answer(status) },
    }
}

/// A store that begins nothing but `works`, in this order, and under whose key this is kept.
fn idempotency(kept: Option<KeptAnswer>, works: Vec<MockUnitOfWork>) -> Idempotency {
    let mut directory = MockDirectory::new();
    directory.expect_kept_answer().times(1).return_once(move |_, _| Ok(kept));
    let mut store = MockStore::new();
    let times = works.len();
    let mut works = works.into_iter();
    store.expect_begin().times(times).returning(move || Ok(Box::new(works.next().unwrap())));
    let mut clock = MockClock::new();
    clock.expect_now().returning(now);
    Idempotency { store: Arc::new(store), directory: Arc::new(directory), clock: Arc::new(clock) }
}

/// A unit of work that expects the answer with this status to be kept, finds `first`, and is committed if there
/// was none.
fn work(status: u16, first: Option<KeptAnswer>) -> MockUnitOfWork {
    let mut work = MockUnitOfWork::new();
    let commits = usize::from(first.is_none());
    work.expect_keep_answer()
        .times(1)
        .withf(move |kept| *kept == request(b"1").answered(answer(status), now()))
        .return_once(move |_| Ok(first));
    work.expect_commit().times(commits).returning(|| Ok(()));
    work
}

async fn prepared(work: MockUnitOfWork) -> Result<Prepared<u32>, u16> {
    Ok(Prepared::new(Box::new(work), 7))
}

#[tokio::test]
async fn a_first_request_is_committed_together_with_its_answer() {
    let change = prepared(work(201, None));
    let once = idempotency(None, vec![]).run(&request(b"1"), change, render).await.unwrap();
    assert_eq!(once, Once::Now(7));
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_and_another_one_a_conflict() {
    let kept = request(b"1").answered(answer(402), now());
    let never = async || -> Result<Prepared<u32>, u16> { panic!("it was carried out again") };
    let again = idempotency(Some(kept.clone()), vec![]).run(&request(b"1"), never(), render).await;
    assert_eq!(again.unwrap(), Once::Before(answer(402)));
    let other = idempotency(Some(kept), vec![]).run(&request(b"2"), never(), render).await;
    assert_eq!(other.unwrap(), Once::Conflict);
}

#[tokio::test]
async fn an_expired_answer_is_none() {
    let kept = request(b"2").answered(answer(201), now().saturating_sub(Duration::from_secs(24 * 60 * 60)));
    let change = prepared(work(201, None));
    let once = idempotency(Some(kept), vec![]).run(&request(b"1"), change, render).await.unwrap();
    assert_eq!(once, Once::Now(7));
}

#[tokio::test]
async fn whoever_comes_second_commits_nothing_and_gives_the_first_answer() {
    for (digest, expected) in
        [(b"1".as_slice(), Once::Before(answer(200))), (b"2".as_slice(), Once::Conflict)]
    {
        let first = request(digest).answered(answer(200), now());
        let change = prepared(work(201, Some(first)));
        let once = idempotency(None, vec![]).run(&request(b"1"), change, render).await.unwrap();
        assert_eq!(once, expected);
    }
}

#[tokio::test]
async fn a_refusal_is_kept_in_a_unit_of_work_of_its_own() {
    let refused = async { Err(409) };
    let once = idempotency(None, vec![work(409, None)]).run(&request(b"1"), refused, render).await.unwrap();
    assert_eq!(once, Once::Now(0));
}

#[tokio::test]
async fn a_refusal_for_what_the_same_request_did_meanwhile_is_its_answer() {
    let first = request(b"1").answered(answer(201), now());
    let refused = async { Err(409) };
    let works = vec![work(409, Some(first))];
    let once = idempotency(None, works).run(&request(b"1"), refused, render).await.unwrap();
    assert_eq!(once, Once::Before(answer(201)));
}

#[tokio::test]
async fn what_failed_is_neither_kept_nor_committed() {
    let failed = async { Err(503) };
    let once = idempotency(None, vec![]).run(&request(b"1"), failed, render).await.unwrap();
    assert_eq!(once, Once::Now(0));

    let unprintable = |_: Result<u32, u16>| Rendered { response: 1, answer: answer(500) };
    let change = prepared(MockUnitOfWork::new());
    let once = idempotency(None, vec![]).run(&request(b"1"), change, unprintable).await.unwrap();
    assert_eq!(once, Once::Now(1), "an answer that cannot be given means that nothing is done");
}
