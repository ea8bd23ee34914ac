//! What many callers ask for at the same time, carried out together.

use crate::ports::{Clock, StoreError};
use async_trait::async_trait;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// How long a batch may keep the next one from beginning. What takes longer waits for something that need not
/// concern the next one, such as a lock.
const PATIENCE: Duration = Duration::from_millis(100);

/// What can be carried out for many callers at the cost of one.
#[async_trait]
pub trait Batched: Send + Sync + 'static {
    /// What a caller asks for.
    type Asked: Clone + Send + 'static;
    /// What a caller is answered.
    type Done: Send + 'static;

    /// Carries all of it out, or nothing, and answers each in the order given. It gives up
    /// ([`StoreError::Contended`]) rather than wait for long for what others hold.
    async fn together(&self, asked: Vec<Self::Asked>) -> Result<Vec<Self::Done>, StoreError>;

    /// Carries one out, and waits for others as long as it takes.
    async fn alone(&self, asked: Self::Asked) -> Result<Self::Done, StoreError>;
}

/// Gathers what is asked for while earlier requests are being carried out, so that the busier the store, the more
/// share one trip to it. Nobody waits for a batch to fill: with nothing under way a request is carried out at once,
/// and alone.
///
/// Callers do not pay for each other. A batch that is refused, or that would have to wait for somebody's lock, is
/// carried out one by one, side by side. One that takes long does not keep the next one waiting. A store that is away
/// is said to everybody who waits, at once. Each batch runs on a task of its own, so that a caller that goes away does
/// not take the others' changes with it.
pub struct Batches<B: Batched>(Arc<Shared<B>>);

struct Shared<B: Batched> {
    work: Arc<B>,
    clock: Arc<dyn Clock>,
    most: usize,
    side_by_side: usize,
    waiting: Mutex<Waiting<B>>,
}

struct Waiting<B: Batched> {
    queue: VecDeque<(B::Asked, Caller<B>)>,
    running: usize,
}

/// Who waits for an answer.
type Caller<B> = oneshot::Sender<Result<<B as Batched>::Done, StoreError>>;

/// What is carried out together, and for whom, in the same order.
type Batch<B> = (Vec<<B as Batched>::Asked>, Vec<Caller<B>>);

impl<B: Batched> Clone for Batches<B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<B: Batched> Batches<B> {
    /// Batches of `most` requests at the most. While one is under way the next one begins only once it is full, or after
    /// 100 ms, and only so many of them run side by side: two half batches cost more than one. 0 is taken as 1 of both.
    pub fn new(work: B, clock: Arc<dyn Clock>, most: usize, side_by_side: usize) -> Self {
        Self(Arc::new(Shared {
            work: Arc::new(work),
            clock,
            most: most.max(1),
            side_by_side: side_by_side.max(1),
            waiting: Mutex::new(Waiting { queue: VecDeque::new(), running: 0 }),
        }))
    }

    /// Has a request carried out, with whatever others ask for meanwhile.
    ///
    /// # Errors
    /// The store's. If carrying it out panicked it is broken, and whether the request took effect is not known.
    pub async fn submit(&self, asked: B::Asked) -> Result<B::Done, StoreError> {
        let (caller, answer) = oneshot::channel();
        let begins = {
            let mut waiting = self.0.waiting();
            waiting.queue.push_back((asked, caller));
            let begins = self.0.may_run(&waiting, waiting.running + 1);
            waiting.running += usize::from(begins);
            begins
        };
        if begins {
            tokio::spawn(Arc::clone(&self.0).run());
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::Broken("it came to no end".into())))
    }
}

impl<B: Batched> Shared<B> {
    /// Carries out batches until nothing waits.
    async fn run(self: Arc<Self>) {
        while let Some(batch) = self.next() {
            // On a task of its own, so that a panic ends this batch and nothing else.
            let carried_out = tokio::spawn(Arc::clone(&self).carry_out(batch));
            let enough = self.clock.now() + PATIENCE;
            tokio::select! {
                biased;
                _ = carried_out => {}
                () = self.clock.sleep_until(enough) => {}
            }
        }
    }

    /// The next batch. If there is none whoever asked runs no more, which is said under the same lock: what is asked
    /// for from here on finds that.
    fn next(&self) -> Option<Batch<B>> {
        let mut waiting = self.waiting();
        // Who has gone away wants nothing any more.
        waiting.queue.retain(|(_, caller)| !caller.is_closed());
        if !self.may_run(&waiting, waiting.running) {
            waiting.running -= 1;
            return None;
        }
        let count = waiting.queue.len().min(self.most);
        Some(waiting.queue.drain(..count).unzip())
    }

    /// Whether what waits is enough for so many batches to run: something for one, a whole batch for each other.
    fn may_run(&self, waiting: &Waiting<B>, running: usize) -> bool {
        let enough = if running > 1 { self.most } else { 1 };
        running <= self.side_by_side && waiting.queue.len() >= enough
    }

    async fn carry_out(self: Arc<Self>, (mut asked, callers): Batch<B>) {
        let outcome = match asked.pop_if(|_| callers.len() == 1) {
            Some(only) => self.work.alone(only).await.map(|done| vec![done]),
            None => self.work.together(asked.clone()).await,
        };
        match outcome {
            // Who has gone away does not want it.
            Ok(done) => callers.into_iter().zip(done).for_each(|(caller, done)| drop(caller.send(Ok(done)))),
            Err(error @ StoreError::Unavailable(_)) => {
                let everybody = self.waiting().queue.drain(..).map(|(_, caller)| caller).collect();
                tell(callers, &error);
                tell(everybody, &error);
            }
            // Nothing is left of it if it was asked for alone.
            Err(error) if asked.is_empty() => tell(callers, &error),
            Err(error) => {
                tracing::warn!(%error, requests = asked.len(), "together it failed; carrying it out one by one");
                for (one, caller) in asked.into_iter().zip(callers) {
                    let work = Arc::clone(&self.work);
                    tokio::spawn(async move { caller.send(work.alone(one).await) });
                }
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<B>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tell<Done>(callers: Vec<oneshot::Sender<Result<Done, StoreError>>>, error: &StoreError) {
    for caller in callers {
        let _ = caller.send(Err(error.for_another()));
    }
}

#[cfg(test)]
mod tests;
