//! An event that somebody wants to publish.

use super::{BadEventData, Event, EventData, EventType, NotAnEventType, Payload, Sequence, TraceContext};
use crate::{EventId, OrganizationId, Timestamp};
use serde::Serialize;

/// What happened, before it has an identifier and a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    event_type: EventType,
    data: EventData,
    trace_context: Option<TraceContext>,
}

/// What no event can be made of.
#[derive(Debug, thiserror::Error)]
pub enum NotAnEvent {
    /// The name of its type is none.
    #[error("an event type {0}")]
    Type(#[from] NotAnEventType),
    /// Its data is none.
    #[error(transparent)]
    Data(#[from] BadEventData),
}

impl NewEvent {
    /// An event of the type with this name. Its data is whatever serde can write as a JSON object.
    ///
    /// # Errors
    /// A name that is not dotted; data that is not an object, is too large or too deep, or holds U+0000.
    pub fn new(name: &str, data: &(impl Serialize + ?Sized)) -> Result<Self, NotAnEvent> {
        Ok(Self::of(EventType::parse(name)?, EventData::of(data)?))
    }

    /// An event of this type that says this.
    pub const fn of(event_type: EventType, data: EventData) -> Self {
        Self { event_type, data, trace_context: None }
    }

    /// The same event, as caused by what is being traced there.
    #[must_use]
    pub fn caused_by(self, trace_context: TraceContext) -> Self {
        Self { trace_context: Some(trace_context), ..self }
    }

    /// What kind of thing happened.
    pub const fn event_type(&self) -> &EventType {
        &self.event_type
    }

    /// What it says.
    pub const fn data(&self) -> &EventData {
        &self.data
    }

    /// The event, about no booking. Whether a catalogue has it is for [`EventCatalog::check`](super::EventCatalog::check)
    /// to say.
    pub fn happened(self, id: EventId, organization_id: OrganizationId, now: Timestamp) -> Event {
        self.happened_before(id, organization_id, now, now)
    }

    /// The same for one that is told of `now` and happened earlier: receivers are told when that was, everything else is
    /// counted from now.
    pub(super) fn happened_before(
        self,
        id: EventId,
        organization_id: OrganizationId,
        happened_at: Timestamp,
        now: Timestamp,
    ) -> Event {
        Event {
            id,
            organization_id,
            payload: Payload::of_data(&self.event_type, happened_at, &self.data),
            event_type: self.event_type,
            booking_id: None,
            sequence: Sequence(1),
            created_at: now,
            trace_context: self.trace_context,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use uuid::Uuid;

    #[test]
    fn the_payload_has_the_members_of_every_other_and_the_data_as_it_was_given() {
        let now = Timestamp::parse_rfc3339("2026-03-10T14:05:00Z").unwrap();
        let organization_id = OrganizationId::new(Uuid::from_u128(1));
        let data = EventData::parse(r#"{"total":  12.50,"id":18446744073709551616}"#).unwrap();
        let event = NewEvent::of(EventType::parse("order.paid").unwrap(), data);
        let event = event.happened(EventId::new(Uuid::from_u128(2)), organization_id, now);
        assert_eq!(
            String::from_utf8_lossy(event.payload.as_bytes()),
            r#"{"event":"order.paid","created_at":"2026-03-10T14:05:00.000Z","data":{"total":  12.50,"id":18446744073709551616}}"#
        );
        assert_eq!((event.booking_id, event.sequence), (None, Sequence(1)));
    }

    #[test]
    fn what_is_no_event_is_refused_in_words() {
        let refused = |name: &str, data| NewEvent::new(name, &data).unwrap_err().to_string();
        assert!(refused("paid", json!({})).starts_with("an event type must be a dotted name"));
        assert_eq!(refused("order.paid", json!([])), "the data must be an object");
    }
}
