//! On PostgreSQL, each test with a database of its own.

use slotflow_adapters::store::SqlStore;
use slotflow_tests::postgres::fresh_database;
use slotflow_tests::store_contract::StoreUnderTest;

use crate::encrypting;

async fn store() -> Option<StoreUnderTest> {
    let database = fresh_database().await?;
    let store = SqlStore::connect(database.url(), encrypting()).await.expect("a store");
    store.migrate().await.expect("tables");
    Some(StoreUnderTest::sql(store, database))
}

slotflow_tests::store_contract!(crate::postgres::store);
