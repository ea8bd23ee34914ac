//! `events`.

use crate::store::stored_row::{StoredRow, corrupt};
use sea_orm::{QueryResult, Value};
use slotflow_application::ports::{DeliveryCounts, EventRecord, StoreError};
use slotflow_domain::event::{EventType, Payload, Sequence};
use slotflow_domain::{BookingId, Event, EventId, OrganizationId};

/// All of an event, for [`read`].
pub(in crate::store) const COLUMNS: &str =
    "id, organization_id, event_type, booking_id, sequence, payload, created_at, trace_context";

/// What a list shows of events `e`: not the payload, which is most of the row.
pub(in crate::store) const RECORD_COLUMNS: &str =
    "e.id, e.event_type, e.booking_id, e.sequence, e.created_at";

pub(in crate::store) fn write(event: &Event) -> [Value; 8] {
    [
        event.id.as_uuid().into(),
        event.organization_id.as_uuid().into(),
        event.event_type.as_str().into(),
        event.booking_id.map(|id| id.as_uuid()).into(),
        i64::from(event.sequence.0).into(),
        event.payload.as_bytes().to_vec().into(),
        event.created_at.as_millis().into(),
        event.trace_context.map(|context| context.to_string()).into(),
    ]
}

pub(in crate::store) fn event_type(row: &StoredRow<'_>) -> Result<EventType, StoreError> {
    EventType::parse(&row.text("event_type")?).map_err(|error| corrupt("event_type", error))
}

pub(in crate::store) fn read(row: &QueryResult) -> Result<Event, StoreError> {
    let row = StoredRow(row);
    Ok(Event {
        id: EventId::new(row.uuid("id")?),
        organization_id: OrganizationId::new(row.uuid("organization_id")?),
        event_type: event_type(&row)?,
        booking_id: booking_id(&row)?,
        sequence: sequence(&row)?,
        payload: payload(&row)?,
        created_at: row.time("created_at")?,
        trace_context: row.maybe_named("trace_context")?,
    })
}

/// An event as the log shows it, its deliveries not counted yet.
pub(in crate::store) fn read_record(row: &QueryResult) -> Result<EventRecord, StoreError> {
    let row = StoredRow(row);
    Ok(EventRecord {
        id: EventId::new(row.uuid("id")?),
        event_type: event_type(&row)?,
        booking_id: booking_id(&row)?,
        sequence: sequence(&row)?,
        created_at: row.time("created_at")?,
        delivery_counts: DeliveryCounts::default(),
    })
}

pub(in crate::store) fn sequence(row: &StoredRow<'_>) -> Result<Sequence, StoreError> {
    Ok(Sequence(row.number::<i64, u32>("sequence")?))
}

pub(in crate::store) fn payload(row: &StoredRow<'_>) -> Result<Payload, StoreError> {
    Ok(Payload::from_stored(row.get::<Vec<u8>>("payload")?))
}

fn booking_id(row: &StoredRow<'_>) -> Result<Option<BookingId>, StoreError> {
    Ok(row.get::<Option<_>>("booking_id")?.map(BookingId::new))
}
