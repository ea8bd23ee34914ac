//! What many callers ask for at the same time, carried out together.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Gathers what is asked for while earlier requests are being carried out, so that the busier the store, the more
/// share one trip to it. Nobody waits for a batch to fill: with nothing under way a request is carried out at once.
///
/// Each batch runs on a task of its own. A caller that goes away does not take the others' changes with it.
pub struct Batches<Asked, Answer>(Arc<Shared<Asked, Answer>>);

struct Shared<Asked, Answer> {
    carry_out: Box<CarryOut<Asked, Answer>>,
    most: usize,
    side_by_side: usize,
    waiting: Mutex<Waiting<Asked, Answer>>,
}

/// Carries a batch out and answers each of it, in its order.
type CarryOut<Asked, Answer> =
    dyn Fn(Vec<Asked>) -> Pin<Box<dyn Future<Output = Vec<Answer>> + Send>> + Send + Sync;

struct Waiting<Asked, Answer> {
    queue: VecDeque<(Asked, oneshot::Sender<Answer>)>,
    running: usize,
}

impl<Asked, Answer> Clone for Batches<Asked, Answer> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<Asked: Send + 'static, Answer: Send + 'static> Batches<Asked, Answer> {
    /// Batches of `most` requests at the most, so many of them side by side.
    pub fn new<F, B>(most: usize, side_by_side: usize, carry_out: F) -> Self
    where
        F: Fn(Vec<Asked>) -> B + Send + Sync + 'static,
        B: Future<Output = Vec<Answer>> + Send + 'static,
    {
        Self(Arc::new(Shared {
            carry_out: Box::new(move |batch| Box::pin(carry_out(batch))),
            most: most.max(1),
            side_by_side: side_by_side.max(1),
            waiting: Mutex::new(Waiting { queue: VecDeque::new(), running: 0 }),
        }))
    }

    /// Has a request carried out, with whatever others ask for meanwhile. Nothing if its batch came to no end, as
    /// carrying it out panicked: whether it took effect is not known then.
    pub async fn submit(&self, asked: Asked) -> Option<Answer> {
        let (sender, answer) = oneshot::channel();
        let begins = {
            let mut waiting = self.0.waiting();
            waiting.queue.push_back((asked, sender));
            let begins = waiting.running < self.0.side_by_side;
            waiting.running += usize::from(begins);
            begins
        };
        if begins {
            tokio::spawn(Arc::clone(&self.0).run());
        }
        answer.await.ok()
    }
}

impl<Asked: Send + 'static, Answer: Send + 'static> Shared<Asked, Answer> {
    /// Carries out batches until nothing waits.
    async fn run(self: Arc<Self>) {
        while let Some((batch, callers)) = self.next() {
            // On a task of its own, so that a panic ends this batch and nothing else.
            let shared = Arc::clone(&self);
            let carried_out = tokio::spawn(async move { (shared.carry_out)(batch).await });
            let Ok(answers) = carried_out.await else { continue };
            for (caller, answer) in callers.into_iter().zip(answers) {
                // Who has gone away does not want it.
                let _ = caller.send(answer);
            }
        }
    }

    /// The next batch. If there is none whoever asked runs no more, which is said under the same lock: what is asked
    /// for from here on finds that.
    fn next(&self) -> Option<(Vec<Asked>, Vec<oneshot::Sender<Answer>>)> {
        let mut waiting = self.waiting();
        // Who has gone away wants nothing any more.
        waiting.queue.retain(|(_, caller)| !caller.is_closed());
        let count = waiting.queue.len().min(self.most);
        if count == 0 {
            waiting.running -= 1;
            return None;
        }
        Some(waiting.queue.drain(..count).unzip())
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<Asked, Answer>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::Semaphore;

    /// The batches that were carried out.
    type Seen = Arc<Mutex<Vec<Vec<u32>>>>;

    /// Doubles numbers once it is allowed to, and notes the batches. Panics at 13.
    fn doubling(most: usize, side_by_side: usize) -> (Batches<u32, u32>, Arc<Semaphore>, Seen) {
        let (allowed, batches) = (Arc::new(Semaphore::new(0)), Arc::new(Mutex::new(Vec::new())));
        let (permits, seen) = (Arc::clone(&allowed), Arc::clone(&batches));
        let group = Batches::new(most, side_by_side, move |batch: Vec<u32>| {
            let permits = Arc::clone(&permits);
            seen.lock().unwrap().push(batch.clone());
            async move {
                permits.acquire().await.unwrap().forget();
                assert!(!batch.contains(&13));
                batch.iter().map(|number| number * 2).collect()
            }
        });
        (group, allowed, batches)
    }

    fn submit(group: &Batches<u32, u32>, number: u32) -> tokio::task::JoinHandle<Option<u32>> {
        let group = group.clone();
        tokio::spawn(async move { group.submit(number).await })
    }

    async fn settle_down() {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn what_is_asked_for_meanwhile_shares_the_next_batch_and_each_gets_its_own_answer() {
        let (group, allowed, batches) = doubling(3, 1);
        let mut callers = Vec::new();
        for number in 1..=5 {
            callers.push(submit(&group, number));
            settle_down().await;
        }
        allowed.add_permits(10);
        for (number, caller) in (1..=5).zip(callers) {
            assert_eq!(caller.await.unwrap(), Some(number * 2));
        }
        assert_eq!(*batches.lock().unwrap(), [vec![1], vec![2, 3, 4], vec![5]]);
        assert_eq!(group.submit(6).await, Some(12), "it begins again after it had ended");
    }

    #[tokio::test]
    async fn so_many_batches_run_side_by_side() {
        let (group, allowed, batches) = doubling(9, 2);
        let mut callers = Vec::new();
        for number in 1..=4 {
            callers.push(submit(&group, number));
            settle_down().await;
        }
        assert_eq!(*batches.lock().unwrap(), [vec![1], vec![2]]);
        allowed.add_permits(10);
        for caller in callers {
            assert!(caller.await.unwrap().is_some());
        }
        assert_eq!(batches.lock().unwrap().len(), 3);
    }

    #[tokio::test]
    async fn a_caller_that_goes_away_costs_the_others_nothing() {
        let (group, allowed, _) = doubling(9, 1);
        let gone = submit(&group, 1);
        settle_down().await;
        let other = submit(&group, 2);
        settle_down().await;
        gone.abort();
        allowed.add_permits(10);
        assert_eq!(other.await.unwrap(), Some(4));
    }

    #[tokio::test]
    async fn a_panic_ends_its_batch_and_nothing_else() {
        let (group, allowed, _) = doubling(1, 1);
        allowed.add_permits(10);
        let (bad, good) = (submit(&group, 13), submit(&group, 14));
        assert_eq!((bad.await.unwrap(), good.await.unwrap()), (None, Some(28)));
    }
}
