//! Running written-out SQL. `$1`, `$2`, … are placeholders on both engines.

use super::errors::translate;
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};
use slotflow_application::ports::StoreError;

/// A statement's values, in the order of their placeholders.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$(sea_orm::Value::from($value)),*] };
}
pub(super) use values;

/// Runs a statement and answers how many rows it changed.
pub(super) async fn execute<C: ConnectionTrait>(
    connection: &C,
    sql: impl Into<String>,
    values: Vec<Value>,
) -> Result<u64, StoreError> {
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    Ok(connection.execute_raw(statement).await.map_err(translate)?.rows_affected())
}

/// Runs a statement and answers its rows.
pub(super) async fn all<C: ConnectionTrait>(
    connection: &C,
    sql: impl Into<String>,
    values: Vec<Value>,
) -> Result<Vec<QueryResult>, StoreError> {
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    connection.query_all_raw(statement).await.map_err(translate)
}

/// Runs a statement and answers its first row.
pub(super) async fn one<C: ConnectionTrait>(
    connection: &C,
    sql: impl Into<String>,
    values: Vec<Value>,
) -> Result<Option<QueryResult>, StoreError> {
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    connection.query_one_raw(statement).await.map_err(translate)
}
