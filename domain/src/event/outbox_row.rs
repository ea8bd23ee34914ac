//! An event that somebody wrote into the outbox table in plain SQL.

use super::{BadEventData, EventCatalog, EventData, EventRefused, EventType, NewEvent, NotAnEventType};
use crate::json_text::JsonFlaw;
use crate::{Event, EventId, OrganizationId, Timestamp};
use std::fmt;
use std::time::Duration;
use uuid::Uuid;

/// Where a row stands in the outbox table. Later rows have greater positions, and none is given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutboxPosition(i64);

impl OutboxPosition {
    /// A position, as a store counts them.
    pub const fn new(position: i64) -> Self {
        Self(position)
    }

    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The position right before this one.
    #[must_use]
    pub const fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl fmt::Display for OutboxPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A row of the table `outbox`, as it was written in plain SQL; what it asks for is an [`OutboxEvent`]. Nothing in it is
/// believed yet. `Debug` does not show what it says.
#[derive(Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Where it stands.
    pub position: OutboxPosition,
    /// Whose event it is to be: a UUID in any of its spellings.
    pub organization_id: String,
    /// What kind of event it is to be.
    pub event_type: String,
    /// What the event is to say, or the beginning of it: [`DATA_TO_READ`](Self::DATA_TO_READ) bytes are enough.
    pub data: Vec<u8>,
    /// When it was written, in ms since 1970.
    pub created_at: i64,
}

/// What a row of the table `outbox` ([`OutboxRow`]) asks for, once it was read and judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEvent {
    /// Whose event it is. Whether there is such an organization, only a store can say.
    pub organization_id: OrganizationId,
    /// The event.
    pub event: NewEvent,
    /// When it happened.
    pub happened_at: Timestamp,
}

impl OutboxEvent {
    /// The event as it is accepted `now`: its payload says when it happened, and what is counted is counted from now.
    pub fn accepted(self, id: EventId, now: Timestamp) -> Event {
        self.event.happened_before(id, self.organization_id, self.happened_at, now)
    }
}

/// Why an outbox row is no event. Its text is stored beside the row.
#[derive(Debug, thiserror::Error)]
pub enum OutboxRowRefused {
    /// It names no organization.
    #[error("organization_id must be a UUID")]
    NotAnOrganization,
    /// It names one that does not exist.
    #[error("there is no organization {0}")]
    UnknownOrganization(OrganizationId),
    /// The name of its type is none.
    #[error("event_type {0}")]
    Type(#[from] NotAnEventType),
    /// Its data is none.
    #[error(transparent)]
    Data(#[from] BadEventData),
    /// Its data is no text.
    #[error("the data is not UTF-8")]
    NotText,
    /// Its time is none.
    #[error("created_at must be a time in ms since 1970")]
    Time,
    /// The catalogue does not have such an event.
    #[error(transparent)]
    Catalog(#[from] EventRefused),
    /// The schema of its type panicked over it.
    #[error("the schema of its type failed")]
    SchemaFailed,
    /// The store would not take the event, for a reason that the rules do not know.
    #[error("the store refused the event")]
    Store,
}

impl OutboxRowRefused {
    /// How long a row is left to others whose catalogue may have what this one has not: a minute, in which each of them looks
    /// many times.
    pub const GRACE: Duration = Duration::from_secs(60);

    /// Whether a process with another catalogue may take what is refused here.
    const fn is_for_the_catalogue_to_say(&self) -> bool {
        matches!(self, Self::Catalog(EventRefused::UnknownType(_) | EventRefused::Schema(..)))
    }
}

impl OutboxRow {
    /// Whether a row that is refused for this is left where it is for now. Of two versions of a service that run side by side
    /// only the new one knows the new types.
    pub fn is_left_to_others(&self, refused: &OutboxRowRefused, now: Timestamp) -> bool {
        let age = now.as_millis().abs_diff(self.created_at);
        refused.is_for_the_catalogue_to_say() && u128::from(age) <= OutboxRowRefused::GRACE.as_millis()
    }

    /// How many bytes of the data a store has to read: one more than may be there tells that there is too much.
    pub const DATA_TO_READ: usize = EventData::LIMITS.bytes + 1;

    /// The event that this row asks for. One that claims to come from the future happened `now`.
    ///
    /// # Errors
    /// An organization that is no UUID; a type or data that the catalogue refuses, as it would refuse them of anybody.
    pub fn accept(&self, catalog: &EventCatalog, now: Timestamp) -> Result<OutboxEvent, OutboxRowRefused> {
        let organization_id =
            Uuid::try_parse(&self.organization_id).map_err(|_| OutboxRowRefused::NotAnOrganization)?;
        let event_type = EventType::parse(&self.event_type)?;
        let happened_at = Timestamp::from_millis(self.created_at).map_err(|_| OutboxRowRefused::Time)?;
        let data = self.data()?;
        catalog.check(&event_type, &data)?;
        Ok(OutboxEvent {
            organization_id: OrganizationId::new(organization_id),
            event: NewEvent::of(event_type, data),
            happened_at: happened_at.min(now),
        })
    }

    fn data(&self) -> Result<EventData, OutboxRowRefused> {
        let limit = EventData::LIMITS.bytes;
        // First, as what was cut off may have been half a character.
        if self.data.len() > limit {
            return Err(BadEventData::from(JsonFlaw::TooLong { limit }).into());
        }
        let text = std::str::from_utf8(&self.data).map_err(|_| OutboxRowRefused::NotText)?;
        Ok(EventData::parse(text)?)
    }
}

impl fmt::Debug for OutboxRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboxRow").field("position", &self.position).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventDefinition;
    use proptest::prelude::*;

    fn catalog() -> EventCatalog {
        EventCatalog::of([EventDefinition::new("order.paid").unwrap()]).unwrap()
    }

    fn now() -> Timestamp {
        Timestamp::parse_rfc3339("2026-03-10T14:05:00Z").unwrap()
    }

    fn row() -> OutboxRow {
        OutboxRow {
            position: OutboxPosition::new(1),
            organization_id: "01957f3c-8a10-7abc-8def-000000000001".to_owned(),
            event_type: "order.paid".to_owned(),
            data: br#"{"order_id": 7}"#.to_vec(),
            created_at: now().as_millis() - 1_000,
        }
    }

    fn refused(row: &OutboxRow) -> String {
        row.accept(&catalog(), now()).unwrap_err().to_string()
    }

    #[test]
    fn a_good_row_is_the_event_that_it_names() {
        let accepted = row().accept(&catalog(), now()).unwrap();
        assert_eq!(accepted.event.event_type().as_str(), "order.paid");
        assert_eq!(accepted.event.data().as_str(), r#"{"order_id": 7}"#, "as it was written");
        assert_eq!(accepted.organization_id.as_uuid().to_string(), row().organization_id);
        assert_eq!(accepted.happened_at.as_millis(), row().created_at);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let with = |change: fn(&mut OutboxRow)| {
            let mut row = row();
            change(&mut row);
            refused(&row)
        };
        assert_eq!(with(|row| row.organization_id = "7".into()), "organization_id must be a UUID");
        assert!(with(|row| row.event_type = "paid".into()).starts_with("event_type must be a dotted name"));
        let unknown = "there is no event type order.lost in the catalogue";
        assert_eq!(with(|row| row.event_type = "order.lost".into()), unknown);
        let ours = "events of type delivery.failed are made by the product";
        assert_eq!(with(|row| row.event_type = "delivery.failed".into()), ours);
        assert!(with(|row| row.data = b"{".to_vec()).starts_with("the data is not JSON"));
        assert_eq!(with(|row| row.data = b"[]".to_vec()), "the data must be an object");
        assert_eq!(with(|row| row.data = vec![b'{', 0xff, b'}']), "the data is not UTF-8");
        let cut = |row: &mut OutboxRow| row.data = "é".repeat(OutboxRow::DATA_TO_READ).into_bytes();
        assert_eq!(with(cut), "the data must not be larger than 262144 bytes");
        assert!(with(|row| row.created_at = i64::MAX).starts_with("created_at must be"));
    }

    #[test]
    fn what_another_catalogue_may_know_is_left_to_it_for_a_minute() {
        let at = |seconds: i64| OutboxRow { created_at: now().as_millis() - seconds * 1_000, ..row() };
        let unknown = |row: OutboxRow| OutboxRow { event_type: "order.lost".to_owned(), ..row };
        let is_left =
            |row: OutboxRow| row.is_left_to_others(&row.accept(&catalog(), now()).unwrap_err(), now());
        for (row, left) in [
            (unknown(at(0)), true),
            (unknown(at(60)), true),
            (unknown(at(-60)), true),
            (unknown(at(61)), false),
            (unknown(at(-61)), false),
            (OutboxRow { data: b"[]".to_vec(), ..at(0) }, false),
            (OutboxRow { event_type: "delivery.failed".to_owned(), ..at(0) }, false),
        ] {
            assert_eq!(is_left(row.clone()), left, "{} {}", row.event_type, row.created_at);
        }
    }

    #[test]
    fn an_event_is_of_now_and_says_when_it_happened() {
        let accepted = row().accept(&catalog(), now()).unwrap();
        let event = accepted.accepted(EventId::new(Uuid::from_u128(1)), now());
        assert_eq!(event.created_at, now(), "leases, schedules and lists begin now");
        let payload = String::from_utf8_lossy(event.payload.as_bytes()).into_owned();
        assert!(payload.contains(r#""created_at":"2026-03-10T14:04:59.000Z""#), "{payload}");
    }

    #[test]
    fn nothing_has_happened_in_the_future() {
        let early = OutboxRow { created_at: now().as_millis() + 1, ..row() };
        assert_eq!(early.accept(&catalog(), now()).unwrap().happened_at, now());
    }

    #[test]
    fn what_it_says_is_not_in_debug() {
        assert_eq!(format!("{:?}", row()), "OutboxRow { position: OutboxPosition(1), .. }");
    }

    proptest! {
        #[test]
        fn a_row_of_anything_is_an_event_or_refused(
            organization_id in prop_oneof![any::<String>(), Just(row().organization_id)],
            event_type in prop_oneof![any::<String>(), Just(row().event_type)],
            data in prop_oneof![any::<Vec<u8>>(), Just(row().data)],
            created_at: i64,
        ) {
            let row = OutboxRow { organization_id, event_type, data, created_at, ..row() };
            match row.accept(&catalog(), now()) {
                Ok(accepted) => prop_assert!(accepted.happened_at <= now()),
                Err(reason) => prop_assert!(!reason.to_string().is_empty()),
            }
        }
    }
}
