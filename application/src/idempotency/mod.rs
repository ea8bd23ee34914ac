//! Carrying out a request once, however often it is sent.
//!
//! The answer is kept by the unit of work that it answers for: they are committed together, so that no crash
//! can leave one without the other. Whoever comes second to keep an answer under a key drops what it has done
//! and gives the first answer. A refusal changed nothing; its answer is kept afterwards, in a unit of work of
//! its own, and a crash in between only means that the request is judged anew.

#[cfg(test)]
mod tests;

use crate::ports::{Clock, Directory, Store, StoreError};
use crate::prepared::{Pending, Prepared};
use slotflow_domain::idempotency::{
    Answer, IdempotencyKey, KeptAnswer, Precedent, RequestDigest, is_kept, precedent,
};
use slotflow_domain::{OrganizationId, Timestamp};
use std::sync::Arc;

/// Runs use cases once per key.
#[derive(Clone)]
pub struct Idempotency {
    /// Where answers are kept.
    pub store: Arc<dyn Store>,
    /// Where they are looked for first.
    pub directory: Arc<dyn Directory>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// A request with an idempotency key.
#[derive(Clone, Debug)]
pub struct KeyedRequest {
    /// Whose request it is.
    pub organization_id: OrganizationId,
    /// Its key.
    pub key: IdempotencyKey,
    /// What it asks for.
    pub digest: RequestDigest,
}

/// What a use case came to, as its client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered<R> {
    /// What the client gets.
    pub response: R,
    /// The same, as it is kept. Kept only if [`is_kept`] says so.
    pub answer: Answer,
}

/// What became of a request under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Once<R> {
    /// It was carried out, now.
    Now(R),
    /// It was carried out before: this was the answer.
    Before(Answer),
    /// The key belongs to another request; nothing was done.
    Conflict,
}

impl Idempotency {
    /// Carries out `change` unless the key has an answer already.
    ///
    /// `render` says what the client is told of its outcome. After a success that is committed together with
    /// the change; after one that cannot be kept nothing is committed.
    pub async fn run<T, E, R>(
        &self,
        request: &KeyedRequest,
        change: impl Future<Output = Result<Prepared<T>, E>>,
        render: impl FnOnce(Result<T, E>) -> Rendered<R>,
    ) -> Result<Once<R>, StoreError> {
        let kept = self.directory.kept_answer(request.organization_id, request.key.clone()).await?;
        if let Some(once) = Once::of_precedent(precedent(kept, request.digest, self.clock.now())) {
            return Ok(once);
        }
        let (rendered, pending) = match change.await {
            Ok(prepared) => {
                let (result, pending) = prepared.into_parts();
                (render(Ok(result)), Some(pending))
            }
            Err(refusal) => (render(Err(refusal)), None),
        };
        if !is_kept(rendered.answer.status) {
            return Ok(Once::Now(rendered.response));
        }
        match pending {
            Some(pending) => self.finish(request, rendered, pending).await,
            // It may have been refused for what the same request did meanwhile, whose answer then shows here.
            None => self.finish(request, rendered, Pending::unchanged(self.store.begin().await?)).await,
        }
    }

    /// Commits what is pending together with its answer, unless somebody else was first.
    async fn finish<R>(
        &self,
        request: &KeyedRequest,
        Rendered { response, answer }: Rendered<R>,
        mut pending: Pending,
    ) -> Result<Once<R>, StoreError> {
        let now = self.clock.now();
        match pending.work.keep_answer(&request.answered(answer, now)).await? {
            None => {
                pending.commit().await?;
                Ok(Once::Now(response))
            }
            first => {
                // The store has judged it at the same moment: it counts.
                Once::of_precedent(precedent(first, request.digest, now))
                    .ok_or_else(|| StoreError::corrupt("an expired answer was not replaced"))
            }
        }
    }
}

impl KeyedRequest {
    fn answered(&self, answer: Answer, answered_at: Timestamp) -> KeptAnswer {
        KeptAnswer {
            organization_id: self.organization_id,
            key: self.key.clone(),
            request: self.digest,
            answer,
            answered_at,
        }
    }
}

impl<R> Once<R> {
    /// What a precedent makes of a request; nothing if there is none.
    fn of_precedent(precedent: Precedent) -> Option<Self> {
        match precedent {
            Precedent::None => None,
            Precedent::Same(answer) => Some(Self::Before(answer)),
            Precedent::Other => Some(Self::Conflict),
        }
    }
}
