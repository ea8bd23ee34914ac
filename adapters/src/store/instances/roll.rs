//! The rows of the instances.

use crate::store::dialect::Dialect;
use crate::store::statement::{all, execute, one, values};
use crate::store::stored_row::{StoredRow, corrupt};
use sea_orm::{ConnectionTrait, QueryResult};
use slotflow_application::ports::StoreError;
use slotflow_domain::Timestamp;
use slotflow_domain::instance::InstanceNumber;

/// Adds one, under a number that none had before.
pub(super) async fn add<C: ConnectionTrait>(
    connection: &C,
    now: Timestamp,
) -> Result<InstanceNumber, StoreError> {
    let sql = "INSERT INTO instances (started_at) VALUES ($1) RETURNING number";
    let row = one(connection, sql, values![now.as_millis()]).await?;
    row.as_ref().map_or_else(|| Err(StoreError::corrupt("an instance without a number")), number)
}

/// Everybody who is enrolled.
pub(super) async fn everybody<C: ConnectionTrait>(connection: &C) -> Result<Vec<InstanceNumber>, StoreError> {
    all(connection, "SELECT number FROM instances", vec![]).await?.iter().map(number).collect()
}

/// Removes one.
pub(super) async fn remove<C: ConnectionTrait>(
    connection: &C,
    number: InstanceNumber,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM instances WHERE number = $1";
    execute(connection, sql, values![i64::from(number.get())]).await.map(drop)
}

/// Removes one that is dead, unless it has come back.
pub(super) async fn remove_dead<C: ConnectionTrait>(
    connection: &C,
    number: InstanceNumber,
) -> Result<(), StoreError> {
    let Some(condition) = Dialect::of(connection).instance_is_dead(number) else {
        return remove(connection, number).await;
    };
    let sql = format!("DELETE FROM instances WHERE number = $1 AND {condition}");
    execute(connection, sql, values![i64::from(number.get())]).await.map(drop)
}

fn number(row: &QueryResult) -> Result<InstanceNumber, StoreError> {
    let number: u32 = StoredRow(row).number::<i64, _>("number")?;
    InstanceNumber::new(number).ok_or_else(|| corrupt("number", "not a number of an instance"))
}
