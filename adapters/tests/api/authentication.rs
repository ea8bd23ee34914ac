//! Whose request it is.

use crate::support::{Answer, Ports, STRANGER, key, lost, send};
use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, header};
use slotflow_application::ports::MockDirectory;

const MESSAGE: &str = "a valid API key is required: Authorization: Bearer sk_live_…";

async fn list_webhooks(authorization: &[&[u8]]) -> Answer {
    let mut ports = Ports::new();
    ports.directory.expect_webhooks().returning(|_| Ok(Vec::new()));
    let mut request = Request::builder().uri("/v1/webhooks");
    for value in authorization {
        request = request.header(header::AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
    }
    send(&ports.router(), request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn whatever_is_wrong_with_the_key_the_answer_is_the_same() {
    let good = key().expose().to_owned();
    let unknown = "sk_live_AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";
    for refused in [
        vec![],
        vec![""],
        vec!["Bearer"],
        vec!["Bearer "],
        vec![good.as_str()],
        vec!["Basic c2tfbGl2ZTo="],
        vec![&format!("Basic {good}")],
        vec![&format!("Bearer{good}")],
        vec![&format!("Bearer {good}x")],
        vec![&format!("Bearer {good} {good}")],
        vec![&format!("Bearer {}", &good[..good.len() - 1])],
        vec![&format!("Bearer {unknown}")],
        vec!["Bearer sk_live_"],
        vec!["Bearer sk_live_\u{e9}"],
        vec![&format!("Bearer {good}"), &format!("Bearer {good}")],
    ] {
        let values: Vec<&[u8]> = refused.iter().map(|value| value.as_bytes()).collect();
        let answer = list_webhooks(&values).await;
        answer.is_error(401, "UNAUTHORIZED", MESSAGE);
        assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer");
    }
}

#[tokio::test]
async fn the_scheme_is_taken_in_any_case() {
    for scheme in ["Bearer", "bearer", "BEARER", "Bearer "] {
        list_webhooks(&[format!("{scheme} {}", key().expose()).as_bytes()])
            .await
            .is(200, r#"{"webhooks":[],"total":0}"#);
    }
}

#[tokio::test]
async fn every_route_of_the_version_asks_for_a_key_before_it_looks_at_anything_else() {
    let one = |thing: &str| format!("/v1/{thing}/{STRANGER}");
    let router = Ports::new().router();
    for (method, path) in [
        (Method::GET, "/v1/webhooks?active=nonsense".to_owned()),
        (Method::POST, "/v1/webhooks".to_owned()),
        (Method::GET, one("webhooks")),
        (Method::PATCH, one("webhooks")),
        (Method::PATCH, "/v1/webhooks/no-id".to_owned()),
        (Method::DELETE, one("webhooks")),
        (Method::GET, "/v1/bookings?limit=0".to_owned()),
        (Method::POST, "/v1/bookings".to_owned()),
        (Method::GET, one("bookings")),
        (Method::DELETE, one("bookings")),
        (Method::GET, "/v1/deliveries?cursor=nonsense".to_owned()),
        (Method::GET, one("deliveries")),
    ] {
        // Neither JSON nor small enough: none of that matters yet.
        let request = Request::builder().method(method).uri(path).body(Body::from(vec![0xFF; 300 * 1024]));
        send(&router, request.unwrap()).await.is_error(401, "UNAUTHORIZED", MESSAGE);
    }
}

#[tokio::test]
async fn without_the_store_nobody_is_turned_away_as_unknown() {
    let mut ports = Ports::new();
    ports.directory = MockDirectory::new();
    ports.directory.expect_key_holder().returning(|_| Err(lost()));
    let answer = ports.get("/v1/webhooks").await;
    answer.is_error(503, "UNAVAILABLE", "the service is temporarily unavailable; please try again");
}
