//! A store of each engine with an organization in it.

use crate::store::{SqlStore, StoreOptions};
use sea_orm::ConnectionTrait;
use slotflow_application::Announcer;
use slotflow_application::ports::{
    AttemptLog, ClaimTerms, DeliveryLog, DeliveryQueue, Entropy, Room, SettleReport, SettleTerms, Settled,
    Store, StoreError, UnitOfWork,
};
use slotflow_domain::delivery::{
    Attempt, AttemptOutcome, AttemptReport, AttemptResponse, ClaimToken, ClaimedDelivery, Delivery, Draw,
    Exchange, Lease, RetryPolicy, Settlement,
};
use slotflow_domain::event::{Event, EventSet, EventType, Payload, Sequence};
use slotflow_domain::health::AutoDisable;
use slotflow_domain::organization::{Organization, OrganizationName, Plan};
use slotflow_domain::signing::SigningSecret;
use slotflow_domain::webhook::{Webhook, WebhookActivity, WebhookStanding, WebhookUrl};
use slotflow_domain::{DeliveryId, EventId, OrganizationId, Timestamp, WebhookId};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use uuid::Uuid;

const CLUSTER: &str = "SLOTFLOW_TEST_POSTGRES_URL";

pub(super) struct World {
    pub(super) store: SqlStore,
    pub(super) url: String,
    pub(super) organization_id: OrganizationId,
    _place: Place,
}

/// Where a database is, which goes when the test is over.
pub(super) enum Place {
    Folder(#[expect(dead_code, reason = "kept for its drop")] tempfile::TempDir),
    Cluster { url: String, database: String },
}

impl Drop for Place {
    fn drop(&mut self) {
        let Self::Cluster { url, database } = self else { return };
        let (url, sql) = (url.clone(), format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"));
        // On a thread of its own: a runtime cannot wait within another one.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let admin = SqlStore::connect(&url, StoreOptions::default()).await.unwrap();
                admin.writer().execute_unprepared(&sql).await.unwrap();
            });
        });
        if dropping.join().is_err() {
            println!("a database for tests was left behind");
        }
    }
}

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_770_000_000_000 + seconds * 1_000).unwrap()
}

/// An identifier greater than every one before it.
pub(super) fn new_id() -> Uuid {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u64_pair(COUNT.fetch_add(1, Ordering::Relaxed), 0x8000_0000_0000_0001)
}

fn random_name() -> String {
    let seed = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), std::process::id());
    format!("slotflow_store_{seed:016x}")
}

/// A URL of an empty SQLite database and, where there is a cluster for tests, of an empty PostgreSQL one.
pub(super) async fn empty_databases() -> Vec<(String, Place)> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let mut urls = vec![(format!("sqlite://{}", path.display()), Place::Folder(directory))];
    match std::env::var(CLUSTER) {
        Ok(cluster) => {
            let name = random_name();
            let admin = SqlStore::connect(&cluster, StoreOptions::default()).await.unwrap();
            admin
                .writer()
                .execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE template0"))
                .await
                .unwrap();
            admin.close().await.unwrap();
            let (before, parameters) = cluster.split_once('?').unwrap_or((&cluster, ""));
            let (server, _) = before.rsplit_once('/').unwrap();
            let url = format!("{server}/{name}?{parameters}");
            urls.push((url, Place::Cluster { url: cluster, database: name }));
        }
        Err(_) => println!("skipped on PostgreSQL: {CLUSTER} names no cluster"),
    }
    urls
}

async fn new_organization(store: &SqlStore) -> OrganizationId {
    let id = OrganizationId::new(new_id());
    let mut work = store.begin().await.unwrap();
    work.insert_organization(&Organization {
        id,
        name: OrganizationName::parse("Startup").unwrap(),
        plan: Plan::Growth.into(),
        created_at: at(0),
    })
    .await
    .unwrap();
    work.commit().await.unwrap();
    id
}

impl World {
    /// One per engine, migrated.
    pub(super) async fn all() -> Vec<Self> {
        let mut worlds = vec![];
        for (url, place) in empty_databases().await {
            let store = SqlStore::connect(&url, StoreOptions::default()).await.unwrap();
            store.migrate().await.unwrap();
            let organization_id = new_organization(&store).await;
            worlds.push(Self { store, url, organization_id, _place: place });
        }
        worlds
    }

    pub(super) async fn another_organization(&self) -> OrganizationId {
        new_organization(&self.store).await
    }

    pub(super) fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres")
    }

    pub(super) fn webhook_of(&self, path: &str) -> Webhook {
        Webhook {
            id: WebhookId::new(new_id()),
            organization_id: self.organization_id,
            url: WebhookUrl::from_stored(&format!("https://receiver.example.com/{path}")).unwrap(),
            events: EventSet::from_stored(vec![EventType::BOOKING_CONFIRMED]).unwrap(),
            secrets: SigningSecret::from_random([7; 32]).into(),
            activity: WebhookActivity::Active,
            active_since: at(0),
            created_at: at(0),
        }
    }

    pub(super) async fn webhook(&self) -> WebhookId {
        let webhook = self.webhook_of(&new_id().to_string());
        let mut work = self.store.begin().await.unwrap();
        work.insert_webhook(&webhook).await.unwrap();
        work.commit().await.unwrap();
        webhook.id
    }

    /// A webhook that wants the operational events.
    pub(super) async fn listener(&self) -> WebhookId {
        let events = EventSet::from_stored(vec![EventType::DELIVERY_FAILED, EventType::WEBHOOK_DISABLED]);
        let webhook = Webhook { events: events.unwrap(), ..self.webhook_of(&new_id().to_string()) };
        let mut work = self.store.begin().await.unwrap();
        work.insert_webhook(&webhook).await.unwrap();
        work.commit().await.unwrap();
        webhook.id
    }

    /// Publishes an event to every webhook that wants it.
    pub(super) async fn publish(&self, now: Timestamp) -> Vec<DeliveryId> {
        let mut work = self.store.begin().await.unwrap();
        let wanted = &EventType::BOOKING_CONFIRMED;
        let webhooks = work.webhooks_wanting(&BTreeSet::from([self.organization_id]), wanted).await.unwrap();
        let to: Vec<_> = webhooks.iter().map(|webhook| (webhook.id, webhook.activity.standing())).collect();
        self.insert(work, &to, now).await
    }

    /// Publishes an event to these webhooks, which are active, as often as they are named.
    pub(super) async fn publish_to(&self, webhook_ids: &[WebhookId], now: Timestamp) -> Vec<DeliveryId> {
        let to: Vec<_> = webhook_ids.iter().map(|id| (*id, WebhookStanding::Active)).collect();
        self.insert(self.store.begin().await.unwrap(), &to, now).await
    }

    async fn insert(
        &self,
        mut work: Box<dyn UnitOfWork>,
        to: &[(WebhookId, WebhookStanding)],
        now: Timestamp,
    ) -> Vec<DeliveryId> {
        let event = Event {
            id: EventId::new(new_id()),
            organization_id: self.organization_id,
            event_type: EventType::BOOKING_CONFIRMED,
            booking_id: None,
            sequence: Sequence(1),
            payload: Payload::from_stored(b"{\"event\":1}".to_vec()),
            created_at: now,
            trace_context: None,
        };
        let deliveries: Vec<_> = to
            .iter()
            .map(|(webhook, standing)| {
                Delivery::of_event(DeliveryId::new(new_id()), &event, *webhook, *standing)
            })
            .collect();
        work.insert_events(std::slice::from_ref(&event), &deliveries).await.unwrap();
        work.commit().await.unwrap();
        deliveries.iter().map(|delivery| delivery.id).collect()
    }

    pub(super) async fn claim(&self, now: Timestamp, room: Room) -> Vec<ClaimedDelivery> {
        self.store.claim_due(terms(now, room)).await.unwrap().deliveries
    }

    pub(super) async fn settle(&self, settled: Vec<Settled>) -> Result<SettleReport, StoreError> {
        let auto_disable = Some(AutoDisable::default());
        self.store.settle(settled, SettleTerms { auto_disable, announcer: announcer() }).await
    }

    pub(super) async fn log(&self, id: DeliveryId) -> AttemptLog {
        self.store.delivery(self.organization_id, id).await.unwrap().unwrap()
    }

    /// Changes the webhook's row as nobody should: `secret = 'x'`.
    pub(super) async fn set_in_webhook(&self, change: &str, id: WebhookId) {
        let id = id.as_uuid().simple();
        let literal = if self.is_postgres() { format!("'{id}'::uuid") } else { format!("x'{id}'") };
        self.execute(&format!("UPDATE webhooks SET {change} WHERE id = {literal}")).await;
    }

    pub(super) async fn execute(&self, sql: &str) {
        self.store.writer().execute_unprepared(sql).await.unwrap();
    }
}

pub(super) fn room(total: usize, per_webhook: usize) -> Room {
    Room { total, per_webhook, ..Room::default() }
}

/// Identifiers that grow, and nothing that is secret.
struct Counted;

impl Entropy for Counted {
    fn id(&self, _: Timestamp) -> Uuid {
        new_id()
    }

    fn token(&self) -> Uuid {
        new_id()
    }

    fn secret_bytes(&self) -> [u8; 32] {
        [7; 32]
    }
}

pub(super) fn announcer() -> Announcer {
    Announcer::new(Arc::new(Counted))
}

pub(super) fn terms(now: Timestamp, room: Room) -> ClaimTerms {
    let lease = Lease { token: ClaimToken::new(new_id()), until: now + Duration::from_secs(30) };
    ClaimTerms { now, lease, room, policy: RetryPolicy::default(), announcer: announcer() }
}

/// The answer of a receiver, as the dispatcher would settle it.
pub(super) fn answered(claimed: &ClaimedDelivery, now: Timestamp, response: AttemptResponse) -> Settled {
    let report = AttemptReport {
        outcome: AttemptOutcome::of_status(response.status),
        error: Some(format!("answered {}", response.status)),
        response: Some(response),
        duration: Duration::from_millis(12),
        exchange: Exchange::default(),
    };
    Settled {
        delivery_id: claimed.id,
        webhook_id: claimed.webhook_id,
        event_type: claimed.event_type.clone(),
        token: claimed.lease.token,
        settlement: Settlement::of(
            claimed.attempt,
            report.verdict(),
            now,
            &RetryPolicy::default(),
            Draw::LOWEST,
        ),
        attempt: Attempt { number: claimed.attempt, started_at: now, report },
    }
}

pub(super) fn status(status: u16) -> AttemptResponse {
    AttemptResponse { status, ..AttemptResponse::default() }
}
