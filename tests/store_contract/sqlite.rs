//! On SQLite, each test with a file of its own.

use slotflow_adapters::store::SqlStore;
use slotflow_tests::store_contract::StoreUnderTest;

use crate::encrypting;

async fn store() -> Option<StoreUnderTest> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}", folder.path().join("slotflow.db").display());
    let store = SqlStore::connect(&url, encrypting()).await.expect("a store");
    store.migrate().await.expect("tables");
    Some(StoreUnderTest::sql(store, folder))
}

slotflow_tests::store_contract!(crate::sqlite::store);
