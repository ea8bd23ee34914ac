//! Events and registrations within a transaction that somebody else began.

use super::world::World;
use crate::store::SqlStore;
use crate::system::{SystemClock, SystemEntropy};
use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use slotflow_application::Slotflow;
use slotflow_application::ports::{
    DeliveryFilter, Directory, EventFilter, MockWebhookSender, WebhookRegistry,
};
use slotflow_application::slotflow::PublishedEvent;
use slotflow_domain::event::{EventCatalog, EventDefinition, EventSet, NewEvent};
use std::sync::Arc;

/// A caller with a table of its own beside ours, on a connection of its own.
struct Caller {
    world: World,
    slotflow: Slotflow,
    connection: DatabaseConnection,
}

impl Caller {
    async fn all() -> Vec<Self> {
        let mut callers = vec![];
        for world in World::all().await {
            let catalog = EventCatalog::of([EventDefinition::new("order.paid").unwrap()]).unwrap();
            let mut webhook = world.webhook_of("paid");
            webhook.events = EventSet::parse(&["order.paid"], &catalog).unwrap();
            let transaction = world.store.begin_transaction().await.unwrap();
            world.store.enlist(&transaction).insert_webhook(&webhook).await.unwrap();
            transaction.execute_unprepared("CREATE TABLE orders (id INTEGER PRIMARY KEY)").await.unwrap();
            transaction.commit().await.unwrap();
            let (slotflow, _) = Slotflow::builder(
                Arc::new(world.store.clone()),
                Arc::new(MockWebhookSender::new()),
                Arc::new(SystemClock),
                Arc::new(SystemEntropy::new().unwrap()),
            )
            .catalog(catalog)
            .build();
            let connection = Database::connect(&world.url).await.unwrap();
            callers.push(Self { world, slotflow, connection });
        }
        callers
    }

    async fn begin(&self) -> DatabaseTransaction {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.connection.begin_with_options(options).await.unwrap()
    }

    async fn order(&self, transaction: &DatabaseTransaction, id: u32) -> PublishedEvent {
        transaction.execute_unprepared(&format!("INSERT INTO orders VALUES ({id})")).await.unwrap();
        let event = NewEvent::new("order.paid", &serde_json::json!({ "id": id })).unwrap();
        let mut enlisted = self.world.store.enlist(transaction);
        self.slotflow.publish(&mut enlisted, self.world.organization_id, event).await.unwrap()
    }

    /// How many orders, events and deliveries there are.
    async fn seen(&self) -> [usize; 3] {
        let (id, slotflow) = (self.world.organization_id, &self.slotflow);
        let events = EventFilter { limit: 50, ..EventFilter::default() };
        let deliveries = DeliveryFilter { limit: 50, ..DeliveryFilter::default() };
        [
            count_orders(&self.world.store).await,
            slotflow.events.list(id, events).await.unwrap().events.len(),
            slotflow.deliveries.list(id, deliveries).await.unwrap().deliveries.len(),
        ]
    }
}

async fn count_orders(store: &SqlStore) -> usize {
    let rows = crate::store::statement::all(store.reader(), "SELECT id FROM orders", vec![]).await;
    rows.unwrap().len()
}

#[tokio::test]
async fn an_event_commits_with_the_callers_row() {
    for caller in Caller::all().await {
        let transaction = caller.begin().await;
        let published = caller.order(&transaction, 1).await;
        assert_eq!(published.deliveries().len(), 1);
        transaction.commit().await.unwrap();
        assert_eq!(caller.seen().await, [1, 1, 1]);
        published.committed();
    }
}

#[tokio::test]
async fn an_event_vanishes_with_the_callers_row() {
    for caller in Caller::all().await {
        let transaction = caller.begin().await;
        drop(caller.order(&transaction, 1).await);
        transaction.rollback().await.unwrap();
        assert_eq!(caller.seen().await, [0, 0, 0]);
    }
}

#[tokio::test]
async fn an_error_behind_the_event_takes_it_along() {
    for caller in Caller::all().await {
        let transaction = caller.begin().await;
        drop(caller.order(&transaction, 1).await);
        let twice = transaction.execute_unprepared("INSERT INTO orders VALUES (1)").await;
        assert!(twice.is_err());
        drop(transaction);
        assert_eq!(caller.seen().await, [0, 0, 0]);
    }
}

#[tokio::test]
async fn a_panic_behind_the_event_takes_it_along() {
    for caller in Caller::all().await {
        let caller = Arc::new(caller);
        let unlucky = tokio::spawn({
            let caller = Arc::clone(&caller);
            async move {
                let transaction = caller.begin().await;
                let _published = caller.order(&transaction, 1).await;
                panic!("in the middle of it");
            }
        });
        assert!(unlucky.await.unwrap_err().is_panic());
        assert_eq!(caller.seen().await, [0, 0, 0]);
        let transaction = caller.begin().await;
        drop(caller.order(&transaction, 2).await);
        transaction.commit().await.unwrap();
        assert_eq!(caller.seen().await, [1, 1, 1]);
    }
}

#[tokio::test]
async fn a_savepoint_that_is_rolled_back_takes_only_its_own_events_along() {
    for caller in Caller::all().await {
        let outer = caller.begin().await;
        drop(caller.order(&outer, 1).await);
        let inner = outer.begin().await.unwrap();
        drop(caller.order(&inner, 2).await);
        inner.rollback().await.unwrap();
        let inner = outer.begin().await.unwrap();
        drop(caller.order(&inner, 3).await);
        inner.commit().await.unwrap();
        outer.commit().await.unwrap();
        assert_eq!(caller.seen().await, [2, 2, 2]);
    }
}

#[tokio::test]
async fn what_the_catalogue_does_not_have_is_refused_before_anything_is_written() {
    for caller in Caller::all().await {
        let transaction = caller.begin().await;
        let event = NewEvent::new("order.lost", &serde_json::json!({})).unwrap();
        let mut enlisted = caller.world.store.enlist(&transaction);
        let refused = caller.slotflow.publish(&mut enlisted, caller.world.organization_id, event).await;
        assert_eq!(
            refused.err().map(|error| error.to_string()).as_deref(),
            Some("there is no event type order.lost in the catalogue")
        );
        drop(enlisted);
        drop(caller.order(&transaction, 1).await);
        transaction.commit().await.unwrap();
        assert_eq!(caller.seen().await, [1, 1, 1]);
    }
}

#[tokio::test]
async fn registrations_come_and_go_with_the_callers_transaction() {
    for world in World::all().await {
        for (commits, count) in [(false, 0), (true, 1)] {
            let callers = world.store.begin_transaction().await.unwrap();
            world.store.enlist(&callers).insert_webhook(&world.webhook_of("enlisted")).await.unwrap();
            if commits {
                callers.commit().await.unwrap()
            } else {
                callers.rollback().await.unwrap()
            }
            assert_eq!(world.store.webhooks(world.organization_id).await.unwrap().len(), count);
        }
    }
}
