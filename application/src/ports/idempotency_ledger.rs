//! Keeping first answers.

use super::StoreError;
use async_trait::async_trait;
use slotflow_domain::idempotency::KeptAnswer;

/// The first answers to requests under idempotency keys, within a unit of work.
#[async_trait]
pub trait IdempotencyLedger {
    /// Keeps an answer, in place of one that has expired by then
    /// ([`expired_at`](slotflow_domain::idempotency::expired_at)). If there is one that counts, nothing is
    /// written and that one is returned: somebody was first, and this unit of work must not be committed.
    ///
    /// Whoever keeps an answer under the same key at the same time waits until this unit of work ends, so that
    /// of any number exactly one is committed. Of all locks this is the last: nothing else is locked behind it.
    async fn keep_answer(&mut self, answer: &KeptAnswer) -> Result<Option<KeptAnswer>, StoreError>;
}
