//! Making the tables.

use super::world::{at, empty_databases};
use crate::store::{SqlStore, StoreOptions, migrations};
use sea_orm::ConnectionTrait as _;
use slotflow_application::ports::{DeliveryQueue as _, Directory};
use slotflow_domain::webhook::WebhookActivity;
use slotflow_domain::{OrganizationId, WebhookId};
use uuid::Uuid;

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

#[tokio::test]
async fn a_database_of_the_first_version_is_brought_up_to_date_with_what_is_in_it() {
    for (url, _place) in empty_databases().await {
        let store = SqlStore::connect(&url, StoreOptions::default()).await.unwrap();
        migrations::run_first(&store, 1).await.unwrap();
        let id = |number: u128| match url.starts_with("postgres") {
            true => format!("'{}'", Uuid::from_u128(number)),
            false => format!("x'{}'", Uuid::from_u128(number).simple()),
        };
        let bytes = if url.starts_with("postgres") { "'\\x00'" } else { "x'00'" };
        let secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let (organization, webhook, created_at) = (id(1), id(2), at(7).as_millis());
        for sql in [
            format!("INSERT INTO organizations VALUES ({organization}, 'Startup', 'free', {created_at})"),
            format!(
                "INSERT INTO webhooks VALUES ({webhook}, {organization}, 'https://a.io/', {bytes}, \
                 ',booking.confirmed,', '{secret}', NULL, {created_at}, NULL)"
            ),
        ] {
            store.writer().execute_unprepared(&sql).await.unwrap();
        }
        assert!(!store.is_up_to_date().await.unwrap());
        store.migrate().await.unwrap();
        assert!(store.is_up_to_date().await.unwrap());

        let organization_id = OrganizationId::new(Uuid::from_u128(1));
        let read = store.webhook(organization_id, WebhookId::new(Uuid::from_u128(2))).await.unwrap().unwrap();
        assert_eq!((read.activity, read.active_since), (WebhookActivity::Active, at(7)));
        assert_eq!(read.secrets.current().expose(), secret);
        assert_eq!(read.secrets.retiring(), None);
        assert_eq!(store.next_due_after(at(0)).await.unwrap(), None);
    }
}
