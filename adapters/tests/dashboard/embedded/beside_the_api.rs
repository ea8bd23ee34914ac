//! The API, beneath the same prefix and for the same users.

use super::browser::Browser;
use super::mounts::{Mounted, mounts};
use super::service::{ACME, OTHER, Service, theirs};
use crate::support::Visit;
use axum::http::{Method, header};
use serde_json::Value;
use slotflow_adapters::api::{self, ApiServices, RateLimiter};
use slotflow_domain::rate_limit::RateLimit;
use std::num::NonZeroU32;
use std::sync::Arc;

#[tokio::test]
async fn the_api_answers_nobody_401_in_its_own_words() {
    let service = Service::new().await;
    for Mounted { router, api, .. } in mounts(&service) {
        let Some(api) = api else { continue };
        let nobody = Browser::nobodys(&router);
        let (_, key) = service.kit.organizations().create_key(ACME).await.unwrap();
        let with_key = Visit::at(Method::GET, &format!("{api}/v1/webhooks"))
            .with("authorization", &format!("Bearer {}", key.expose()));
        let body = r#"{"error":{"code":"UNAUTHORIZED","message":"authentication is required","status":401}}"#;
        for answer in [nobody.get(&format!("{api}/v1/webhooks")).await, nobody.ask(with_key).await] {
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (401, body));
            assert_eq!(answer.headers.get(header::WWW_AUTHENTICATE), None, "it is theirs to say how");
        }
        Browser::of(&router, ACME)
            .get(&format!("{api}/v1/webhooks?active=any"))
            .await
            .shows(&[&service.webhook]);
        let nothing = nobody.get(&format!("{api}/v1/nothing")).await;
        // A router that is nested in one that is nested has no fallback of its own: axum forgets it.
        let forgets = api.contains('%');
        nothing.is(404, if forgets { &[] } else { &["there is no such route"] });
        nobody.get(&format!("{api}/healthz")).await.shows(&["ok"]);
    }
}

#[tokio::test]
async fn the_apis_description_says_where_it_lies_and_the_reference_finds_it() {
    let service = Service::new().await;
    for Mounted { router, api, .. } in mounts(&service) {
        let Some(api) = api else { continue };
        let nobody = Browser::nobodys(&router);
        let answer = nobody.get(&format!("{api}/openapi.json")).await;
        let description: Value = serde_json::from_str(&answer.body).unwrap();
        match api {
            "" => assert_eq!(description.get("servers"), None),
            _ => assert_eq!(description["servers"], serde_json::json!([{"url": api}])),
        }
        assert_eq!(description.pointer("/components/securitySchemes"), None);
        assert_eq!(description["paths"]["/v1/webhooks"]["get"].get("security"), None);
        assert!(!answer.body.contains("API key"), "{}", answer.body);

        let led = nobody.get(&format!("{api}/docs")).await;
        assert_eq!(led.headers[header::LOCATION].to_str().unwrap(), format!("{api}/docs/"));
        let page = nobody.get(&format!("{api}/docs/")).await;
        page.shows(&["./swagger-initializer.js"]);
        nobody.get(&format!("{api}/docs/swagger-initializer.js")).await.shows(&["\"../openapi.json\""]);
    }
}

#[tokio::test]
async fn requests_are_counted_by_organization() {
    let service = Service::new().await;
    let limit = RateLimit::per_second(NonZeroU32::new(1).unwrap());
    let limiter = RateLimiter::new(limit, Arc::new(service.kit.clock.clone()));
    let services = ApiServices {
        rate_limiter: Some(Arc::new(limiter)),
        ..ApiServices::of(service.kit.slotflow(), theirs())
    };
    let router = service.site(api::router(services));
    let (acme, other) = (Browser::of(&router, ACME), Browser::of(&router, OTHER));
    for _ in 0..2 {
        assert_eq!(acme.get("/v1/webhooks").await.status, 200);
    }
    let refused = acme.get("/v1/webhooks").await;
    refused.is(429, &["this organization has made too many requests"]);
    assert_eq!(refused.headers[header::RETRY_AFTER], "1");
    assert_eq!(other.get("/v1/webhooks").await.status, 200);
}
