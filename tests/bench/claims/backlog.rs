//! Filling a store with deliveries that wait.
//!
//! What is few goes through the ports; the deliveries are written with one statement, and the engine then counts
//! its rows, so that its plans are those of a database that has been running.

use super::SHARE;
use super::shape::Shape;
use anyhow::Context;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend};
use slotflow_adapters::store::SqlStore;
use slotflow_adapters::system::{SystemClock, SystemEntropy};
use slotflow_application::Organizations;
use slotflow_application::ports::{Clock, Entropy, Store};
use slotflow_domain::event::{Event, EventCatalog, EventSet, EventType, Payload, Sequence};
use slotflow_domain::organization::{OrganizationName, Plan};
use slotflow_domain::signing::SigningSecret;
use slotflow_domain::webhook::{UrlRules, Webhook, WebhookActivity, WebhookUrl};
use slotflow_domain::{EventId, OrganizationId, WebhookId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many events the deliveries share.
const EVENTS: usize = 1_000;

/// A payload of a usual size, in bytes.
const PAYLOAD: usize = 400;

/// What waits in a store.
pub(crate) struct Backlog {
    /// The webhook that has its share on the wire.
    hanging: Option<WebhookId>,
}

impl Backlog {
    /// Fills an empty store.
    pub(crate) async fn fill(
        store: &SqlStore,
        database_url: &str,
        shape: Shape,
        size: usize,
    ) -> anyhow::Result<Self> {
        let entropy = SystemEntropy::new()?;
        let organization_id = organization(store).await?;
        let webhooks = webhooks(store, &entropy, organization_id, Shape::WEBHOOKS).await?;
        events(store, &entropy, organization_id).await?;
        deliveries(database_url, shape, size).await.context("filling the backlog")?;
        Ok(Self { hanging: webhooks.first().copied().filter(|_| shape.hangs()) })
    }

    /// What is on the wire.
    pub(crate) fn in_flight(&self) -> BTreeMap<WebhookId, usize> {
        self.hanging.iter().map(|id| (*id, SHARE)).collect()
    }
}

/// A new organization without a limit of webhooks.
pub(crate) async fn organization(store: &SqlStore) -> anyhow::Result<OrganizationId> {
    let organizations = Organizations {
        store: Arc::new(store.clone()),
        directory: Arc::new(store.clone()),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy::new()?),
    };
    Ok(organizations.create(OrganizationName::parse("Busy")?, Plan::Growth).await?.0.id)
}

/// So many webhooks of it, in ascending order of ids, which is how the fill numbers them.
pub(crate) async fn webhooks(
    store: &SqlStore,
    entropy: &SystemEntropy,
    organization_id: OrganizationId,
    count: usize,
) -> anyhow::Result<Vec<WebhookId>> {
    let mut work = store.begin().await?;
    let mut ids = Vec::with_capacity(count);
    for number in 0..count {
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
    Ok(ids)
}

async fn events(
    store: &SqlStore,
    entropy: &SystemEntropy,
    organization_id: OrganizationId,
) -> anyhow::Result<()> {
    let mut work = store.begin().await?;
    for _ in 0..EVENTS {
        let now = SystemClock.now();
        let event = Event {
            id: EventId::new(entropy.id(now)),
            organization_id,
            event_type: EventType::BOOKING_CONFIRMED,
            booking_id: None,
            sequence: Sequence(1),
            payload: Payload::from_stored(vec![b' '; PAYLOAD]),
            created_at: now,
            trace_context: None,
        };
        work.insert_events(std::slice::from_ref(&event), &[]).await?;
    }
    work.commit().await?;
    Ok(())
}

async fn deliveries(database_url: &str, shape: Shape, size: usize) -> anyhow::Result<()> {
    let mut options = ConnectOptions::new(database_url);
    options.max_connections(1).sqlx_logging(false);
    let connection = Database::connect(options).await?;
    for statement in fill_statements(&connection, shape, size) {
        connection.execute_unprepared(&statement).await.with_context(|| statement.clone())?;
    }
    connection.close().await?;
    Ok(())
}

fn fill_statements(connection: &DatabaseConnection, shape: Shape, size: usize) -> Vec<String> {
    let is_postgres = connection.get_database_backend() == DbBackend::Postgres;
    let (series, id, after) = if is_postgres {
        ("generate_series(0, {last})", "lpad(to_hex(g), 32, '0')::uuid", "VACUUM ANALYZE")
    } else {
        (
            "(WITH RECURSIVE series (g) AS (SELECT 0 UNION ALL SELECT g + 1 FROM series WHERE g < {last}) \
             SELECT g FROM series)",
            "unhex(printf('%032x', g))",
            // As it runs: SQLite is never told to count its rows.
            "PRAGMA wal_checkpoint(TRUNCATE)",
        )
    };
    let series = series.replace("{last}", &size.saturating_sub(1).to_string());
    let places = shape.places(size);
    let (webhook, due_in) = (places.webhook, places.due_in);
    let now = SystemClock.now().as_millis();
    let numbered = |name: &str, table: &str| {
        format!(
            "CREATE TEMPORARY TABLE {name} AS \
             SELECT id, organization_id, row_number() OVER (ORDER BY id) - 1 AS n FROM {table}"
        )
    };
    let mut statements = vec![
        numbered("numbered_webhooks", "webhooks"),
        numbered("numbered_events", "events"),
        "CREATE UNIQUE INDEX webhook_numbers ON numbered_webhooks (n)".to_owned(),
        "CREATE UNIQUE INDEX event_numbers ON numbered_events (n)".to_owned(),
        format!(
            "INSERT INTO deliveries (id, organization_id, webhook_id, event_id, status, listed_status, wake_at, \
             finished_attempts, lost_claims, created_at) \
             SELECT {id}, w.organization_id, w.id, e.id, 'pending', 'pending', {now} + ({due_in}), 0, 0, {now} \
             FROM {series} AS s {} \
             JOIN numbered_webhooks w ON w.n = {webhook} JOIN numbered_events e ON e.n = g % {EVENTS}",
            if is_postgres { "(g)" } else { "" }
        ),
        after.to_owned(),
    ];
    if !is_postgres {
        statements.insert(0, "PRAGMA synchronous = OFF".to_owned());
        statements.push("PRAGMA wal_checkpoint(TRUNCATE)".to_owned());
    }
    statements
}
