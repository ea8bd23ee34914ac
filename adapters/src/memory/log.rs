//! Reading what became of deliveries.

use super::MemoryStore;
use super::state::State;
use async_trait::async_trait;
use slotflow_application::ports::{
    AttemptLog, DeliveryFilter, DeliveryLog, DeliveryPage, DeliveryRecord, StoreError,
};
use slotflow_domain::delivery::{Delivery, DeliveryState};
use slotflow_domain::{DeliveryId, OrganizationId};
use std::cmp::Reverse;

#[async_trait]
impl DeliveryLog for MemoryStore {
    async fn deliveries(
        &self,
        organization_id: OrganizationId,
        filter: DeliveryFilter,
    ) -> Result<DeliveryPage, StoreError> {
        let mut deliveries = passing(&self.state(), organization_id, &filter)?;
        deliveries.sort_by_key(|record| Reverse(record.position()));
        let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
        let more = deliveries.len() > limit;
        deliveries.truncate(limit);
        Ok(DeliveryPage { deliveries, more })
    }

    async fn count(
        &self,
        organization_id: OrganizationId,
        filter: DeliveryFilter,
    ) -> Result<u64, StoreError> {
        let all = passing(&self.state(), organization_id, &filter)?.len();
        Ok(u64::try_from(all).unwrap_or(u64::MAX).min(filter.limit.into()))
    }

    async fn delivery(
        &self,
        organization_id: OrganizationId,
        id: DeliveryId,
    ) -> Result<Option<AttemptLog>, StoreError> {
        let state = self.state();
        let delivery = state.deliveries.get(&id).filter(|it| it.organization_id == organization_id);
        delivery
            .map(|delivery| {
                let attempts = state.attempts_of(id).cloned().collect();
                let event = state.events.get(&delivery.event_id);
                let event = event.ok_or_else(|| StoreError::corrupt("a delivery without its event"))?;
                Ok(AttemptLog {
                    delivery: record(&state, delivery)?,
                    attempts,
                    sequence: event.sequence,
                    payload: event.payload.clone(),
                })
            })
            .transpose()
    }
}

/// The organization's deliveries that pass the filter, however many, in no order.
fn passing(
    state: &State,
    organization_id: OrganizationId,
    filter: &DeliveryFilter,
) -> Result<Vec<DeliveryRecord>, StoreError> {
    let ours = state.deliveries.values().filter(|it| it.organization_id == organization_id);
    let mut deliveries: Vec<_> = ours.map(|it| record(state, it)).collect::<Result<_, _>>()?;
    deliveries.retain(|record| passes(filter, record));
    Ok(deliveries)
}

fn passes(filter: &DeliveryFilter, record: &DeliveryRecord) -> bool {
    filter.after.is_none_or(|after| record.position() < after)
        && filter.webhook_id.is_none_or(|id| record.webhook_id == id)
        && filter.status.is_none_or(|status| record.status == status)
        && filter.event_type.as_ref().is_none_or(|event_type| record.event_type == *event_type)
        && filter.booking_id.is_none_or(|id| record.booking_id == Some(id))
        && filter.created_from.is_none_or(|from| record.created_at >= from)
        && filter.created_until.is_none_or(|until| record.created_at <= until)
}

pub(super) fn record(state: &State, delivery: &Delivery) -> Result<DeliveryRecord, StoreError> {
    let webhook = state.webhooks.get(&delivery.webhook_id).map(|row| &row.webhook);
    let event = state.events.get(&delivery.event_id);
    let (Some(webhook), Some(event)) = (webhook, event) else {
        return Err(StoreError::corrupt("a delivery without its webhook or event"));
    };
    let progress = &delivery.progress;
    let last = state.attempts_of(delivery.id).next_back().map(|attempt| &attempt.report);
    Ok(DeliveryRecord {
        id: delivery.id,
        webhook_id: delivery.webhook_id,
        url: webhook.url.as_sent().to_owned(),
        event_id: event.id,
        event_type: event.event_type.clone(),
        booking_id: event.booking_id,
        status: progress.state().status(),
        attempt_count: progress.finished_attempts(),
        next_attempt_at: match progress.state() {
            DeliveryState::Pending { due } => Some(due),
            _ => None,
        },
        last_outcome: last.map(|report| report.outcome),
        last_response_status: last.and_then(|report| report.response.as_ref()).map(|answer| answer.status),
        last_error: last.and_then(|report| report.error.clone()),
        retry_of: delivery.retry_of,
        created_at: delivery.created_at,
        completed_at: progress.state().completed_at(),
    })
}
