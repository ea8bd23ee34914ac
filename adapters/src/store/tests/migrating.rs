//! Making the tables.

use super::world::empty_databases;
use crate::store::{SqlStore, StoreOptions};
use slotflow_application::ports::Directory;

#[tokio::test]
async fn several_processes_that_start_together_migrate_once() {
    for (url, _place) in empty_databases().await {
        let starts = (0..6).map(|_| {
            let url = url.clone();
            tokio::spawn(async move {
                let store = SqlStore::connect(&url, StoreOptions::default()).await.unwrap();
                store.migrate().await.unwrap();
                store.organizations().await.unwrap().len()
            })
        });
        for started in futures_util::future::join_all(starts).await {
            assert_eq!(started.unwrap(), 0);
        }
    }
}

#[tokio::test]
async fn migrating_again_keeps_what_is_there() {
    for world in super::world::World::all().await {
        world.store.migrate().await.unwrap();
        assert_eq!(world.store.organizations().await.unwrap().len(), 1);
    }
}
