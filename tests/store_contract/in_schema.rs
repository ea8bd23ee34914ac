//! On PostgreSQL, where all tables lie in a schema that nobody looks into by itself.

use slotflow_adapters::store::{SqlStore, StoreOptions, TableNames};
use slotflow_tests::postgres::fresh_database;
use slotflow_tests::store_contract::StoreUnderTest;

async fn store() -> Option<StoreUnderTest> {
    let database = fresh_database().await?;
    let table_names = TableNames::in_schema("hooks").expect("a schema");
    let options = StoreOptions { table_names, ..StoreOptions::default() };
    let store = SqlStore::connect(database.url(), options).await.expect("a store");
    store.migrate().await.expect("tables");
    Some(StoreUnderTest::sql(store, database))
}

slotflow_tests::store_contract!(crate::in_schema::store);
