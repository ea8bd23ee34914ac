//! `events`.

use crate::store::stored_row::{StoredRow, corrupt};
use sea_orm::Value;
use slotflow_application::ports::StoreError;
use slotflow_domain::Event;
use slotflow_domain::event::EventType;

pub(in crate::store) const INSERT: &str = "INSERT INTO events \
     (id, organization_id, event_type, booking_id, sequence, payload, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";

pub(in crate::store) fn write(event: &Event) -> Vec<Value> {
    vec![
        event.id.as_uuid().into(),
        event.organization_id.as_uuid().into(),
        event.event_type.as_str().into(),
        event.booking_id.map(|id| id.as_uuid()).into(),
        i64::from(event.sequence.0).into(),
        event.payload.as_bytes().to_vec().into(),
        event.created_at.as_millis().into(),
    ]
}

pub(in crate::store) fn event_type(row: &StoredRow<'_>) -> Result<EventType, StoreError> {
    EventType::parse(&row.text("event_type")?).map_err(|error| corrupt("event_type", error))
}
