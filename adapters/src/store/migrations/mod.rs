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

use super::dialect::Dialect;
use super::statement::{all, one};
use super::stored_row::StoredRow;
use super::{SqlStore, errors::translate};
use sea_orm::ConnectionTrait;
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use slotflow_application::ports::StoreError;
use std::collections::BTreeSet;

struct Migrations;

impl MigratorTrait for Migrations {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_initial::Initial),
            Box::new(m0002_repair::Repair),
            Box::new(m0003_secret_rotation::SecretRotation),
            Box::new(m0004_webhook_hours::WebhookHours),
            Box::new(m0005_idempotency::Idempotency),
            Box::new(m0006_retention::Retention),
            Box::new(m0007_operational_events::OperationalEvents),
            Box::new(m0008_attempt_details::AttemptDetails),
            Box::new(m0009_trace_context::TraceContext),
            Box::new(m0010_aged_hours::AgedHours),
            Box::new(m0011_listings_by_type::ListingsByType),
            Box::new(m0012_listed_status::ListedStatus),
            Box::new(m0013_calendars_by_human::CalendarsByHuman),
            Box::new(m0014_instances::Instances),
            Box::new(m0015_encrypted_secrets::EncryptedSecrets),
            Box::new(m0016_attempt_durations::AttemptDurations),
            Box::new(m0017_outbox::Outbox),
        ]
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
    match Migrations::up(&transaction, steps).await {
        Ok(()) => transaction.commit().await.map_err(translate),
        Err(error) => {
            transaction.rollback().await.map_err(translate)?;
            Err(translate(error))
        }
    }
}

/// Whether nothing is missing. It only reads, so that a server whose database user may not make tables can ask.
pub(super) async fn is_up_to_date(store: &SqlStore) -> Result<bool, StoreError> {
    let exists = one(store.reader(), Dialect::of(store.reader()).has_migrations_table(), vec![]).await?;
    if exists.is_none() {
        return Ok(false);
    }
    let rows = all(store.reader(), "SELECT version FROM seaql_migrations", vec![]).await?;
    let applied: BTreeSet<String> =
        rows.iter().map(|row| StoredRow(row).text("version")).collect::<Result<_, _>>()?;
    let ours: BTreeSet<String> =
        Migrations::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    if let Some(newer) = applied.difference(&ours).next() {
        return Err(StoreError::corrupt(format!("a newer version has changed the database ({newer})")));
    }
    Ok(applied.is_superset(&ours))
}
