//! Our tables beside those of the service that embeds us.

use super::world::{Place, at, empty_databases};
use crate::store::statement::all;
use crate::store::stored_row::StoredRow;
use crate::store::{ConnectError, SqlStore, StoreOptions, TableNames};
use crate::system::{SystemClock, SystemEntropy};
use async_trait::async_trait;
use sea_orm::{ConnectionTrait as _, Database, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTraitSelf, SchemaManager};
use slotflow_application::Slotflow;
use slotflow_application::ports::{
    Clock as _, DeliveryFilter, Directory as _, Instances as _, MockWebhookSender,
};
use slotflow_application::slotflow::Storage;
use slotflow_application::webhooks::RegisterWebhook;
use slotflow_domain::event::{EventCatalog, EventDefinition, NewEvent};
use slotflow_domain::organization::{OrganizationName, Plan, PlanName};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The names that the engine can have.
fn names(url: &str) -> Vec<TableNames> {
    let prefix = TableNames::with_prefix("slotflow_").unwrap();
    match url.starts_with("postgres") {
        true => vec![prefix, TableNames::in_schema("hooks").unwrap()],
        false => vec![prefix],
    }
}

/// What there is before a store is opened: a service with tables of its own, whose names are ours, and with migrations.
async fn service(url: &str) {
    let creating = if url.starts_with("sqlite") { format!("{url}?mode=rwc") } else { url.to_owned() };
    let connection = Database::connect(creating).await.unwrap();
    Theirs.up(&connection, None).await.unwrap();
    connection.close().await.unwrap();
}

/// The service's own migrator.
struct Theirs;

impl MigratorTraitSelf for Theirs {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Events)]
    }
}

/// The same, with our migrations behind its own.
struct Both(TableNames);

impl MigratorTraitSelf for Both {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        Theirs.migrations().into_iter().chain(self.0.migrations()).collect()
    }
}

struct Events;

impl MigrationName for Events {
    fn name(&self) -> &str {
        "m20260310_000001_events"
    }
}

#[allow(elided_lifetimes_in_paths, reason = "the trait elides the manager's lifetime, and so must we")]
#[async_trait]
impl MigrationTrait for Events {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for sql in [
            "CREATE TABLE events (theirs INTEGER NOT NULL)",
            "CREATE INDEX deliveries_due ON events (theirs)",
            "INSERT INTO events VALUES (7)",
        ] {
            connection.execute_unprepared(sql).await?;
        }
        Ok(())
    }
}

/// Registers, publishes in a transaction of their connection, and answers how many deliveries there are then.
async fn use_it(store: &SqlStore, url: &str) -> usize {
    let catalog = EventCatalog::of([EventDefinition::new("order.paid").unwrap()]).unwrap();
    let storage: Arc<dyn Storage> = Arc::new(store.clone());
    let entropy = SystemEntropy::new().unwrap();
    let (slotflow, _) = Slotflow::builder(
        storage,
        Arc::new(MockWebhookSender::new()),
        Arc::new(SystemClock),
        Arc::new(entropy),
    )
    .catalog(catalog)
    .build();
    let organization = OrganizationName::parse("Startup").unwrap();
    let organization = slotflow.organizations.create(organization, Plan::Growth).await.unwrap().0.id;
    let webhook = RegisterWebhook { url: "https://a.dev/".into(), events: vec!["order.paid".into()] };
    slotflow.webhooks.register(organization, webhook).await.unwrap();
    let connection = Database::connect(url).await.unwrap();
    let transaction = sea_orm::TransactionTrait::begin(&connection).await.unwrap();
    transaction.execute_unprepared("INSERT INTO events VALUES (8)").await.unwrap();
    let event = NewEvent::new("order.paid", &serde_json::json!({})).unwrap();
    let published = slotflow.publish(&mut store.enlist(&transaction), organization, event).await.unwrap();
    transaction.commit().await.unwrap();
    drop(published);
    let filter = DeliveryFilter { limit: 10, ..DeliveryFilter::default() };
    slotflow.deliveries.list(organization, filter).await.unwrap().deliveries.len()
}

async fn connect(url: &str, table_names: TableNames) -> SqlStore {
    SqlStore::connect(url, StoreOptions { table_names, ..StoreOptions::default() }).await.unwrap()
}

/// Databases with such a service, and the names that a store can have in each.
async fn stages() -> Vec<(String, TableNames, Place)> {
    let mut stages = vec![];
    for _ in 0..2 {
        for (url, place) in empty_databases().await {
            if let Some(names) = names(&url).get(stages.len() / 2).cloned() {
                service(&url).await;
                stages.push((url, names, place));
            }
        }
    }
    stages
}

#[tokio::test]
async fn a_store_stands_beside_tables_and_migrations_that_have_its_names() {
    for (url, names, _place) in stages().await {
        let store = connect(&url, names).await;
        assert!(!store.is_up_to_date().await.unwrap());
        store.migrate().await.unwrap();
        store.migrate().await.unwrap();
        assert!(store.is_up_to_date().await.unwrap());
        assert_eq!(use_it(&store, &url).await, 1);
        Theirs.up(&Database::connect(&url).await.unwrap(), None).await.unwrap();
    }
}

#[tokio::test]
async fn the_service_can_make_our_tables_with_its_own() {
    for (url, names, _place) in stages().await {
        let connection = Database::connect(&url).await.unwrap();
        if let Some(schema) = names.schema() {
            connection.execute_unprepared(&format!("CREATE SCHEMA {schema}")).await.unwrap();
        }
        for _ in 0..2 {
            Both(names.clone()).up(&connection, None).await.unwrap();
        }
        assert_eq!(use_it(&connect(&url, names).await, &url).await, 1);
    }
}

#[tokio::test]
async fn stores_of_different_names_in_one_database_know_nothing_of_each_other() {
    for (url, _place) in empty_databases().await {
        let mut enrolled = vec![];
        for names in [vec![TableNames::plain()], names(&url)].concat() {
            let store = connect(&url, names).await;
            store.migrate().await.unwrap();
            assert_eq!(store.organizations().await.unwrap(), []);
            let organization = OrganizationName::parse("Startup").unwrap();
            let mut work = slotflow_application::ports::Store::begin(&store).await.unwrap();
            let id = slotflow_domain::OrganizationId::new(uuid::Uuid::from_u128(1));
            let (plan, created_at) = (PlanName::parse("team").unwrap(), at(0));
            let organization =
                slotflow_domain::organization::Organization { id, name: organization, plan, created_at };
            work.insert_organization(&organization).await.unwrap();
            work.commit().await.unwrap();
            enrolled.push(store.enrol(SystemClock.now()).await.unwrap());
        }
        for instance in &enrolled {
            assert_eq!(instance.number().get(), 1, "each counts its own");
            assert_eq!(instance.dead(), [], "and none is taken for another");
        }
        for instance in enrolled {
            instance.leave().await;
        }
    }
}

#[tokio::test]
async fn lists_of_migrations_that_are_one_table_are_told_apart_in_words() {
    for (url, _place) in empty_databases().await {
        service(&url).await;
        let store = connect(&url, TableNames::plain()).await;
        let error = store.migrate().await.unwrap_err().to_string();
        assert!(
            error.contains("m20260310_000001_events") && error.contains("give our tables a prefix"),
            "{error}"
        );
        assert_eq!(store.is_up_to_date().await.unwrap_err().to_string(), error);
    }
}

#[tokio::test]
async fn sqlite_has_no_schemas() {
    let options = StoreOptions { table_names: TableNames::in_schema("hooks").unwrap(), ..Default::default() };
    let refused = SqlStore::connect("sqlite://never-made.db", options).await.err();
    assert!(matches!(refused, Some(ConnectError::NoSchemas)), "{refused:?}");
    assert!(!std::path::Path::new("never-made.db").exists());
}

/// The names of all tables, indexes and sequences in a database: behind the name of their schema and a dot, where that is not
/// the one that is looked into by itself.
async fn all_names(url: &str) -> BTreeSet<String> {
    let sql = match url.starts_with("postgres") {
        true => {
            "SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname AS name \
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'"
        }
        // What SQLite makes by itself for a key is called by its table, and what it keeps for itself by none.
        false => "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    };
    let connection = Database::connect(url).await.unwrap();
    let rows = all(&connection, sql, vec![]).await.unwrap();
    rows.iter().map(|row| StoredRow(row).text("name").unwrap()).collect()
}

#[tokio::test]
async fn nothing_is_made_but_under_our_names() {
    let mut tried = 0;
    for (url, _place) in empty_databases().await {
        connect(&url, TableNames::plain()).await.migrate().await.unwrap();
        let plain = all_names(&url).await;
        assert!(plain.len() > 25 && plain.contains("deliveries"), "the search itself works: {plain:?}");
        for before in names(&url) {
            // A database of the same kind, for these names alone.
            let (url, _place) = empty_databases()
                .await
                .into_iter()
                .find(|(other, _)| other.starts_with("postgres") == url.starts_with("postgres"))
                .unwrap();
            connect(&url, before.clone()).await.migrate().await.unwrap();
            let before = before.migrations_table().replace("seaql_migrations", "");
            let expected: BTreeSet<_> = plain.iter().map(|name| format!("{before}{name}")).collect();
            assert_eq!(all_names(&url).await, expected, "{before}");
            tried += 1;
        }
    }
    assert!(tried > 0);
}
