//! Reading what happened.

use super::MemoryStore;
use super::log::record;
use super::state::State;
use async_trait::async_trait;
use slotflow_application::ports::{
    DeliveryCounts, EventDetail, EventFilter, EventLog, EventPage, EventRecord, ListPosition, StoreError,
};
use slotflow_domain::delivery::Delivery;
use slotflow_domain::{Event, EventId, OrganizationId};
use std::cmp::Reverse;

#[async_trait]
impl EventLog for MemoryStore {
    async fn events(
        &self,
        organization_id: OrganizationId,
        filter: EventFilter,
    ) -> Result<EventPage, StoreError> {
        let state = self.state();
        let passes = |event: &&Event| event.organization_id == organization_id && passes(&filter, event);
        let mut events: Vec<_> = state.events.values().map(|it| &**it).filter(passes).collect();
        events.sort_by_key(|event| Reverse((event.created_at, event.id)));
        let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
        let more = events.len() > limit;
        Ok(EventPage { events: events.into_iter().take(limit).map(|it| show(&state, it)).collect(), more })
    }

    async fn event(
        &self,
        organization_id: OrganizationId,
        id: EventId,
    ) -> Result<Option<EventDetail>, StoreError> {
        let state = self.state();
        let Some(event) = state.events.get(&id).filter(|it| it.organization_id == organization_id) else {
            return Ok(None);
        };
        let mut deliveries: Vec<_> =
            deliveries_of(&state, id).map(|it| record(&state, it)).collect::<Result<_, _>>()?;
        deliveries.sort_by_key(|record| Reverse(record.position()));
        deliveries.truncate(EventDetail::MOST_DELIVERIES as usize);
        let payload = event.payload.clone();
        Ok(Some(EventDetail { event: show(&state, event), payload, deliveries }))
    }
}

fn passes(filter: &EventFilter, event: &Event) -> bool {
    let position = ListPosition { created_at: event.created_at, id: event.id };
    filter.after.is_none_or(|after| position < after)
        && filter.event_type.as_ref().is_none_or(|event_type| event.event_type == *event_type)
        && filter.booking_id.is_none_or(|id| event.booking_id == Some(id))
        && filter.created_from.is_none_or(|from| event.created_at >= from)
        && filter.created_until.is_none_or(|until| event.created_at <= until)
}

fn deliveries_of(state: &State, id: EventId) -> impl Iterator<Item = &Delivery> {
    state.deliveries.values().map(|it| &**it).filter(move |delivery| delivery.event_id == id)
}

fn show(state: &State, event: &Event) -> EventRecord {
    let mut delivery_counts = DeliveryCounts::default();
    for delivery in deliveries_of(state, event.id) {
        delivery_counts.add(delivery.progress.state().status(), 1);
    }
    EventRecord {
        id: event.id,
        event_type: event.event_type.clone(),
        booking_id: event.booking_id,
        sequence: event.sequence,
        created_at: event.created_at,
        delivery_counts,
    }
}
