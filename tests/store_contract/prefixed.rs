//! On SQLite, where all tables have a prefix: a statement that names one without it finds none.

use slotflow_adapters::store::{SqlStore, StoreOptions, TableNames};
use slotflow_tests::store_contract::StoreUnderTest;

async fn store() -> Option<StoreUnderTest> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}", folder.path().join("slotflow.db").display());
    let table_names = TableNames::with_prefix("slotflow_").expect("a prefix");
    let options = StoreOptions { table_names, ..StoreOptions::default() };
    let store = SqlStore::connect(&url, options).await.expect("a store");
    store.migrate().await.expect("tables");
    Some(StoreUnderTest::sql(store, folder))
}

slotflow_tests::store_contract!(crate::prefixed::store);
