//! Finding deliveries that may be claimed, at a cost that does not grow with the backlog.
//!
//! Due deliveries are read oldest first, in windows, and those of webhooks that have their share are passed
//! over. A webhook with a hundred thousand due deliveries must not make everyone else's claims read past
//! them, so at the first window in which few had room the search turns to the webhooks that wait and takes the
//! first few of each: that costs a look into an index per webhook, whatever waits behind it.
//!
//! Nothing is locked here. Whoever claims looks again under a lock.

use super::bulk::in_list;
use super::dialect::Dialect;
use super::statement::{all, values};
use super::stored_row::StoredRow;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use slotflow_application::ports::{Room, StoreError};
use slotflow_domain::{DeliveryId, Timestamp, WebhookId};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How many due deliveries one window shows at the most and at the least.
pub(super) const WINDOW: usize = 512;
const SMALLEST_WINDOW: usize = 64;

/// A window is worth the next one if of so many that it showed one had room.
const ONE_IN: usize = 4;

/// How often one claim turns to the webhooks; more than once only if others took what it found.
const TURNS: u32 = 3;

/// A range of the index `deliveries_due`, which holds all three columns.
///
/// The limit is part of the text: PostgreSQL takes one that it does not know for a tenth of the backlog, and would then
/// rather plan anew at each claim than keep its plan.
pub(super) fn window_sql(size: usize) -> String {
    format!(
        "SELECT id, webhook_id, wake_at FROM deliveries \
         WHERE wake_at <= $1 AND (wake_at, id) > ($2, $3) ORDER BY wake_at, id LIMIT {size}"
    )
}

/// A delivery that was due and had room when it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) id: DeliveryId,
    pub(super) webhook_id: WebhookId,
    wake_at: i64,
}

/// One claim's way through what is due.
pub(super) struct Search<'a> {
    now: Timestamp,
    room: &'a Room,
    /// What this claim has taken of each webhook.
    taken: BTreeMap<WebhookId, usize>,
    /// Behind which due delivery the next window begins.
    behind: (i64, Uuid),
    /// Whether windows are still worth reading.
    reads_windows: bool,
    turns: u32,
    /// Whether everything that is due and has room was found.
    saw_all: bool,
}

impl<'a> Search<'a> {
    pub(super) fn new(now: Timestamp, room: &'a Room) -> Self {
        Self {
            now,
            room,
            taken: BTreeMap::new(),
            behind: (i64::MIN, Uuid::nil()),
            reads_windows: true,
            turns: 0,
            saw_all: false,
        }
    }

    /// Up to `wanted` more candidates, none if there are none. Each counts as taken until it is given back.
    pub(super) async fn next<C: ConnectionTrait>(
        &mut self,
        connection: &C,
        wanted: usize,
    ) -> Result<Vec<Candidate>, StoreError> {
        let wanted = wanted.min(WINDOW);
        let mut picked = Vec::new();
        while self.reads_windows && !self.saw_all && picked.len() < wanted {
            self.pick_from_window(connection, wanted, &mut picked).await?;
        }
        if picked.len() < wanted && !self.saw_all && self.turns < TURNS {
            self.turns += 1;
            self.pick_first_of_each_webhook(connection, wanted, &mut picked).await?;
        }
        Ok(picked)
    }

    /// Says that a candidate was not claimed after all: somebody else may hold it, or hold it no more.
    pub(super) fn give_back(&mut self, webhook_id: WebhookId) {
        if let Some(count) = self.taken.get_mut(&webhook_id) {
            *count = count.saturating_sub(1);
        }
        // Another delivery of that webhook, passed over before, may take its place.
        self.saw_all &= self.reads_windows;
    }

    async fn pick_from_window<C: ConnectionTrait>(
        &mut self,
        connection: &C,
        wanted: usize,
        picked: &mut Vec<Candidate>,
    ) -> Result<(), StoreError> {
        // A few sizes, so that there are a few texts.
        let size = wanted.clamp(SMALLEST_WINDOW, WINDOW).next_power_of_two();
        let (sql, values) = self.window_statement(size);
        let window = candidates(&all(connection, sql, values).await?)?;
        let (mut seen, before) = (0, picked.len());
        for candidate in &window {
            if picked.len() == wanted {
                break;
            }
            seen += 1;
            self.behind = (candidate.wake_at, candidate.id.as_uuid());
            if self.take(candidate.webhook_id) {
                picked.push(*candidate);
            }
        }
        self.saw_all = seen == window.len() && window.len() < size;
        self.reads_windows = (picked.len() - before) * ONE_IN >= seen;
        Ok(())
    }

    async fn pick_first_of_each_webhook<C: ConnectionTrait>(
        &mut self,
        connection: &C,
        wanted: usize,
        picked: &mut Vec<Candidate>,
    ) -> Result<(), StoreError> {
        let (sql, values) = self.first_of_each_webhook_statement(Dialect::of(connection), wanted);
        let firsts = candidates(&all(connection, sql, values).await?)?;
        self.saw_all = firsts.len() < wanted;
        let known: BTreeSet<DeliveryId> = picked.iter().map(|candidate| candidate.id).collect();
        for candidate in firsts {
            if picked.len() < wanted && !known.contains(&candidate.id) && self.take(candidate.webhook_id) {
                picked.push(candidate);
            }
        }
        Ok(())
    }

    fn take(&mut self, webhook_id: WebhookId) -> bool {
        let count = self.taken.entry(webhook_id).or_default();
        let has_room = *count < self.room.for_webhook(webhook_id);
        if has_room {
            *count += 1;
        }
        has_room
    }

    /// The next so many that are due.
    pub(super) fn window_statement(&self, size: usize) -> (String, Vec<Value>) {
        let (wake_at, id) = self.behind;
        (window_sql(size), values![self.now.as_millis(), wake_at, id])
    }

    /// The first few due deliveries of each webhook that has room.
    pub(super) fn first_of_each_webhook_statement(
        &self,
        dialect: Dialect,
        wanted: usize,
    ) -> (String, Vec<Value>) {
        let limit = |count: usize| i64::try_from(count.min(WINDOW)).unwrap_or(i64::MAX);
        let mut values = values![self.now.as_millis(), limit(self.room.per_webhook), limit(wanted)];
        let full = in_list(self.full_webhooks(), &mut values, Uuid::nil().into());
        (first_of_each_webhook_sql(dialect, &full), values)
    }

    /// The webhooks of which no more may be taken.
    fn full_webhooks(&self) -> BTreeSet<Uuid> {
        let taken = self.taken.iter().filter(|(id, count)| **count >= self.room.for_webhook(**id));
        self.room.full_webhooks().chain(taken.map(|(id, _)| *id)).map(WebhookId::as_uuid).collect()
    }
}

/// Steps from webhook to webhook through `deliveries_due_of_webhook` (a recursive query, as neither engine
/// skips through an index by itself) and reads the first few entries of each.
pub(super) fn first_of_each_webhook_sql(dialect: Dialect, full: &str) -> String {
    format!(
        "WITH RECURSIVE waiting (webhook_id) AS ( \
         SELECT (SELECT webhook_id FROM deliveries WHERE wake_at IS NOT NULL ORDER BY webhook_id LIMIT 1) \
         UNION ALL \
         SELECT (SELECT y.webhook_id FROM deliveries y WHERE y.wake_at IS NOT NULL \
         AND y.webhook_id > waiting.webhook_id ORDER BY y.webhook_id LIMIT 1) \
         FROM waiting WHERE waiting.webhook_id IS NOT NULL) \
         SELECT d.id, d.webhook_id, d.wake_at {} \
         WHERE waiting.webhook_id NOT IN ({full}) ORDER BY d.wake_at, d.id LIMIT $3",
        dialect.first_due_of_waiting()
    )
}

fn candidates(rows: &[QueryResult]) -> Result<Vec<Candidate>, StoreError> {
    let read = |row: &QueryResult| {
        let row = StoredRow(row);
        Ok(Candidate {
            id: DeliveryId::new(row.uuid("id")?),
            webhook_id: WebhookId::new(row.uuid("webhook_id")?),
            wake_at: row.get("wake_at")?,
        })
    };
    rows.iter().map(read).collect()
}

#[cfg(test)]
impl Candidate {
    /// A delivery as a window shows it.
    pub(super) fn seen(id: Uuid, due: Timestamp) -> Self {
        Self { id: DeliveryId::new(id), webhook_id: WebhookId::new(id), wake_at: due.as_millis() }
    }
}
