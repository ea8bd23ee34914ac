//! The tables, and how they came to be. A migration that was released is never changed, only followed.

mod m0001_initial;
mod m0002_repair;
mod m0003_secret_rotation;
mod m0004_webhook_hours;
mod m0005_idempotency;
mod m0006_retention;
mod m0007_operational_events;
mod m0008_attempt_details;
mod m0009_trace_context;
mod m0010_aged_hours;
mod m0011_listings_by_type;
mod m0012_listed_status;
mod m0013_calendars_by_human;
mod m0014_instances;
mod m0015_encrypted_secrets;
mod m0016_attempt_durations;
mod m0017_outbox;
mod m0018_own_plans;

use super::statement::{all, one};
use super::stored_row::StoredRow;
use super::{SqlStore, dialect::Dialect, errors::translate, table_names::TableNames};
use async_trait::async_trait;
use sea_orm::sea_query::{Alias, IntoIden};
use sea_orm::{ConnectionTrait, DbErr, DynIden};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTraitSelf, SchemaManager};
use slotflow_application::ports::StoreError;
use std::collections::BTreeSet;

/// What one version of the tables adds to the one before.
struct Step {
    name: &'static str,
    statements: fn(Dialect) -> Vec<String>,
}

/// Steps by the names of their modules, which are theirs in the database too.
macro_rules! steps {
    ($($module:ident),+ $(,)?) => {
        &[$(Step { name: stringify!($module), statements: $module::statements }),+]
    };
}

const STEPS: &[Step] = steps![
    m0001_initial,
    m0002_repair,
    m0003_secret_rotation,
    m0004_webhook_hours,
    m0005_idempotency,
    m0006_retention,
    m0007_operational_events,
    m0008_attempt_details,
    m0009_trace_context,
    m0010_aged_hours,
    m0011_listings_by_type,
    m0012_listed_status,
    m0013_calendars_by_human,
    m0014_instances,
    m0015_encrypted_secrets,
    m0016_attempt_durations,
    m0017_outbox,
    m0018_own_plans,
];

/// A step on tables of these names.
struct Migration {
    name: String,
    step: &'static Step,
    names: TableNames,
}

impl MigrationName for Migration {
    fn name(&self) -> &str {
        &self.name
    }
}

#[allow(elided_lifetimes_in_paths, reason = "the trait elides the manager's lifetime, and so must we")]
#[async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, whoever migrates.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for statement in (self.step.statements)(Dialect::of(connection)) {
            connection.execute_unprepared(&self.names.apply(&statement)).await?;
        }
        Ok(())
    }
}

/// All steps, whose names in the database begin with `prefix`.
fn all_steps(names: &TableNames, prefix: &str) -> Vec<Box<dyn MigrationTrait>> {
    let migration = |step: &'static Step| {
        let name = format!("{prefix}{}", step.name);
        Box::new(Migration { name, step, names: names.clone() }) as Box<dyn MigrationTrait>
    };
    STEPS.iter().map(migration).collect()
}

impl TableNames {
    /// The migrations of tables with these names, for whoever has a migrator of its own and lets nobody else migrate: to be
    /// put behind its own ones, or before. They are listed as `slotflow_m0001_initial` and so on. A later version has more of
    /// them at the end, and changes none.
    ///
    /// Use these or [`SqlStore::migrate`], on one database always the same: what these have applied neither it nor
    /// [`SqlStore::is_up_to_date`] knows of. A schema has to be there before.
    pub fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        all_steps(self, "slotflow_")
    }
}

/// The store's own migrator.
struct Migrator(TableNames);

impl MigratorTraitSelf for Migrator {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        all_steps(&self.0, "")
    }

    /// Without its schema, which no identifier can have: the transaction looks for it there.
    fn migration_table_name(&self) -> DynIden {
        let name = format!("{}{}", self.0.prefix(), TableNames::plain().migrations_table());
        Alias::new(name).into_iden()
    }
}

/// Applies what is missing, all or none. The migrator takes no lock of its own, so the transaction does.
pub(super) async fn run(store: &SqlStore) -> Result<(), StoreError> {
    run_some(store, None).await
}

/// The same for the first so many of what is missing: for tests, which begin as an earlier version left off.
pub(super) async fn run_some(store: &SqlStore, steps: Option<u32>) -> Result<(), StoreError> {
    let transaction = store.begin_writing().await?;
    for statement in Dialect::of(&transaction).before_migration() {
        transaction.execute_unprepared(statement).await.map_err(translate)?;
    }
    if let Some(schema) = store.table_names().schema() {
        enter_schema(&transaction, schema).await?;
    }
    if let Some(applied) = applied(&transaction, store.table_names()).await? {
        refuse_strangers(&applied)?;
    }
    match Migrator(store.table_names().clone()).up(transaction.inner(), steps).await {
        Ok(()) => transaction.commit().await.map_err(translate),
        Err(error) => {
            transaction.rollback().await.map_err(translate)?;
            Err(translate(error))
        }
    }
}

/// Has the transaction look for what has no schema in this one, which is made if it is not there.
async fn enter_schema<C: ConnectionTrait>(connection: &C, schema: &str) -> Result<(), StoreError> {
    // Asked first, as whoever may not make schemas may not make one that is there either.
    let exists = format!("SELECT 1 WHERE to_regnamespace('{schema}') IS NOT NULL");
    if one(connection, exists, vec![]).await?.is_none() {
        connection.execute_unprepared(&format!("CREATE SCHEMA {schema}")).await.map_err(translate)?;
    }
    let enter = format!("SET LOCAL search_path TO {schema}");
    connection.execute_unprepared(&enter).await.map(drop).map_err(translate)
}

/// Whether nothing is missing. It only reads, so that a server whose database user may not make tables can ask.
pub(super) async fn is_up_to_date(store: &SqlStore) -> Result<bool, StoreError> {
    let Some(applied) = applied(store.reader(), store.table_names()).await? else { return Ok(false) };
    refuse_strangers(&applied)?;
    Ok(STEPS.iter().all(|step| applied.contains(step.name)))
}

/// The names of the migrations that were applied; `None` where none ever was.
async fn applied<C: ConnectionTrait>(
    connection: &C,
    names: &TableNames,
) -> Result<Option<BTreeSet<String>>, StoreError> {
    let table = names.migrations_table();
    if one(connection, Dialect::of(connection).has_table(&table), vec![]).await?.is_none() {
        return Ok(None);
    }
    let rows = all(connection, format!("SELECT version FROM {table}"), vec![]).await?;
    rows.iter().map(|row| StoredRow(row).text("version")).collect::<Result<_, _>>().map(Some)
}

/// Where something was applied that is none of our steps, we do not know what the tables are.
fn refuse_strangers(applied: &BTreeSet<String>) -> Result<(), StoreError> {
    match applied.iter().find(|name| STEPS.iter().all(|step| step.name != name.as_str())) {
        None => Ok(()),
        Some(stranger) => Err(StoreError::corrupt(format!(
            "{stranger} was applied to the database, which this version does not know: a newer one has changed it, or \
             a migrator of yours keeps its list in the same table (then give our tables a prefix, or put \
             `TableNames::migrations()` among yours)"
        ))),
    }
}
