//! Whether webhooks are still active, asked before attempts that had to wait.

use crate::ports::{Clock, DeliveryQueue};
use slotflow_domain::{Timestamp, WebhookId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long an answer holds for others that wait at the same webhook. They come by the thousand each second, and would
/// keep their slots while each asks for itself.
const HOLDS: Duration = Duration::from_millis(5);

/// How long after a webhook was disabled or deleted an attempt may still begin that had waited, as an answer from before
/// holds for a moment: 10 ms. Whoever promises that nothing is begun any more waits as long before saying so.
pub const LAST_BEGINNINGS: Duration = HOLDS.saturating_mul(2);

/// Of how many webhooks answers are remembered.
const MOST_KNOWN: usize = 10_000;

/// Asks the store, and remembers for a moment which webhooks were active.
#[derive(Clone)]
pub(super) struct Activity {
    queue: Arc<dyn DeliveryQueue>,
    clock: Arc<dyn Clock>,
    /// When it was heard of a webhook that it is active.
    heard: Arc<Mutex<BTreeMap<WebhookId, Timestamp>>>,
}

impl Activity {
    pub(super) fn of(queue: Arc<dyn DeliveryQueue>, clock: Arc<dyn Clock>) -> Self {
        Self { queue, clock, heard: Arc::default() }
    }

    /// Whether the webhook is active, or was a moment ago. A store that does not say is taken for a no.
    pub(super) async fn is_active(&self, webhook_id: WebhookId) -> bool {
        if self.was_just_now(webhook_id) {
            return true;
        }
        let active = self.queue.is_active(webhook_id).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "asking whether a webhook is active failed");
            false
        });
        let mut heard = self.heard();
        if heard.len() >= MOST_KNOWN {
            heard.clear();
        }
        if active {
            heard.insert(webhook_id, self.clock.now());
        } else {
            heard.remove(&webhook_id);
        }
        active
    }

    /// A clock that has gone back makes no old answer new.
    fn was_just_now(&self, webhook_id: WebhookId) -> bool {
        let now = self.clock.now();
        self.heard().get(&webhook_id).is_some_and(|heard| *heard <= now && now.since(*heard) <= HOLDS)
    }

    fn heard(&self) -> MutexGuard<'_, BTreeMap<WebhookId, Timestamp>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{MockClock, MockDeliveryQueue, StoreError};
    use std::sync::atomic::{AtomicI64, Ordering};
    use uuid::Uuid;

    const WEBHOOK: WebhookId = WebhookId::new(Uuid::from_u128(1));

    /// What there is to hear, in this order, at a clock that can be set.
    fn activity(answers: Vec<Result<bool, StoreError>>) -> (Activity, Arc<AtomicI64>) {
        let millis = Arc::new(AtomicI64::new(1_770_000_000_000));
        let shown = Arc::clone(&millis);
        let mut clock = MockClock::new();
        clock.expect_now().returning(move || Timestamp::from_millis(shown.load(Ordering::Relaxed)).unwrap());
        let mut queue = MockDeliveryQueue::new();
        let count = answers.len();
        let answers = Mutex::new(answers.into_iter());
        queue.expect_is_active().times(count).returning(move |_| answers.lock().unwrap().next().unwrap());
        (Activity::of(Arc::new(queue), Arc::new(clock)), millis)
    }

    #[tokio::test]
    async fn an_answer_holds_for_a_moment() {
        let (activity, millis) = activity(vec![Ok(true), Ok(true), Ok(true), Ok(false)]);
        assert!(activity.is_active(WEBHOOK).await);
        millis.fetch_add(5, Ordering::Relaxed);
        assert!(activity.is_active(WEBHOOK).await, "without asking");
        assert!(activity.is_active(WebhookId::new(Uuid::from_u128(2))).await, "another one is asked about");
        millis.fetch_add(1, Ordering::Relaxed);
        assert!(activity.is_active(WEBHOOK).await);
        millis.fetch_sub(1, Ordering::Relaxed);
        assert!(!activity.is_active(WEBHOOK).await, "the clock has gone back");
    }

    #[tokio::test]
    async fn only_a_yes_is_remembered() {
        let gone = Err(StoreError::Unavailable("gone".into()));
        let (activity, _) = activity(vec![Ok(false), gone, Ok(true)]);
        assert!(!activity.is_active(WEBHOOK).await);
        assert!(!activity.is_active(WEBHOOK).await);
        assert!(activity.is_active(WEBHOOK).await);
        assert!(activity.is_active(WEBHOOK).await, "without asking");
    }
}
