//! Events that are written into the outbox table in plain SQL, by whoever has a connection to the database.

use super::world::World;
use crate::store::statement::{execute, values};
use crate::system::{SystemClock, SystemEntropy};
use sea_orm::{ConnectionTrait, Database, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use slotflow_application::Slotflow;
use slotflow_application::outbox::OutboxRelay;
use slotflow_application::ports::{Clock as _, EventFilter, EventRecord, MockWebhookSender};
use slotflow_application::slotflow::Worker;
use slotflow_domain::event::{EventCatalog, EventDefinition};
use std::sync::Arc;

struct Stage {
    world: World,
    slotflow: Slotflow,
    relay: OutboxRelay,
}

impl Stage {
    async fn all() -> Vec<Self> {
        let stage = |world: World| {
            let catalog = EventCatalog::of([EventDefinition::new("order.paid").unwrap()]).unwrap();
            let (slotflow, Worker { relay, .. }) = Slotflow::builder(
                Arc::new(world.store.clone()),
                Arc::new(MockWebhookSender::new()),
                Arc::new(SystemClock),
                Arc::new(SystemEntropy::new().unwrap()),
            )
            .catalog(catalog)
            .build();
            Self { world, slotflow, relay }
        };
        World::all().await.into_iter().map(stage).collect()
    }

    /// The statement of the documents, with its values in their places.
    fn insert(&self) -> String {
        let id = self.world.organization_id.as_uuid();
        format!(
            "INSERT INTO outbox (organization_id, event_type, data) VALUES ('{id}', 'order.paid', '{{\"order_id\": 7}}')"
        )
    }

    async fn events(&self) -> Vec<EventRecord> {
        let filter = EventFilter { limit: 50, ..EventFilter::default() };
        self.slotflow.events.list(self.world.organization_id, filter).await.unwrap().events
    }

    async fn reasons(&self) -> Vec<String> {
        let refused = self.slotflow.outbox.refused(None, 50).await.unwrap();
        refused.into_iter().map(|row| row.reason).collect()
    }
}

#[tokio::test]
async fn a_row_commits_or_vanishes_with_the_transaction_of_whoever_writes_it() {
    for stage in Stage::all().await {
        let connection = Database::connect(&stage.world.url).await.unwrap();
        for commits in [false, true] {
            let options = TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            };
            let transaction = connection.begin_with_options(options).await.unwrap();
            transaction.execute_unprepared(&stage.insert()).await.unwrap();
            assert_eq!(stage.relay.pass().await.unwrap_or_default(), 0, "not before it is committed");
            if commits {
                transaction.commit().await.unwrap()
            } else {
                transaction.rollback().await.unwrap()
            }
            assert_eq!(stage.relay.pass().await.unwrap(), usize::from(commits));
        }
        let events = stage.events().await;
        assert_eq!(events.len(), 1);
        let age = SystemClock.now().since(events[0].created_at);
        assert!(age.as_secs() < 60, "it happened when the row was written, by the database's clock: {age:?}");
    }
}

#[tokio::test]
async fn columns_of_other_types_are_taken_where_the_database_converts_them() {
    for stage in Stage::all().await.into_iter().filter(|stage| stage.world.is_postgres()) {
        let sql = "INSERT INTO outbox (organization_id, event_type, data) \
                   SELECT $1::uuid, 'order.paid', jsonb_build_object('order_id', 7)";
        let id = stage.world.organization_id.as_uuid();
        execute(stage.world.store.writer(), sql, values![id]).await.unwrap();
        assert_eq!((stage.relay.pass().await.unwrap(), stage.events().await.len()), (1, 1));
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_set_aside() {
    for stage in Stage::all().await.into_iter().filter(|stage| !stage.world.is_postgres()) {
        let id = stage.world.organization_id.as_uuid();
        let columns = ["x'ff'", "'order.paid'", "'{}'"];
        for (place, bytes) in ["CAST(x'ff' AS TEXT)"; 3].into_iter().enumerate() {
            let mut values = columns.map(str::to_owned);
            values[0] = format!("'{id}'");
            values[place] = bytes.to_owned();
            let sql = format!(
                "INSERT INTO outbox (organization_id, event_type, data) VALUES ({})",
                values.join(", ")
            );
            execute(stage.world.store.writer(), sql, vec![]).await.unwrap();
        }
        execute(stage.world.store.writer(), stage.insert(), vec![]).await.unwrap();
        assert_eq!(stage.relay.pass().await.unwrap(), 4);
        assert_eq!(stage.events().await.len(), 1);
        let reasons = stage.reasons().await;
        assert_eq!(reasons[0], "organization_id must be a UUID");
        assert!(reasons[1].starts_with("event_type must be"), "{reasons:?}");
        assert_eq!(reasons[2], "the data is not UTF-8");
    }
}

#[tokio::test]
async fn a_time_that_is_none_is_set_aside() {
    for stage in Stage::all().await {
        let sql =
            stage.insert().replace("data)", "data, created_at)").replace("}')", "}', 9000000000000000000)");
        execute(stage.world.store.writer(), sql, vec![]).await.unwrap();
        stage.relay.pass().await.unwrap();
        assert_eq!(stage.reasons().await, ["created_at must be a time in ms since 1970"]);
    }
}
