//! What became of deliveries.

use super::StoreError;
use async_trait::async_trait;
use slotflow_domain::delivery::{Attempt, AttemptNumber, AttemptOutcome, AttemptSubject, DeliveryStatus};
use slotflow_domain::event::{EventType, Payload, Sequence};
use slotflow_domain::{BookingId, DeliveryId, EventId, OrganizationId, Timestamp, WebhookId};

/// How many rows a page of a log has unless it is said, as in the API.
pub const DEFAULT_PAGE: u32 = 50;

/// A place in a list that is ordered by when its rows were made, newest first. What a row is sorted by never
/// changes, so that a list goes on where it was, whatever was added meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListPosition<Id> {
    /// When the row was made.
    pub created_at: Timestamp,
    /// Which of that moment it is.
    pub id: Id,
}

/// Which deliveries to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Only those to this webhook.
    pub webhook_id: Option<WebhookId>,
    /// Only those with this status.
    pub status: Option<DeliveryStatus>,
    /// Only those of events of this type.
    pub event_type: Option<EventType>,
    /// Only those of events of this booking.
    pub booking_id: Option<BookingId>,
    /// Only those created at this moment or later.
    pub created_from: Option<Timestamp>,
    /// Only those created at this moment or earlier.
    pub created_until: Option<Timestamp>,
    /// Only those listed after this one: where the last page ended.
    pub after: Option<ListPosition<DeliveryId>>,
    /// How many at the most: 50 unless said.
    pub limit: u32,
}

impl Default for DeliveryFilter {
    /// The first of all.
    fn default() -> Self {
        Self {
            webhook_id: None,
            status: None,
            event_type: None,
            booking_id: None,
            created_from: None,
            created_until: None,
            after: None,
            limit: DEFAULT_PAGE,
        }
    }
}

/// A part of a list of deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryPage {
    /// The deliveries, newest first.
    pub deliveries: Vec<DeliveryRecord>,
    /// Whether there are more behind them.
    pub more: bool,
}

/// A delivery as the log shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// Its identifier.
    pub id: DeliveryId,
    /// Where it goes.
    pub webhook_id: WebhookId,
    /// The webhook's URL as it is now.
    pub url: String,
    /// What it brings.
    pub event_id: EventId,
    /// The event's type.
    pub event_type: EventType,
    /// The booking the event is about.
    pub booking_id: Option<BookingId>,
    /// Where it is in its life.
    pub status: DeliveryStatus,
    /// How many attempts are over.
    pub attempt_count: u16,
    /// When the next one is due, while it is pending.
    pub next_attempt_at: Option<Timestamp>,
    /// What came of the last attempt.
    pub last_outcome: Option<AttemptOutcome>,
    /// The status of the last answer.
    pub last_response_status: Option<u16>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// The delivery that it repeats.
    pub retry_of: Option<DeliveryId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it came to its end.
    pub completed_at: Option<Timestamp>,
}

impl DeliveryRecord {
    /// Its place in the list.
    pub const fn position(&self) -> ListPosition<DeliveryId> {
        ListPosition { created_at: self.created_at, id: self.id }
    }
}

/// A delivery with its attempts, and what they send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptLog {
    /// The delivery.
    pub delivery: DeliveryRecord,
    /// Its attempts, first to last.
    pub attempts: Vec<Attempt>,
    /// The event's place among its booking's events.
    pub sequence: Sequence,
    /// The bytes that each attempt sends.
    pub payload: Payload,
}

impl AttemptLog {
    /// What the headers of its last attempt that is over tell, or those of the first before there is one.
    pub fn last_subject(&self) -> AttemptSubject<'_> {
        AttemptSubject {
            delivery_id: self.delivery.id,
            event_id: self.delivery.event_id,
            event_type: &self.delivery.event_type,
            sequence: self.sequence,
            attempt: AttemptNumber::after(self.delivery.attempt_count.saturating_sub(1)),
        }
    }
}

/// The read side of deliveries. What belongs to another organization is not there.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait DeliveryLog: Send + Sync {
    /// The organization's deliveries that pass the filter.
    async fn deliveries(
        &self,
        organization_id: OrganizationId,
        filter: DeliveryFilter,
    ) -> Result<DeliveryPage, StoreError>;

    /// How many of them pass the filter, counted no further than its limit. What that costs goes with the limit, and
    /// not with how many there are.
    async fn count(&self, organization_id: OrganizationId, filter: DeliveryFilter)
    -> Result<u64, StoreError>;

    /// One of them, with its attempts.
    async fn delivery(
        &self,
        organization_id: OrganizationId,
        id: DeliveryId,
    ) -> Result<Option<AttemptLog>, StoreError>;
}
