//! What happened.

use super::SqlStore;
use super::bulk::in_list;
use super::conditions::Conditions;
use super::delivery_listing::RECORDS;
use super::keyset::Keyset;
use super::rows::{delivery_row, event_row};
use super::statement::{all, one, values};
use super::stored_row::StoredRow;
use async_trait::async_trait;
use sea_orm::Value;
use slotflow_application::ports::{
    EventDetail, EventFilter, EventLog, EventPage, EventRecord, ListPosition, StoreError,
};
use slotflow_domain::{EventId, OrganizationId};

#[async_trait]
impl EventLog for SqlStore {
    async fn events(
        &self,
        organization_id: OrganizationId,
        filter: EventFilter,
    ) -> Result<EventPage, StoreError> {
        let (sql, values) = listing(organization_id, &filter);
        let rows = all(self.reader(), sql, values).await?;
        let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
        let mut events: Vec<_> =
            rows.iter().take(limit).map(event_row::read_record).collect::<Result<_, _>>()?;
        self.count_deliveries(&mut events).await?;
        Ok(EventPage { events, more: rows.len() > limit })
    }

    async fn event(
        &self,
        organization_id: OrganizationId,
        id: EventId,
    ) -> Result<Option<EventDetail>, StoreError> {
        let sql = format!(
            "SELECT {}, e.payload FROM events e WHERE e.id = $1 AND e.organization_id = $2",
            event_row::RECORD_COLUMNS
        );
        let Some(row) = one(self.reader(), sql, values![id.as_uuid(), organization_id.as_uuid()]).await?
        else {
            return Ok(None);
        };
        let mut event = [event_row::read_record(&row)?];
        self.count_deliveries(&mut event).await?;
        let [event] = event;
        let sql = format!(
            "SELECT {} {RECORDS} WHERE d.event_id = $1 ORDER BY d.created_at DESC, d.id DESC LIMIT $2",
            delivery_row::RECORD_COLUMNS
        );
        let values = values![id.as_uuid(), i64::from(EventDetail::MOST_DELIVERIES)];
        let rows = all(self.reader(), sql, values).await?;
        let deliveries = rows.iter().map(delivery_row::read_record).collect::<Result<_, _>>()?;
        Ok(Some(EventDetail { event, payload: event_row::payload(&StoredRow(&row))?, deliveries }))
    }
}

impl SqlStore {
    /// Counts the deliveries of these events, in one statement for all of them.
    async fn count_deliveries(&self, events: &mut [EventRecord]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let (sql, values) = counting(events);
        for row in all(self.reader(), sql, values).await? {
            let row = StoredRow(&row);
            let id = EventId::new(row.uuid("event_id")?);
            let (status, count) = (row.named("status")?, row.number::<i64, u64>("deliveries")?);
            for event in events.iter_mut().filter(|event| event.id == id) {
                event.delivery_counts.add(status, count);
            }
        }
        Ok(())
    }
}

/// A page of events: by `events_of_booking`, `events_newest_of_type` or `events_newest`, in this order.
pub(super) fn listing(organization_id: OrganizationId, filter: &EventFilter) -> (String, Vec<Value>) {
    let after =
        filter.after.map(|place| ListPosition { created_at: place.created_at, id: place.id.as_uuid() });
    let mut keyset = Keyset::new("e", filter.created_from, filter.created_until, after);
    let mut conditions = Conditions::default();
    let event_type = filter.event_type.as_ref().map(|event_type| event_type.as_str());
    match filter.booking_id {
        Some(booking_id) => {
            conditions.and("e.booking_id =", booking_id.as_uuid());
            conditions.filter_if("e.organization_id =", Some(organization_id.as_uuid()));
            conditions.filter_if("e.event_type =", event_type);
            keyset.filter(&mut conditions);
        }
        None => {
            conditions.and("e.organization_id =", organization_id.as_uuid());
            if let Some(event_type) = event_type {
                keyset = keyset.with_key("event_type", event_type);
            }
            keyset.bound(&mut conditions);
        }
    }
    let limit = conditions.placeholder(i64::from(filter.limit) + 1);
    let page = format!(
        "SELECT {} FROM events e WHERE {} ORDER BY {} LIMIT {limit}",
        event_row::RECORD_COLUMNS,
        conditions.take_sql(),
        keyset.order()
    );
    keyset.cut("page", &mut conditions);
    let sql = match conditions.take_sql() {
        nothing if nothing.is_empty() => page,
        cut => format!("SELECT * FROM ({page}) AS page WHERE {cut} ORDER BY created_at DESC, id DESC"),
    };
    (sql, conditions.into_values())
}

/// How many deliveries of these events have which status, by `deliveries_of_event`.
fn counting(events: &[EventRecord]) -> (String, Vec<Value>) {
    let mut values = vec![];
    let list = in_list(events.iter().map(|event| event.id.as_uuid()), &mut values, Value::Uuid(None));
    let sql = format!(
        "SELECT event_id, status, COUNT(*) AS deliveries FROM deliveries WHERE event_id IN ({list}) \
         GROUP BY event_id, status"
    );
    (sql, values)
}
