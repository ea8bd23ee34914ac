//! What happened, and what became of it.

use super::{DEFAULT_PAGE, DeliveryRecord, ListPosition, StoreError};
use async_trait::async_trait;
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::event::{EventType, Payload, Sequence};
use slotflow_domain::{BookingId, EventId, OrganizationId, Timestamp};

/// Which events to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventFilter {
    /// Only those of this type.
    pub event_type: Option<EventType>,
    /// Only those of this booking.
    pub booking_id: Option<BookingId>,
    /// Only those of this moment or later.
    pub created_from: Option<Timestamp>,
    /// Only those of this moment or earlier.
    pub created_until: Option<Timestamp>,
    /// Only those listed after this one: where the last page ended.
    pub after: Option<ListPosition<EventId>>,
    /// How many at the most: 50 unless said.
    pub limit: u32,
}

impl Default for EventFilter {
    /// The first of all.
    fn default() -> Self {
        Self {
            event_type: None,
            booking_id: None,
            created_from: None,
            created_until: None,
            after: None,
            limit: DEFAULT_PAGE,
        }
    }
}

/// A part of a list of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPage {
    /// The events, newest first, those that no webhook wanted included.
    pub events: Vec<EventRecord>,
    /// Whether there are more behind them.
    pub more: bool,
}

/// An event as the log shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRecord {
    /// Its identifier.
    pub id: EventId,
    /// What happened.
    pub event_type: EventType,
    /// The booking it happened to.
    pub booking_id: Option<BookingId>,
    /// Its place among its booking's events.
    pub sequence: Sequence,
    /// When it happened.
    pub created_at: Timestamp,
    /// How many of its deliveries are where.
    pub delivery_counts: DeliveryCounts,
}

impl EventRecord {
    /// Its place in the list.
    pub const fn position(&self) -> ListPosition<EventId> {
        ListPosition { created_at: self.created_at, id: self.id }
    }
}

/// How many deliveries have which status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliveryCounts([u64; DeliveryStatus::ALL.len()]);

impl DeliveryCounts {
    /// How many have this status.
    pub fn of(&self, status: DeliveryStatus) -> u64 {
        let counted = DeliveryStatus::ALL.iter().zip(self.0).find(|(it, _)| **it == status);
        counted.map_or(0, |(_, count)| count)
    }

    /// Counts so many more with this status.
    pub fn add(&mut self, status: DeliveryStatus, count: u64) {
        for (_, counted) in DeliveryStatus::ALL.iter().zip(&mut self.0).filter(|(it, _)| **it == status) {
            *counted = counted.saturating_add(count);
        }
    }

    /// How many there are.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// An event with what it sends and where that went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventDetail {
    /// The event.
    pub event: EventRecord,
    /// The exact bytes of it.
    pub payload: Payload,
    /// Its deliveries, newest first, [`EventDetail::MOST_DELIVERIES`] at the most.
    pub deliveries: Vec<DeliveryRecord>,
}

impl EventDetail {
    /// How many deliveries are shown with their event: 1,000. The counts tell of all, and the list of deliveries
    /// shows the others.
    pub const MOST_DELIVERIES: u32 = 1_000;
}

/// The read side of events. What belongs to another organization is not there.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait EventLog: Send + Sync {
    /// The organization's events that pass the filter.
    async fn events(
        &self,
        organization_id: OrganizationId,
        filter: EventFilter,
    ) -> Result<EventPage, StoreError>;

    /// One of them, with its payload and deliveries.
    async fn event(
        &self,
        organization_id: OrganizationId,
        id: EventId,
    ) -> Result<Option<EventDetail>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_is_counted_for_itself() {
        let mut counts = DeliveryCounts::default();
        for (count, status) in (1..).zip(DeliveryStatus::ALL) {
            counts.add(status, count);
            counts.add(status, 10);
        }
        for (count, status) in (11..).zip(DeliveryStatus::ALL) {
            assert_eq!(counts.of(status), count, "{status}");
        }
        assert_eq!(counts.total(), 11 + 12 + 13 + 14 + 15 + 16);
    }
}
