//! The same of the dashboard's pages and forms.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use slotflow_adapters::dashboard;
use slotflow_tests::database::Fresh;
use slotflow_tests::http::Answer;

use super::table::Thing;
use super::tenant::Tenant;
use super::{comparable, next_to};
use crate::api::{Api, SLOW_RETRIES};

on_both_databases! {
    another_organizations_id_has_no_page_and_no_form,
    no_page_shows_what_is_anothers,
}

/// Every route that names something, and forms that are right. A route that is not here fails these tests.
const NAMING: &[(Method, &str, Thing, &[&str])] = &[
    (Method::GET, "/deliveries/{id}", Thing::Delivery, &[""]),
    (Method::POST, "/deliveries/{id}/retry", Thing::Delivery, &[""]),
    (Method::GET, "/events/{id}", Thing::Event, &[""]),
    (Method::GET, "/webhooks/{id}", Thing::Webhook, &[""]),
    (Method::GET, "/webhooks/{id}/change", Thing::Webhook, &[""]),
    (
        Method::POST,
        "/webhooks/{id}/change",
        Thing::Webhook,
        &["url=http%3A%2F%2F127.0.0.1%3A9%2Ftaken-over&events=booking.cancelled"],
    ),
    (Method::GET, "/webhooks/{id}/delete", Thing::Webhook, &[""]),
    (Method::POST, "/webhooks/{id}/delete", Thing::Webhook, &[""]),
    (Method::POST, "/webhooks/{id}/pause", Thing::Webhook, &[""]),
    (Method::GET, "/webhooks/{id}/replay", Thing::Webhook, &[""]),
    (
        Method::POST,
        "/webhooks/{id}/replay",
        Thing::Webhook,
        &["since=2020-01-01T00%3A00&step=count", "since=2020-01-01T00%3A00&step=send"],
    ),
    (Method::POST, "/webhooks/{id}/resume", Thing::Webhook, &["", "held=discard"]),
    (Method::GET, "/webhooks/{id}/rotate", Thing::Webhook, &[""]),
    (Method::POST, "/webhooks/{id}/rotate", Thing::Webhook, &["", "overlap=0"]),
    (Method::POST, "/webhooks/{id}/test", Thing::Webhook, &[""]),
];

/// Pages that are not the viewer's own: the same for all, or one that never ends.
const NOBODYS: &[&str] = &["/assets/{name}", "/live", "/sign-in"];

/// A browser that is signed in.
struct Browser<'a> {
    api: &'a Api,
    cookie: HeaderValue,
}

impl<'a> Browser<'a> {
    async fn sign_in(api: &'a Api, tenant: &Tenant) -> Browser<'a> {
        let form = format!("api_key={}", tenant.key());
        let answer = send(api, Method::POST, "/sign-in", &form, None).await;
        let answer = answer.expect_status(303).expect("a session");
        let cookie = answer.headers[header::SET_COOKIE].to_str().expect("a cookie");
        let cookie = cookie.split(';').next().expect("its value").parse().expect("a header");
        Browser { api, cookie }
    }

    async fn ask(&self, method: Method, path: &str, form: &str) -> Answer {
        send(self.api, method, path, form, Some(&self.cookie)).await
    }
}

async fn send(api: &Api, method: Method, path: &str, form: &str, cookie: Option<&HeaderValue>) -> Answer {
    let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
    let mut headers = HeaderMap::from_iter([(header::CONTENT_TYPE, form_type)]);
    headers.extend(cookie.map(|cookie| (header::COOKIE, cookie.clone())));
    let path = format!("/dashboard{path}");
    api.client.send(method, &path, headers, Bytes::from(form.to_owned())).await.expect("an answer")
}

async fn another_organizations_id_has_no_page_and_no_form(database: Fresh) {
    let named = dashboard::routes().into_iter().filter(|(_, path)| path.contains("{id}"));
    let named = named.map(|(method, path)| (method.to_string(), path)).collect::<BTreeSet<_>>();
    let known = NAMING.iter().map(|(method, path, ..)| (method.to_string(), *path));
    assert_eq!(known.collect::<BTreeSet<_>>(), named, "the table and the dashboard differ");

    let api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let (owner, stranger) = (Tenant::new(&api, "/owner").await, Tenant::new(&api, "/stranger").await);
    let browser = Browser::sign_in(&api, &stranger).await;
    let before = (owner.everything().await, stranger.everything().await);
    let sent = api.receiver.arrivals("/owner").len();
    for (method, path, thing, forms) in NAMING {
        let (theirs, nobodys) = (owner.id(*thing), next_to(owner.id(*thing)));
        for form in *forms {
            let other = browser.ask(method.clone(), &path.replace("{id}", theirs), form).await;
            let none = browser.ask(method.clone(), &path.replace("{id}", &nobodys), form).await;
            assert_eq!(comparable(&other), comparable(&none), "{method} {path} {form}");
            assert_eq!(other.status, 404, "{method} {path} {form}");
        }
    }
    assert_eq!((owner.everything().await, stranger.everything().await), before);
    assert_eq!(api.receiver.arrivals("/owner").len(), sent, "nothing more was sent to its receiver");
}

async fn no_page_shows_what_is_anothers(database: Fresh) {
    let api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let (owner, reader) = (Tenant::new(&api, "/owner").await, Tenant::new(&api, "/reader").await);
    let owned = owner.own_ids().await;
    let browser = Browser::sign_in(&api, &reader).await;
    let mut seen = 0;
    for (method, path) in dashboard::routes() {
        if method != Method::GET || path.contains("{id}") || NOBODYS.contains(&path) {
            continue;
        }
        let page = browser.ask(method, path, "").await.expect_status(200).expect("a page");
        let shown = String::from_utf8_lossy(&page.bytes);
        let foreign: Vec<_> = owned.iter().filter(|id| shown.contains(id.as_str())).collect();
        assert!(foreign.is_empty() && !shown.contains("/owner"), "{path} shows {foreign:?}");
        seen += 1;
    }
    assert!(seen >= 3, "{seen}");
}
