//! A change that is ready to be committed.

use crate::Published;
use crate::ports::{StoreError, UnitOfWork};

/// What a use case has done within a unit of work that is not committed yet, and its result. Dropping it undoes
/// all of it.
///
/// That is how a change can be committed together with something that only its result allows to write: the
/// answer that is kept under an idempotency key.
#[must_use = "nothing has happened before it is committed"]
pub struct Prepared<T> {
    result: T,
    pending: Pending,
}

/// A [`Prepared`] change without its result.
#[must_use = "nothing has happened before it is committed"]
pub struct Pending {
    pub(crate) work: Box<dyn UnitOfWork>,
    afterwards: Option<Box<dyn FnOnce() + Send>>,
}

impl<T> Prepared<T> {
    /// A change that publishes nothing.
    pub fn new(work: Box<dyn UnitOfWork>, result: T) -> Self {
        Self { result, pending: Pending::unchanged(work) }
    }

    /// A change with its event.
    pub fn publishing(work: Box<dyn UnitOfWork>, result: T, published: Published) -> Self {
        Self::followed_by(work, result, move || published.committed())
    }

    /// A change, and what is to be done once it is committed.
    pub fn followed_by(
        work: Box<dyn UnitOfWork>,
        result: T,
        afterwards: impl FnOnce() + Send + 'static,
    ) -> Self {
        Self { result, pending: Pending { work, afterwards: Some(Box::new(afterwards)) } }
    }

    /// Makes the change durable, and does what follows: first attempts of what it published begin.
    pub async fn commit(self) -> Result<T, StoreError> {
        let (result, pending) = self.into_parts();
        pending.commit().await?;
        Ok(result)
    }

    /// The result, and what is left to be committed.
    pub fn into_parts(self) -> (T, Pending) {
        (self.result, self.pending)
    }
}

impl Pending {
    /// A unit of work in which nothing was changed yet.
    pub fn unchanged(work: Box<dyn UnitOfWork>) -> Self {
        Self { work, afterwards: None }
    }

    /// Makes the change durable, and does what follows: first attempts of what it published begin.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.work.commit().await?;
        if let Some(afterwards) = self.afterwards {
            afterwards();
        }
        Ok(())
    }
}
