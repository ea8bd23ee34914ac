//! Keeping first answers.

use super::state::update;
use super::unit_of_work::MemoryUnitOfWork;
use async_trait::async_trait;
use slotflow_application::ports::{IdempotencyLedger, StoreError};
use slotflow_domain::idempotency::{KeptAnswer, expired_at};

#[async_trait]
impl IdempotencyLedger for MemoryUnitOfWork {
    async fn keep_answer(&mut self, answer: &KeptAnswer) -> Result<Option<KeptAnswer>, StoreError> {
        let expired_at = expired_at(answer.answered_at);
        let key = (answer.organization_id, answer.key.clone());
        if let Some(first) = self.0.state.answers.get(&key).filter(|kept| kept.answered_at > expired_at) {
            return Ok(Some(KeptAnswer::clone(first)));
        }
        self.check_organization(answer.organization_id)?;
        update(&mut self.0.state.answers, key, answer.clone());
        Ok(None)
    }
}
