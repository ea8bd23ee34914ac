//! On the in-memory store.

use slotflow_adapters::memory::MemoryStore;
use slotflow_tests::store_contract::StoreUnderTest;

async fn store() -> Option<StoreUnderTest> {
    Some(StoreUnderTest::new(MemoryStore::new(), ()))
}

slotflow_tests::store_contract!(crate::memory::store);
