//! Whoever they say it is: what theirs see, and what others do not.

use super::browser::Browser;
use super::service::{ACME, OTHER, Service, UNHEARD_OF, theirs};
use crate::routes::{Concerns, ROUTES};
use crate::support::{NOBODYS, Visit};
use async_trait::async_trait;
use axum::http::request::Parts;
use axum::http::{Method, Uri, header};
use axum::{BoxError, Router};
use slotflow_adapters::api::{self, ApiServices, Authenticator, Identity};
use slotflow_adapters::dashboard::Access;
use slotflow_domain::organization::{OrganizationName, Plan};
use std::sync::Arc;

#[tokio::test]
async fn whoever_is_nobody_sees_no_page_changes_nothing_and_is_told_to_sign_in_elsewhere() {
    let service = Service::new().await;
    let refusing = service.site(Router::new().nest("/shop/hooks", service.both("/dashboard")));
    let leading = Access::by_or_sign_in(theirs(), Uri::from_static("/login?then=hooks"));
    let leading = service.site(Router::new().nest("/shop/hooks", service.pages_by(leading, "/dashboard")));
    let before = format!("{:?}", service.kit.webhooks().list(ACME).await.unwrap());
    let (_, key) = service.kit.organizations().create_key(ACME).await.unwrap();
    for (method, path, concerns) in ROUTES {
        let fields = match concerns {
            Concerns::Anybody => continue,
            Concerns::Own(fields) => *fields,
            Concerns::One(_, forms) => forms[0],
        };
        let path = format!("/shop/hooks/dashboard{}", service.path(path, concerns));
        let visit = || match *method {
            Method::POST => Visit::form_at(&path, fields),
            _ => Visit::at(method.clone(), &path),
        };
        let refused = Browser::nobodys(&refusing).ask(visit()).await;
        refused.is(401, &["Signed out", "/shop/hooks/dashboard/assets/dashboard.css"]);
        refused.hides(&["sign-in", "Acme", "To the overview"]);
        assert!(refused.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
        // A key of ours is no way in.
        let with_key = visit().with("authorization", &format!("Bearer {}", key.expose()));
        assert_eq!(Browser::nobodys(&refusing).ask(with_key).await.status, 401, "{method} {path}");

        let led = Browser::nobodys(&leading).ask(visit()).await;
        assert_eq!(
            (led.status.as_u16(), led.headers[header::LOCATION].to_str().unwrap()),
            (303, "/login?then=hooks")
        );
        let by_htmx = Browser::nobodys(&leading).ask(visit().with("hx-request", "true")).await;
        assert_eq!(by_htmx.headers["hx-redirect"], "/login?then=hooks", "{method} {path}");
    }
    for (method, path) in [(Method::GET, "/sign-in"), (Method::POST, "/sign-in"), (Method::POST, "/sign-out")]
    {
        let path = format!("/shop/hooks/dashboard{path}");
        let fields = [("api_key", key.expose())];
        for browser in [Browser::nobodys(&refusing), Browser::of(&refusing, ACME)] {
            let visit = match method {
                Method::POST => Visit::form_at(&path, &fields),
                _ => Visit::at(Method::GET, &path),
            };
            assert_eq!(browser.ask(visit).await.status, 404, "{path}");
        }
    }
    assert_eq!(format!("{:?}", service.kit.webhooks().list(ACME).await.unwrap()), before);
}

#[tokio::test]
async fn another_organizations_things_are_unknown_on_pages_and_in_the_api() {
    let service = Service::new().await;
    let router = service.site(Router::new().nest("/shop/hooks", service.both("/dashboard")));
    let (acme, other) = (Browser::of(&router, ACME), Browser::of(&router, OTHER));
    for (method, path, concerns) in ROUTES {
        let Concerns::One(_, forms) = concerns else { continue };
        let path = format!("/shop/hooks/dashboard{}", service.path(path, concerns));
        let answer = match *method {
            Method::POST => other.post(&path, forms[0]).await,
            _ => other.get(&path).await,
        };
        answer.is(404, &["Not found"]);
    }
    for (things, all, id) in [
        ("webhooks", "?active=any", &service.webhook),
        ("deliveries", "", &service.delivery),
        ("events", "", &service.event),
    ] {
        let path = format!("/shop/hooks/v1/{things}/{id}");
        acme.get(&path).await.shows(&[id]);
        other.get(&path).await.is(404, &["NOT_FOUND"]);
        acme.get(&path.replace(id.as_str(), NOBODYS)).await.is(404, &["NOT_FOUND"]);
        acme.get(&format!("/shop/hooks/v1/{things}{all}")).await.shows(&[id]);
        other.get(&format!("/shop/hooks/v1/{things}{all}")).await.hides(&[id]);
    }
}

#[tokio::test]
async fn an_organization_that_we_were_not_told_of_is_refused_until_it_is_ensured() {
    let service = Service::new().await;
    let router = service.site(service.both("/dashboard"));
    let user = Browser::of(&router, UNHEARD_OF);
    user.get("/dashboard/").await.is(403, &["Not set up yet"]);
    let register = || {
        Visit::at(Method::POST, "/v1/webhooks")
            .with("content-type", "application/json")
            .saying(r#"{"url": "https://new.dev/", "events": ["booking.confirmed"]}"#)
    };
    user.ask(register()).await.is(401, &["there is no such organization"]);
    // Whatever it is about, and even if its answer would be kept.
    let booking =
        Visit::at(Method::POST, "/v1/bookings").with("content-type", "application/json").saying("{}");
    let keyed = Visit::at(Method::POST, "/v1/webhooks/01a2095e-2cac-7307-9814-eb6f0b833082/test");
    for change in [booking, keyed.with("idempotency-key", "k")] {
        user.ask(change).await.is(401, &["there is no such organization"]);
    }
    let name = OrganizationName::parse("New").unwrap();
    service.kit.organizations().ensure(UNHEARD_OF, name, Plan::Free).await.unwrap();
    user.get("/dashboard/").await.shows(&["New"]);
    user.ask(register()).await.is(201, &["https://new.dev/"]);
}

/// Knows nobody for now, as what it asks does not answer.
struct OutOfReach;

#[async_trait]
impl Authenticator for OutOfReach {
    async fn authenticate(&self, _: &Parts) -> Result<Option<Identity>, BoxError> {
        Err("the gateway at 10.1.2.3 does not answer".into())
    }
}

#[tokio::test]
async fn while_their_authentication_fails_nobody_is_turned_away_as_unknown() {
    let service = Service::new().await;
    let services = ApiServices::of(service.kit.slotflow(), Arc::new(OutOfReach));
    let access = Access::by_or_sign_in(Arc::new(OutOfReach), Uri::from_static("/login"));
    let router = api::router_with(services, service.pages_by(access, "/dashboard"));
    let user = Browser::of(&router, ACME);
    for (path, words) in [
        ("/dashboard/webhooks", "It cannot be found out right now who you are"),
        ("/v1/webhooks", "UNAVAILABLE"),
    ] {
        let answer = user.get(path).await;
        answer.is(503, &[words]);
        answer.hides(&["10.1.2.3"]);
    }
}
