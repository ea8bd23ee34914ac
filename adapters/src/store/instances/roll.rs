//! Removing the rows of instances that are no more.

use crate::store::TableNames;
use crate::store::dialect::Dialect;
use crate::store::statement::{execute, values};
use sea_orm::ConnectionTrait;
use slotflow_application::ports::StoreError;
use slotflow_domain::instance::InstanceNumber;

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
    names: &TableNames,
    number: InstanceNumber,
) -> Result<(), StoreError> {
    let Some(condition) = Dialect::of(connection).instance_is_dead(names, number) else {
        return remove(connection, number).await;
    };
    let sql = format!("DELETE FROM instances WHERE number = $1 AND {condition}");
    execute(connection, sql, values![i64::from(number.get())]).await.map(drop)
}
