//! Another site's page, in the browser of a user of theirs who is signed in.

use super::browser::Browser;
use super::service::{ACME, Service};
use crate::support::Visit;
use axum::Router;
use axum::http::Method;
use serde_json::Value;

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

#[tokio::test]
async fn another_sites_page_changes_nothing_in_the_api() {
    let service = Service::new().await;
    let router = service.site(Router::new().nest("/shop/hooks", service.both("/dashboard")));
    let user = Browser::of(&router, ACME);
    let path = format!("/shop/hooks/v1/webhooks/{}", service.webhook);
    let delete = || Visit::at(Method::DELETE, &path);
    let message = "another site's page asked for this change, so nothing was changed";
    let refused = format!(r#"{{"error":{{"code":"FORBIDDEN","message":"{message}","status":403}}}}"#);
    let strangers = [
        delete().with("sec-fetch-site", "cross-site"),
        delete().with("sec-fetch-site", "same-site"),
        delete().with("origin", "https://evil.example"),
        delete().with("origin", "null"),
    ];
    for stranger in strangers {
        let answer = user.ask(stranger).await;
        assert_eq!((answer.status.as_u16(), answer.body), (403, refused.clone()));
        assert!(answer.headers.contains_key("x-request-id"), "like every answer of the API");
    }
    user.get(&path).await.shows(&[&service.webhook]);

    let description = user.get("/shop/hooks/openapi.json").await.body;
    let description: Value = serde_json::from_str(&description).unwrap();
    let webhook = &description["paths"]["/v1/webhooks/{id}"];
    assert!(webhook["delete"]["responses"]["403"].is_object(), "{webhook}");
    assert_eq!(webhook["get"]["responses"].get("403"), None);

    let own = delete().with("sec-fetch-site", "same-origin").with("origin", "https://slotflow.dev");
    user.ask(own).await.is(200, &["deleted"]);
    assert_eq!(service.kit.webhooks().list(ACME).await.unwrap().len(), 0);
}

#[tokio::test]
async fn whoever_is_no_browser_says_nothing_of_where_it_comes_from() {
    let service = Service::new().await;
    let router = service.site(service.both("/dashboard"));
    let delete = Visit::at(Method::DELETE, &format!("/v1/webhooks/{}", service.webhook));
    Browser::of(&router, ACME).ask(delete).await.is(200, &["deleted"]);
}
