//! Filling a store with what has been.
//!
//! The organization and its webhooks are made through the ports; events and deliveries are written with one
//! statement each, and the engine then counts its rows, so that its plans are those of a database that has been
//! running.
//!
//! Each booking has two events, a second apart, and each event goes to four of ten webhooks. Statuses lie as they
//! do in life, and where a search would have to go far: the newest deliveries are pending, those that failed or
//! were cancelled lie in the past, those that are held are one webhook's, and tests are a few at the beginning.

use anyhow::Context;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DbBackend};
use slotflow_adapters::store::SqlStore;
use slotflow_adapters::system::{SystemClock, SystemEntropy};
use slotflow_application::Organizations;
use slotflow_application::ports::{Clock, Entropy, Store};
use slotflow_domain::event::{EventCatalog, EventSet};
use slotflow_domain::organization::{OrganizationName, Plan};
use slotflow_domain::signing::SigningSecret;
use slotflow_domain::webhook::{UrlRules, Webhook, WebhookActivity, WebhookUrl};
use slotflow_domain::{BookingId, OrganizationId, Timestamp, WebhookId};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How many webhooks there are, and how many of them each event goes to.
const WEBHOOKS: usize = 10;
const PER_EVENT: usize = 4;

/// A payload of a usual size, in bytes.
const PAYLOAD: usize = 400;

/// How far events lie apart.
const APART: Duration = Duration::from_secs(1);

/// What is in a store.
pub(crate) struct History {
    pub(crate) organization_id: OrganizationId,
    /// A key of it.
    pub(crate) api_key: String,
    /// One of the webhooks.
    pub(crate) webhook_id: WebhookId,
    /// A booking in the middle.
    pub(crate) booking_id: BookingId,
    /// When the first event happened.
    first: Timestamp,
    events: usize,
}

impl History {
    /// Fills an empty store with so many deliveries.
    pub(crate) async fn fill(store: &SqlStore, url: &str, deliveries: usize) -> anyhow::Result<Self> {
        let organizations = Organizations {
            store: Arc::new(store.clone()),
            directory: Arc::new(store.clone()),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy::new()?),
        };
        let (organization, key) =
            organizations.create(OrganizationName::parse("Busy")?, Plan::Growth).await?;
        let webhook_id = webhooks(store, organization.id).await?;
        let events = deliveries / PER_EVENT;
        let span = APART * u32::try_from(events)?;
        let first = SystemClock.now().saturating_sub(span);
        let history = Self {
            organization_id: organization.id,
            api_key: key.expose().to_owned(),
            webhook_id,
            booking_id: BookingId::new(Uuid::from_u128(u128::try_from(events / 4)?)),
            first,
            events,
        };
        history.write(url).await.context("filling the store")?;
        Ok(history)
    }

    /// The moment at which this many thousandths of the history had been.
    pub(crate) fn at(&self, thousandths: usize) -> Timestamp {
        let events = u32::try_from(self.events * thousandths / 1_000).unwrap_or(u32::MAX);
        self.first + APART * events
    }

    async fn write(&self, url: &str) -> anyhow::Result<()> {
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        let connection = Database::connect(options).await?;
        let is_postgres = connection.get_database_backend() == DbBackend::Postgres;
        for statement in self.statements(is_postgres) {
            connection.execute_unprepared(&statement).await.with_context(|| statement.clone())?;
        }
        connection.close().await?;
        Ok(())
    }

    fn statements(&self, is_postgres: bool) -> Vec<String> {
        let uuid = |moment: &str, number: &str| {
            if is_postgres {
                format!("(lpad(to_hex({moment}), 12, '0') || lpad(to_hex({number}), 20, '0'))::uuid")
            } else {
                format!("unhex(printf('%012x%020x', {moment}, {number}))")
            }
        };
        let series = |last: usize| {
            if is_postgres {
                format!("generate_series(0::bigint, {last}) AS s (g)")
            } else {
                format!(
                    "(WITH RECURSIVE series (g) AS (SELECT 0 UNION ALL SELECT g + 1 FROM series \
                     WHERE g < {last}) SELECT g FROM series) AS s"
                )
            }
        };
        let payload = if is_postgres {
            format!("decode(repeat('20', {PAYLOAD}), 'hex')")
        } else {
            format!("CAST(printf('%{PAYLOAD}s', '') AS BLOB)")
        };
        let (first, apart) = (self.first.as_millis(), APART.as_millis());
        let moment = |event: &str| format!("({first} + ({event}) * {apart})");
        let event_type = |event: &str| {
            format!(
                "CASE WHEN {event} < 20 THEN 'webhook.test' WHEN {event} % 2 = 0 THEN 'booking.confirmed' \
                 ELSE 'booking.cancelled' END"
            )
        };
        let organization = "(SELECT id FROM organizations)";
        let event = format!("(g / {PER_EVENT})");
        let webhook = format!("(({event} + g % {PER_EVENT}) % {WEBHOOKS})");
        let past = |from: usize, to: usize| {
            format!("{event} BETWEEN {} AND {}", self.events * from / 1_000, self.events * to / 1_000)
        };
        let status = format!(
            "CASE WHEN {event} >= {newest} - 16 AND {webhook} < 5 THEN 'delivering' \
             WHEN {event} >= {newest} - 500 THEN 'pending' \
             WHEN {webhook} = 3 AND {} THEN 'held' \
             WHEN {webhook} IN (1, 2) AND {} THEN 'failed' \
             WHEN {webhook} = 7 AND {} THEN 'cancelled' ELSE 'delivered' END",
            past(950, 970),
            past(300, 400),
            past(100, 120),
            newest = self.events,
        );
        let mut statements = vec![
            "CREATE TEMPORARY TABLE numbered AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS n \
             FROM webhooks"
                .to_owned(),
            format!(
                "INSERT INTO events (id, organization_id, event_type, booking_id, sequence, payload, created_at) \
                 SELECT {}, {organization}, {}, {}, g % 2 + 1, {payload}, {} FROM {}",
                uuid(&moment("g"), "g"),
                event_type("g"),
                uuid("0", "g / 2"),
                moment("g"),
                series(self.events.saturating_sub(1))
            ),
            format!(
                "INSERT INTO deliveries (id, organization_id, webhook_id, event_id, event_type, status, listed_status, \
                 wake_at, claim_token, finished_attempts, lost_claims, created_at, completed_at) \
                 SELECT id, {organization}, webhook_id, event_id, event_type, status, \
                 CASE status WHEN 'delivering' THEN 'pending' ELSE status END, \
                 CASE WHEN status IN ('pending', 'delivering') THEN moment END, \
                 CASE WHEN status = 'delivering' THEN id END, 1, 0, moment, \
                 CASE WHEN status IN ('delivered', 'failed', 'cancelled') THEN moment END FROM (\
                 SELECT {} AS id, numbered.id AS webhook_id, {} AS event_id, {} AS event_type, {status} AS status, \
                 {} AS moment FROM {} JOIN numbered ON numbered.n = {webhook}) AS made",
                uuid(&moment(&event), &format!("{} + g", u32::MAX)),
                uuid(&moment(&event), &event),
                event_type(&event),
                moment(&event),
                series((self.events * PER_EVENT).saturating_sub(1))
            ),
        ];
        if is_postgres {
            statements.push("VACUUM ANALYZE".to_owned());
        } else {
            // As it runs: SQLite is never told to count its rows.
            statements.insert(0, "PRAGMA synchronous = OFF".to_owned());
            statements.push("PRAGMA wal_checkpoint(TRUNCATE)".to_owned());
        }
        statements
    }
}

/// Makes the webhooks, in ascending order of ids, and answers the second.
async fn webhooks(store: &SqlStore, organization_id: OrganizationId) -> anyhow::Result<WebhookId> {
    let entropy = SystemEntropy::new()?;
    let mut work = store.begin().await?;
    let mut ids = Vec::with_capacity(WEBHOOKS);
    for number in 0..WEBHOOKS {
        let now = SystemClock.now();
        let webhook = Webhook {
            id: WebhookId::new(entropy.id(now)),
            organization_id,
            url: WebhookUrl::parse(&format!("https://receiver.dev/{number}"), &UrlRules::strict())?,
            events: EventSet::parse(&["booking.confirmed"], &EventCatalog::bookings())?,
            secrets: SigningSecret::from_random(entropy.secret_bytes()).into(),
            activity: WebhookActivity::Active,
            active_since: now,
            created_at: now,
        };
        work.insert_webhook(&webhook).await?;
        ids.push(webhook.id);
    }
    work.commit().await?;
    ids.sort_unstable();
    ids.get(1).copied().context("a webhook")
}
