use super::*;
use slotflow_domain::Timestamp;
use std::future::pending;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// Doubles numbers, once it is allowed to. Some numbers are trouble.
struct Doubling {
    allowed: Arc<Semaphore>,
    batches: Arc<Mutex<Vec<Vec<u32>>>>,
}

const PANICS: u32 = 13;
const STUCK: u32 = 17;
const CONTENDED: u32 = 19;
const REFUSED: u32 = 23;
const AWAY: u32 = 29;

impl Doubling {
    async fn double(&self, asked: &[u32], together: bool) -> Result<Vec<u32>, StoreError> {
        self.batches.lock().unwrap().push(asked.to_vec());
        self.allowed.acquire().await.unwrap().forget();
        let has = |number| asked.contains(&number);
        assert!(!has(PANICS));
        if has(STUCK) {
            pending::<()>().await;
        }
        if has(CONTENDED) && together {
            return Err(StoreError::Contended("locked".into()));
        }
        if has(REFUSED) {
            return Err(StoreError::Refused("no".into()));
        }
        if has(AWAY) {
            return Err(StoreError::Unavailable("gone".into()));
        }
        Ok(asked.iter().map(|number| number * 2).collect())
    }
}

#[async_trait]
impl Batched for Doubling {
    type Asked = u32;
    type Done = u32;

    async fn together(&self, asked: Vec<u32>) -> Result<Vec<u32>, StoreError> {
        self.double(&asked, true).await
    }

    async fn alone(&self, asked: u32) -> Result<u32, StoreError> {
        Ok(self.double(&[asked], false).await?[0])
    }
}

struct World {
    batches: Batches<Doubling>,
    allowed: Arc<Semaphore>,
    seen: Arc<Mutex<Vec<Vec<u32>>>>,
    /// Lets the patience of those who wait for a batch end.
    patience: Arc<Semaphore>,
}

fn world(most: usize, side_by_side: usize) -> World {
    let (allowed, seen) = (Arc::new(Semaphore::new(0)), Arc::new(Mutex::new(Vec::new())));
    let patience = Arc::new(Semaphore::new(0));
    let work = Doubling { allowed: Arc::clone(&allowed), batches: Arc::clone(&seen) };
    let clock = Arc::new(Hourglass(Arc::clone(&patience)));
    World { batches: Batches::new(work, clock, most, side_by_side), allowed, seen, patience }
}

/// A clock whose sleepers wake when they are let.
struct Hourglass(Arc<Semaphore>);

#[async_trait]
impl Clock for Hourglass {
    fn now(&self) -> Timestamp {
        Timestamp::parse_rfc3339("2026-03-10T14:00:00Z").unwrap()
    }

    async fn sleep_until(&self, _: Timestamp) {
        self.0.acquire().await.unwrap().forget();
    }
}

impl World {
    /// Asks for these, one after the other.
    async fn submit(
        &self,
        numbers: impl IntoIterator<Item = u32>,
    ) -> Vec<JoinHandle<Result<u32, StoreError>>> {
        let mut callers = Vec::new();
        for number in numbers {
            let batches = self.batches.clone();
            callers.push(tokio::spawn(async move { batches.submit(number).await }));
            settle_down().await;
        }
        callers
    }

    fn seen(&self) -> Vec<Vec<u32>> {
        self.seen.lock().unwrap().clone()
    }
}

async fn settle_down() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

async fn answers(callers: Vec<JoinHandle<Result<u32, StoreError>>>) -> Vec<Result<u32, StoreError>> {
    let mut answers = Vec::new();
    for caller in callers {
        answers.push(caller.await.unwrap());
    }
    answers
}

fn numbers(answers: &[Result<u32, StoreError>]) -> Vec<Option<u32>> {
    answers.iter().map(|answer| answer.as_ref().ok().copied()).collect()
}

#[tokio::test]
async fn what_is_asked_for_meanwhile_shares_the_next_batch_and_each_gets_its_own_answer() {
    let world = world(3, 1);
    let callers = world.submit(1..=5).await;
    world.allowed.add_permits(10);
    assert_eq!(numbers(&answers(callers).await), [2, 4, 6, 8, 10].map(Some));
    assert_eq!(world.seen(), [vec![1], vec![2, 3, 4], vec![5]]);
    let again = world.submit([6]).await;
    assert_eq!(numbers(&answers(again).await), [Some(12)], "it begins again after it had ended");
}

#[tokio::test]
async fn so_many_batches_run_side_by_side_if_they_are_full() {
    let world = world(2, 2);
    let callers = world.submit(1..=6).await;
    assert_eq!(world.seen(), [vec![1], vec![2, 3]], "not for less, and no third one");
    world.allowed.add_permits(10);
    assert_eq!(numbers(&answers(callers).await), [2, 4, 6, 8, 10, 12].map(Some));
    assert_eq!(world.seen()[2..], [vec![4, 5], vec![6]]);
}

#[tokio::test]
async fn a_caller_that_goes_away_costs_the_others_nothing() {
    let world = world(9, 1);
    let mut callers = world.submit(1..=3).await;
    callers.remove(0).abort();
    callers.remove(0).abort();
    settle_down().await;
    world.allowed.add_permits(10);
    assert_eq!(numbers(&answers(callers).await), [Some(6)]);
    assert_eq!(world.seen(), [[1], [3]], "what nobody wants any more is not begun");
}

#[tokio::test]
async fn a_panic_ends_its_batch_and_nothing_else() {
    let world = world(1, 1);
    let callers = world.submit([PANICS, 14]).await;
    world.allowed.add_permits(10);
    let answers = answers(callers).await;
    assert!(matches!(answers[0], Err(StoreError::Broken(_))));
    assert_eq!(numbers(&answers), [None, Some(28)]);
}

#[tokio::test]
async fn what_is_contended_or_refused_together_is_tried_one_by_one() {
    let world = world(9, 1);
    let callers = world.submit([1, 2, CONTENDED, 3]).await;
    world.allowed.add_permits(10);
    assert_eq!(numbers(&answers(callers).await), [2, 4, 38, 6].map(Some));
    assert_eq!(world.seen(), [vec![1], vec![2, CONTENDED, 3], vec![2], vec![CONTENDED], vec![3]]);

    let callers = world.submit([1, 2, REFUSED]).await;
    let answers = answers(callers).await;
    assert!(matches!(answers[2], Err(StoreError::Refused(_))), "{answers:?}");
    assert_eq!(numbers(&answers), [Some(2), Some(4), None]);
}

#[tokio::test]
async fn one_that_is_refused_alone_is_not_tried_again() {
    let world = world(9, 1);
    let callers = world.submit([REFUSED]).await;
    world.allowed.add_permits(10);
    assert!(matches!(answers(callers).await[0], Err(StoreError::Refused(_))));
    assert_eq!(world.seen(), [[REFUSED]]);
}

#[tokio::test]
async fn a_store_that_is_away_is_said_to_all_who_wait() {
    let world = world(2, 1);
    let callers = world.submit([AWAY, 1, 2, 3, 4, 5]).await;
    world.allowed.add_permits(1);
    for answer in answers(callers).await {
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    }
    assert_eq!(world.seen(), [[AWAY]]);
}

#[tokio::test]
async fn a_batch_that_takes_long_does_not_keep_the_next_one_waiting() {
    let world = world(9, 1);
    let mut callers = world.submit([STUCK, 1, 2]).await;
    world.allowed.add_permits(10);
    settle_down().await;
    assert_eq!(world.seen(), [[STUCK]], "for a while it does");
    world.patience.add_permits(1);
    let stuck = callers.remove(0);
    assert_eq!(numbers(&answers(callers).await), [Some(2), Some(4)]);
    assert!(!stuck.is_finished());
    stuck.abort();
}
