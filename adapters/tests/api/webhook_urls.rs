//! The domain's lists of URLs, hostile and good, as they come in through the API.

use crate::support::{ID, Ports, registering, send, signed, webhook};
use axum::http::Method;
use slotflow_application::ports::MockHostResolver;
use slotflow_domain::Rejection;
use slotflow_domain::webhook::{Host, UrlRules, WebhookActivity, WebhookUrl};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

const HOSTILE: &str = include_str!("../../../domain/tests/urls/hostile.txt");
const GOOD: &str = include_str!("../../../domain/tests/urls/good.txt");

/// The lines that hold a URL, which are JSON.
fn lines(list: &str, begins: char) -> Vec<&str> {
    list.lines().filter(|line| line.starts_with(begins)).collect()
}

/// What the domain says of a URL that it refuses.
fn words(url: &str) -> String {
    // No text of a request may hold it, whatever the text is for.
    if url.contains('\0') {
        return "url: must not contain the NUL character".to_owned();
    }
    Rejection::from(WebhookUrl::parse(url, &UrlRules::strict()).unwrap_err()).to_string()
}

#[tokio::test]
async fn every_hostile_url_is_refused_in_the_domains_words_when_registered_and_when_changed() {
    let hostile = lines(HOSTILE, '"');
    assert!(hostile.len() >= 150, "only {} hostile URLs", hostile.len());
    // With a resolver that nobody may ask: all of these are refused before.
    let ports = || Ports { resolver: Some(MockHostResolver::new()), ..Ports::new() };
    let registering = ports().router();
    let mut changing = ports();
    changing
        .directory
        .expect_webhook()
        .returning(|_, _| Ok(Some(webhook("https://hooks.acme.dev/", WebhookActivity::Active))));
    let changing = changing.router();
    for json in hostile {
        let words = words(&serde_json::from_str::<String>(json).unwrap());
        for (router, method, path, body) in [
            (
                &registering,
                Method::POST,
                "/v1/webhooks".to_owned(),
                format!(r#"{{"url":{json},"events":["booking.confirmed"]}}"#),
            ),
            (&changing, Method::PATCH, format!("/v1/webhooks/{ID}"), format!(r#"{{"url":{json}}}"#)),
        ] {
            let answer = send(router, signed(method, &path).body(body.into()).unwrap()).await;
            answer.is_invalid(&words);
        }
    }
}

#[tokio::test]
async fn every_good_url_is_registered_after_its_name_was_looked_up() {
    let good = lines(GOOD, '[');
    assert!(good.len() >= 50, "only {} good URLs", good.len());
    let asked: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let notes = Arc::clone(&asked);
    let mut resolver = MockHostResolver::new();
    resolver.expect_resolve().returning(move |name| {
        notes.lock().unwrap().insert(name.to_owned());
        Ok(vec![IpAddr::from([8, 8, 4, 4])])
    });
    let ports = Ports { resolver: Some(resolver), ..Ports::new() };
    let router = ports.working(registering(0, false)).router();
    let mut names = BTreeSet::new();
    for json in good {
        let [url, _]: [String; 2] = serde_json::from_str(json).unwrap();
        let body = serde_json::json!({"url": url, "events": ["booking.confirmed"]}).to_string();
        let answer = send(&router, signed(Method::POST, "/v1/webhooks").body(body.into()).unwrap()).await;
        assert_eq!(answer.status, 201, "{url}: {answer:?}");
        let registered: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(registered["url"], url);
        if let Host::Name(name) = WebhookUrl::from_stored(&url).unwrap().host() {
            names.insert(name.to_owned());
        }
    }
    assert_eq!(*asked.lock().unwrap(), names);
}
