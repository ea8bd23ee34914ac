//! Another site's page, in the browser of a user of theirs who is signed in.

use super::browser::Browser;
use super::service::{ACME, Service};
use crate::support::Visit;
use axum::Router;

#[tokio::test]
async fn another_sites_page_changes_nothing_on_pages() {
    let service = Service::new().await;
    let router = service.site(Router::new().nest("/shop/hooks", service.both("/dashboard")));
    let delete = format!("/shop/hooks/dashboard/webhooks/{}/delete", service.webhook);
    let visit = Visit::form_at(&delete, &[]).with("sec-fetch-site", "cross-site");
    let refused = Browser::of(&router, ACME).ask(visit).await;
    refused.is(403, &["Another site", "/shop/hooks/dashboard/assets/dashboard.css"]);
    assert_eq!(service.kit.webhooks().list(ACME).await.unwrap().len(), 1);
}
