//! Whose request it is.

use crate::described_routes::operations_of_the_version;
use crate::support::{Answer, ORGANIZATION, Ports, key, lost, registering, send};
use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, header};
use slotflow_application::ports::MockDirectory;
use std::convert::Infallible;
use std::time::Duration;

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
    let router = Ports::new().router();
    for (method, path) in operations_of_the_version() {
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

/// Registers a webhook with a body that takes so long to arrive, and a key that is revoked while it does.
async fn register_while_revoked(arrives_after: Duration) -> Answer {
    let mut ports = Ports::new().working(registering(0, false));
    ports.directory = MockDirectory::new();
    let mut asked = 0;
    ports.directory.expect_key_holder().returning(move |_| {
        asked += 1;
        Ok((asked == 1).then_some(ORGANIZATION))
    });
    let body = r#"{"url":"https://hooks.acme.dev/a","events":["booking.confirmed"]}"#;
    let late = futures_util::stream::once(async move {
        tokio::time::sleep(arrives_after).await;
        Ok::<_, Infallible>(body)
    });
    ports.call(Method::POST, "/v1/webhooks", Body::from_stream(late)).await
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_revoked_while_the_body_arrives_changes_nothing_any_more() {
    for seconds in [2, 29] {
        let answer = register_while_revoked(Duration::from_secs(seconds)).await;
        answer.is_error(401, "UNAUTHORIZED", MESSAGE);
    }
    // What arrives at once was begun before, and costs no second look.
    assert_eq!(register_while_revoked(Duration::ZERO).await.status, 201);
}
