//! Changes that another site's page asks for, where browsers authenticate by what they send of themselves.

use crate::described_routes::operations_of_the_version;
use crate::support::{Answer, ORGANIZATION, Ports, organization, registering, send, signed};
use async_trait::async_trait;
use axum::BoxError;
use axum::body::Body;
use axum::http::request::{Builder, Parts};
use axum::http::{Method, Request, header};
use slotflow_adapters::api::{Authenticator, Identity, router};
use slotflow_domain::OrganizationId;
use std::sync::Arc;

const MESSAGE: &str = "another site's page asked for this change, so nothing was changed";

/// What browsers and programs say of where a request comes from.
type Says = &'static [(&'static str, &'static str)];

/// From another site's page, or from one of whom nobody knows.
const STRANGERS: [Says; 6] = [
    &[("sec-fetch-site", "cross-site")],
    // Another subdomain may be somebody else's.
    &[("sec-fetch-site", "same-site"), ("origin", "https://slotflow.dev")],
    &[("sec-fetch-site", "cross-site"), ("origin", "https://slotflow.dev")],
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
    &[("origin", "https://slotflow.dev.evil.example")],
];

/// From a page of theirs, from nowhere else, or from a program.
const FRIENDS: [Says; 4] = [
    &[("sec-fetch-site", "same-origin"), ("origin", "https://slotflow.dev")],
    &[("sec-fetch-site", "none")],
    &[("origin", "https://slotflow.dev")],
    &[],
];

/// Their session, which browsers send with every request.
fn session(request: &Parts) -> Option<OrganizationId> {
    let cookie = request.headers.get(header::COOKIE)?;
    (cookie == "session=ann").then_some(ORGANIZATION)
}

/// The same, but looked for where only a script can put it.
struct Token;

#[async_trait]
impl Authenticator for Token {
    async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, BoxError> {
        Ok(request.headers.get("x-their-token").map(|_| Identity::of(ORGANIZATION)))
    }

    fn goes_by_cookies(&self) -> bool {
        false
    }
}

fn request(method: Method, path: &str, says: Says) -> Builder {
    let request = Request::builder().method(method).uri(path).header(header::HOST, "slotflow.dev");
    says.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

/// Registers a webhook, with what authenticates.
async fn register(authenticator: Option<Arc<dyn Authenticator>>, says: Says, with: (&str, &str)) -> Answer {
    let mut ports = Ports::new().working(registering(0, false));
    ports.directory.expect_organization().returning(|_| Ok(Some(organization())));
    let mut services = ports.services();
    if let Some(authenticator) = authenticator {
        services.authenticator = authenticator;
    }
    let request = request(Method::POST, "/v1/webhooks", says)
        .header(header::CONTENT_TYPE, "application/json")
        .header(with.0, with.1);
    let body = r#"{"url":"https://hooks.acme.dev/a","events":["booking.confirmed"]}"#;
    send(&router(services), request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn no_other_sites_page_changes_anything_by_any_route() {
    // Nothing is expected of the ports: what would be changed is a 500.
    let mut services = Ports::new().services();
    services.authenticator = Arc::new(session);
    let router = router(services);
    let mut asked = 0;
    for (method, path) in operations_of_the_version() {
        if method.is_safe() {
            continue;
        }
        for says in STRANGERS {
            // As a form would send it, without asking before.
            let request = request(method.clone(), &path, says)
                .header(header::COOKIE, "session=ann")
                .header(header::CONTENT_TYPE, "text/plain");
            let answer = send(&router, request.body(Body::from("{}")).unwrap()).await;
            answer.is_error(403, "FORBIDDEN", MESSAGE);
            asked += 1;
        }
    }
    assert!(asked >= 50, "{asked}");
}

#[tokio::test]
async fn pages_of_theirs_and_programs_change_what_they_like() {
    for says in FRIENDS {
        let answer = register(Some(Arc::new(session)), says, ("cookie", "session=ann")).await;
        assert_eq!(answer.status, 201, "{says:?}: {answer:?}");
        let nobody = register(Some(Arc::new(session)), says, ("cookie", "session=bob")).await;
        assert_eq!(nobody.status, 401, "{says:?}: {nobody:?}");
    }
}

#[tokio::test]
async fn looking_is_no_change() {
    for says in STRANGERS {
        let mut ports = Ports::new();
        ports.directory.expect_webhooks().returning(|_| Ok(Vec::new()));
        let mut services = ports.services();
        services.authenticator = Arc::new(session);
        let request = request(Method::GET, "/v1/webhooks", says).header(header::COOKIE, "session=ann");
        // It is the browser that keeps this from the page.
        assert_eq!(send(&router(services), request.body(Body::empty()).unwrap()).await.status, 200);
    }
}

#[tokio::test]
async fn what_no_browser_sends_by_itself_is_good_from_anywhere() {
    let signed = signed(Method::POST, "/v1/webhooks").body(Body::empty()).unwrap();
    let key = signed.headers()[header::AUTHORIZATION].to_str().unwrap();
    for says in STRANGERS {
        let by_key = register(None, says, ("authorization", key)).await;
        assert_eq!(by_key.status, 201, "{says:?}: {by_key:?}");
        let by_token = register(Some(Arc::new(Token)), says, ("x-their-token", "ann")).await;
        assert_eq!(by_token.status, 201, "{says:?}: {by_token:?}");
    }
}
