//! What became of deliveries.

use crate::ports::{AttemptLog, DeliveryFilter, DeliveryLog, DeliveryPage, StoreError};
use slotflow_domain::{DeliveryId, OrganizationId};
use std::sync::Arc;

/// Looking into deliveries.
#[derive(Clone)]
pub struct Deliveries {
    /// Where they are read.
    pub log: Arc<dyn DeliveryLog>,
}

impl Deliveries {
    /// The organization's deliveries that pass the filter, newest first.
    pub async fn list(
        &self,
        organization_id: OrganizationId,
        filter: DeliveryFilter,
    ) -> Result<DeliveryPage, StoreError> {
        self.log.deliveries(organization_id, filter).await
    }

    /// How many of them pass the filter, counted no further than its limit.
    pub async fn count(
        &self,
        organization_id: OrganizationId,
        filter: DeliveryFilter,
    ) -> Result<u64, StoreError> {
        self.log.count(organization_id, filter).await
    }

    /// One of them, with its attempts.
    pub async fn get(
        &self,
        organization_id: OrganizationId,
        id: DeliveryId,
    ) -> Result<Option<AttemptLog>, StoreError> {
        self.log.delivery(organization_id, id).await
    }
}
