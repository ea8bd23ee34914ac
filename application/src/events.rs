//! What happened.

use crate::ports::{EventDetail, EventFilter, EventLog, EventPage, StoreError};
use slotflow_domain::{EventId, OrganizationId};
use std::sync::Arc;

/// Looking into events.
#[derive(Clone)]
pub struct Events {
    /// Where they are read.
    pub log: Arc<dyn EventLog>,
}

impl Events {
    /// The organization's events that pass the filter, newest first.
    pub async fn list(
        &self,
        organization_id: OrganizationId,
        filter: EventFilter,
    ) -> Result<EventPage, StoreError> {
        self.log.events(organization_id, filter).await
    }

    /// One of them, with its payload and deliveries.
    pub async fn get(
        &self,
        organization_id: OrganizationId,
        id: EventId,
    ) -> Result<Option<EventDetail>, StoreError> {
        self.log.event(organization_id, id).await
    }
}
