//! Where secrets stand, and that they go with their webhook.

use super::world::{World, at};
use crate::store::statement::one;
use crate::store::stored_row::StoredRow;
use slotflow_application::ports::{Directory as _, Store as _};
use slotflow_domain::signing::{SecretOverlap, SigningSecret};

#[tokio::test]
async fn a_deleted_webhook_keeps_no_secret() {
    for world in World::all().await {
        let id = world.webhook().await;
        let mut work = world.store.begin().await.unwrap();
        let mut webhook = work.lock_webhook(world.organization_id, id).await.unwrap().unwrap();
        webhook.secrets.rotate(SigningSecret::from_random([8; 32]), SecretOverlap::default(), at(1));
        work.update_webhook(&webhook).await.unwrap();
        work.commit().await.unwrap();
        let stored = world.store.webhook(world.organization_id, id).await.unwrap().unwrap();
        assert_eq!(stored.secrets, webhook.secrets);

        let mut work = world.store.begin().await.unwrap();
        work.lock_webhook(world.organization_id, id).await.unwrap().unwrap();
        work.delete_webhook(id, at(2)).await.unwrap();
        work.commit().await.unwrap();
        let sql = "SELECT secret, retiring_secret, retiring_until FROM webhooks";
        let row = one(world.store.reader(), sql, vec![]).await.unwrap().unwrap();
        let row = StoredRow(&row);
        assert_eq!(row.text("secret").unwrap(), "");
        assert_eq!(row.get::<Option<String>>("retiring_secret").unwrap(), None);
        assert_eq!(row.maybe_time("retiring_until").unwrap(), None);
    }
}
