//! Replays: which events they take, and how far they have come.
//!
//! The events of a span are read oldest first by `events_newest`, and each event's deliveries to the one webhook
//! by `deliveries_of_event`. What that costs goes with the span; a batch reads a bounded part of it.

use super::rows::{delivery_row, replay_row};
use super::statement::{all, execute, one, values};
use super::stored_row::{StoredRow, corrupt};
use super::{SqlStore, dialect::Dialect, unit_of_work::SqlUnitOfWork};
use async_trait::async_trait;
use sea_orm::{ConnectionTrait, Value};
use slotflow_application::ports::{ListPosition, ReplayQueue, ReplayRegistry, StoreError, UnfinishedReplay};
use slotflow_domain::delivery::{Delivery, EventPlace, Replay, ReplaySelection, ReplayStretch};
use slotflow_domain::{EventId, ReplayId, Timestamp, WebhookId};
use uuid::Uuid;

/// How many events are looked at in one stretch at the most: some ten milliseconds of SQLite's one writer.
const LOOKED_AT: i64 = 5_000;

#[async_trait]
impl<C: ConnectionTrait + Send + Sync> ReplayRegistry for SqlUnitOfWork<C> {
    async fn insert_replay(&mut self, replay: &Replay) -> Result<(), StoreError> {
        execute(&self.connection, replay_row::INSERT, replay_row::write(replay)).await?;
        Ok(())
    }

    async fn lock_replay(&mut self, id: ReplayId) -> Result<Option<Replay>, StoreError> {
        let sql = format!(
            "SELECT {} FROM replays WHERE id = $1 AND finished_at IS NULL{}",
            replay_row::COLUMNS,
            Dialect::of(&self.connection).for_change_unless_locked()
        );
        let row = one(&self.connection, sql, values![id.as_uuid()]).await?;
        row.map(|row| replay_row::read(&row)).transpose()
    }

    async fn count_waiting(&mut self, webhook_id: WebhookId, at_most: usize) -> Result<usize, StoreError> {
        count_waiting(&self.connection, webhook_id, at_most).await
    }

    async fn next_selected(
        &mut self,
        replay: &Replay,
        room: usize,
    ) -> Result<ReplayStretch<Delivery>, StoreError> {
        let end = end_of_stretch(&self.connection, replay).await?;
        let statement = Selected::behind(replay).until(end).statement(Dialect::of(&self.connection));
        let (sql, mut values) = statement;
        values.push(i64::try_from(room).unwrap_or(i64::MAX).into());
        let sql = format!(
            "SELECT {}, e.created_at AS event_created_at {sql} ORDER BY e.created_at, e.id LIMIT ${}",
            delivery_row::COLUMNS,
            values.len()
        );
        let rows = all(&self.connection, sql, values).await?;
        let found = rows.iter().map(delivery_row::read).collect::<Result<Vec<_>, _>>()?;
        // A full batch ends with its last event, as more may follow; else all of the stretch was seen.
        let reached = match (rows.last(), found.last()) {
            (Some(row), Some(delivery)) if found.len() >= room => Some(EventPlace {
                created_at: StoredRow(row).time("event_created_at")?,
                id: delivery.event_id,
            }),
            _ => end,
        };
        Ok(ReplayStretch { found, reached })
    }

    async fn update_replay(&mut self, replay: &Replay) -> Result<(), StoreError> {
        execute(&self.connection, replay_row::UPDATE, replay_row::write_update(replay)).await?;
        Ok(())
    }
}

#[async_trait]
impl ReplayQueue for SqlStore {
    async fn unfinished_replays(
        &self,
        after: Option<ListPosition<ReplayId>>,
        limit: usize,
    ) -> Result<Vec<UnfinishedReplay>, StoreError> {
        let values = unfinished_values(after, limit);
        let rows = all(self.reader(), UNFINISHED, values).await?;
        let read = |row| {
            let row = StoredRow(row);
            let place =
                ListPosition { created_at: row.time("created_at")?, id: ReplayId::new(row.uuid("id")?) };
            Ok(UnfinishedReplay { place, webhook_id: WebhookId::new(row.uuid("webhook_id")?) })
        };
        rows.iter().map(read).collect()
    }

    async fn waiting_deliveries(&self, webhook_id: WebhookId, at_most: usize) -> Result<usize, StoreError> {
        count_waiting(self.reader(), webhook_id, at_most).await
    }

    async fn selection_size(&self, selection: ReplaySelection) -> Result<u64, StoreError> {
        let (sql, values) = counting(&selection, Dialect::of(self.reader()));
        let row = one(self.reader(), sql, values).await?;
        let row = row.ok_or_else(|| corrupt("selected", "no count"))?;
        StoredRow(&row).number::<i64, u64>("selected")
    }
}

/// A range of `replays_unfinished`.
pub(super) const UNFINISHED: &str = "SELECT id, created_at, webhook_id FROM replays \
     WHERE finished_at IS NULL AND (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3";

/// Its values.
pub(super) fn unfinished_values(after: Option<ListPosition<ReplayId>>, limit: usize) -> Vec<Value> {
    // No replay has the nil id.
    let (created_at, id) =
        after.map_or((Timestamp::MIN, Uuid::nil()), |place| (place.created_at, place.id.as_uuid()));
    values![created_at.as_millis(), id, i64::try_from(limit).unwrap_or(i64::MAX)]
}

/// The first entries of `deliveries_due_of_webhook` and of `deliveries_held`.
async fn count_waiting<C: ConnectionTrait>(
    connection: &C,
    webhook_id: WebhookId,
    at_most: usize,
) -> Result<usize, StoreError> {
    let sql = "SELECT COUNT(*) AS waiting FROM (\
               SELECT * FROM (SELECT 1 FROM deliveries WHERE webhook_id = $1 AND wake_at IS NOT NULL \
               LIMIT $2) AS due UNION ALL \
               SELECT * FROM (SELECT 1 FROM deliveries WHERE webhook_id = $1 AND status = 'held' \
               LIMIT $2) AS held) AS both_kinds";
    let limit = i64::try_from(at_most).unwrap_or(i64::MAX);
    let row = one(connection, sql, values![webhook_id.as_uuid(), limit]).await?;
    let row = row.ok_or_else(|| corrupt("waiting", "no count"))?;
    Ok(StoredRow(&row).number::<i64, usize>("waiting")?.min(at_most))
}

/// The last event that one stretch looks at, unless the span ends before it.
async fn end_of_stretch<C: ConnectionTrait>(
    connection: &C,
    replay: &Replay,
) -> Result<Option<EventPlace>, StoreError> {
    let sql = "SELECT id, created_at FROM events \
               WHERE organization_id = $1 AND (created_at, id) > ($2, $3) AND created_at < $4 \
               ORDER BY created_at, id LIMIT 1 OFFSET $5";
    let values = values![
        replay.selection.organization_id.as_uuid(),
        replay.position.created_at.as_millis(),
        replay.position.id.as_uuid(),
        replay.selection.span.until().as_millis(),
        LOOKED_AT - 1,
    ];
    let row = one(connection, sql, values).await?;
    row.map(|row| {
        let row = StoredRow(&row);
        Ok(EventPlace { created_at: row.time("created_at")?, id: EventId::new(row.uuid("id")?) })
    })
    .transpose()
}

/// The statement that counts what a selection takes.
pub(super) fn counting(selection: &ReplaySelection, dialect: Dialect) -> (String, Vec<Value>) {
    let (sql, values) = Selected::all_of(selection).statement(dialect);
    (format!("SELECT COUNT(*) AS selected {sql}"), values)
}

/// The events `e` of a part of the span that a selection takes, each with its latest delivery `d`.
struct Selected<'a> {
    selection: &'a ReplaySelection,
    /// Behind this event,
    after: EventPlace,
    /// and up to this one.
    until: Option<EventPlace>,
}

impl<'a> Selected<'a> {
    /// No event has the nil id.
    fn all_of(selection: &'a ReplaySelection) -> Self {
        let after = EventPlace { created_at: selection.span.since(), id: EventId::new(Uuid::nil()) };
        Self { selection, after, until: None }
    }

    fn behind(replay: &'a Replay) -> Self {
        Self { selection: &replay.selection, after: replay.position, until: None }
    }

    fn until(self, until: Option<EventPlace>) -> Self {
        Self { until, ..self }
    }

    /// [`ReplaySelection::takes`] as SQL, from `FROM` on. What is later is looked for among the event's
    /// deliveries: without `IS TRUE` SQLite would look through all later ones of the webhook.
    fn statement(&self, dialect: Dialect) -> (String, Vec<Value>) {
        let selection = self.selection;
        // No event of the first moment behind the span is before this one.
        let behind_span = EventPlace { created_at: selection.span.until(), id: EventId::new(Uuid::nil()) };
        let (operator, until) = match self.until {
            Some(place) => ("<=", place.min(behind_span)),
            None => ("<", behind_span),
        };
        let statuses: Vec<_> = selection.statuses().map(|status| format!("'{status}'")).collect();
        let sql = format!(
            "FROM events e {} deliveries d ON d.event_id = e.id AND d.webhook_id = $2 \
             WHERE e.organization_id = $1 AND (e.created_at, e.id) > ($3, $4) \
             AND (e.created_at, e.id) {operator} ($5, $6) AND e.event_type <> $7 \
             AND d.status IN ({}) AND d.completed_at <= $8 AND NOT EXISTS (\
             SELECT 1 FROM deliveries later WHERE later.event_id = d.event_id \
             AND later.webhook_id = d.webhook_id \
             AND ((later.created_at, later.id) > (d.created_at, d.id)) IS TRUE)",
            dialect.join_in_order(),
            statuses.join(", ")
        );
        let values = values![
            selection.organization_id.as_uuid(),
            selection.webhook_id.as_uuid(),
            self.after.created_at.as_millis(),
            self.after.id.as_uuid(),
            until.created_at.as_millis(),
            until.id.as_uuid(),
            ReplaySelection::NEVER_REPLAYED.as_str(),
            selection.accepted_at.as_millis(),
        ];
        (sql, values)
    }
}
