//! Giving claims back that were not used, those that come together in one write.

use crate::batches::{Batched, Batches};
use crate::ports::{Clock, DeliveryQueue, StoreError, UnusedClaim};
use async_trait::async_trait;
use std::sync::Arc;

/// Most claims in one write.
const MOST: usize = 256;

/// Where attempts that are not made give their claims back. When one may not begin, others of its webhook most often may
/// not either, and a write for each would keep the store from everything else.
#[derive(Clone)]
pub(super) struct UnusedClaims(Batches<Queue>);

struct Queue(Arc<dyn DeliveryQueue>);

impl UnusedClaims {
    pub(super) fn of(queue: Arc<dyn DeliveryQueue>, clock: Arc<dyn Clock>) -> Self {
        Self(Batches::new(Queue(queue), clock, MOST, 1))
    }

    /// Gives one back. If that fails it ends with its lease.
    pub(super) async fn give_back(&self, claim: UnusedClaim) {
        if let Err(error) = self.0.submit(claim).await {
            tracing::warn!(%error, "giving a claim back failed; it ends with its lease");
        }
    }
}

#[async_trait]
impl Batched for Queue {
    type Asked = UnusedClaim;
    type Done = ();

    async fn together(&self, claims: Vec<UnusedClaim>) -> Result<Vec<()>, StoreError> {
        let done = vec![(); claims.len()];
        self.0.release(claims).await.map(|()| done)
    }

    async fn alone(&self, claim: UnusedClaim) -> Result<(), StoreError> {
        self.0.release(vec![claim]).await
    }
}
