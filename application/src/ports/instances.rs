//! This process among those that share a store.

use super::StoreError;
use async_trait::async_trait;
use slotflow_domain::instance::InstanceNumber;

/// This process as one instance among those that share a store: which number its claims carry, and which of the others are
/// dead.
///
/// It makes things quicker and nothing else. Where nobody is enrolled, or nobody is ever found dead, what a dead process
/// held returns when its leases end.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Instances: Send + Sync {
    /// The number of this process, for its claims; none if it is not enrolled. Asked for each claim.
    fn own(&self) -> Option<InstanceNumber>;

    /// Who counts as dead at this moment, as [`Watch`](slotflow_domain::instance::Watch) says: never this process. Asked
    /// before each claim, and answered from memory. Whoever is found dead rings as new work does
    /// ([`DeliveryQueue::woken`](super::DeliveryQueue::woken)).
    fn dead(&self) -> Vec<InstanceNumber>;

    /// Forgets dead instances, once nothing is left under their claims. They are named as dead no more.
    async fn forget(&self, dead: Vec<InstanceNumber>) -> Result<(), StoreError>;
}

/// A process that is known to nobody and knows nobody: there are only leases.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoInstances;

#[async_trait]
impl Instances for NoInstances {
    fn own(&self) -> Option<InstanceNumber> {
        None
    }

    fn dead(&self) -> Vec<InstanceNumber> {
        Vec::new()
    }

    async fn forget(&self, _: Vec<InstanceNumber>) -> Result<(), StoreError> {
        Ok(())
    }
}
