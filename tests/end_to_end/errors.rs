//! Errors of keys, paths and changes, as they are on the wire.

use bytes::Bytes;
use http::{HeaderMap, Method, header};
use serde_json::{Value, json};
use slotflow_tests::database::Fresh;
use slotflow_tests::http::Answer;
use slotflow_tests::server::create_organization;
use uuid::Uuid;

use crate::api::{Api, BOTH, SLOW_RETRIES, assert_error, text};

on_both_databases! {
    a_key_that_is_none_gets_one_answer,
    what_another_organization_owns_does_not_exist,
    a_wrong_path_or_method_is_answered_in_json,
    a_refused_change_changes_nothing,
}

async fn a_key_that_is_none_gets_one_answer(database: Fresh) {
    let api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let id = Uuid::new_v4();
    let key = api.key();
    let mut last = key.to_owned();
    let ending = if last.pop() == Some('A') { 'B' } else { 'A' };
    last.push(ending);
    let wrong = [
        None,
        Some("Bearer".to_owned()),
        Some("Bearer sk_live_nobody".to_owned()),
        Some(format!("Bearer {last}")),
        Some(format!("Bearer {key}x")),
        Some(format!("Basic {key}")),
        Some(key.to_owned()),
    ];
    let mut answers = Vec::new();
    for authorization in wrong {
        for (method, path) in [
            (Method::POST, "/v1/webhooks".to_owned()),
            (Method::GET, "/v1/bookings".to_owned()),
            (Method::DELETE, format!("/v1/webhooks/{id}")),
            (Method::GET, format!("/v1/deliveries/{id}")),
        ] {
            let text = authorization.as_deref().map(|text| text.parse().expect("a header"));
            let headers: HeaderMap = text.map(|text| (header::AUTHORIZATION, text)).into_iter().collect();
            let answer = api.client.send(method, &path, headers, Bytes::new()).await.expect("an answer");
            assert_error(&answer, 401, "UNAUTHORIZED");
            answers.push(answer.bytes);
        }
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "the answers tell keys apart");
}

async fn what_another_organization_owns_does_not_exist(database: Fresh) {
    let api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let webhook = api.register("/", BOTH).await;
    let booking = api.book().await;
    let delivery = text(&api.only_delivery(&webhook, "delivered").await, "/id");
    let other = create_organization(&api.database.url(), "growth").await.expect("another organization");
    let before = (api.get(&webhook.path()).await, api.get("/v1/bookings").await);

    let nobodys = Uuid::new_v4().to_string();
    for (key, webhook, booking, delivery) in [
        (other.api_key.as_str(), &webhook.id, &booking, &delivery),
        (api.key(), &nobodys, &nobodys, &nobodys),
    ] {
        for (method, path) in [
            (Method::GET, format!("/v1/webhooks/{webhook}")),
            (Method::PATCH, format!("/v1/webhooks/{webhook}")),
            (Method::DELETE, format!("/v1/webhooks/{webhook}")),
            (Method::GET, format!("/v1/bookings/{booking}")),
            (Method::DELETE, format!("/v1/bookings/{booking}")),
            (Method::GET, format!("/v1/deliveries/{delivery}")),
        ] {
            let answer = send_as(&api, key, method, &path, r#"{"active":false}"#).await;
            assert_error(&answer, 404, "NOT_FOUND");
        }
    }
    for path in [
        "/v1/webhooks".to_owned(),
        "/v1/bookings".to_owned(),
        "/v1/deliveries".to_owned(),
        format!("/v1/deliveries?webhook_id={}", webhook.id),
        format!("/v1/deliveries?booking_id={booking}"),
    ] {
        let listing = api.client.get(&path, other.api_key.as_str()).await.expect("an answer").json;
        let empty = listing.as_object().expect("a listing").values().all(|value| match value {
            Value::Array(things) => things.is_empty(),
            _ => true,
        });
        assert!(empty, "{path}: {listing}");
    }
    assert_eq!((api.get(&webhook.path()).await, api.get("/v1/bookings").await), before);
    // One URL may be registered in two organizations.
    let body = json!({"url": api.receiver.url("/"), "events": BOTH});
    let answer = api.client.post("/v1/webhooks", other.api_key.as_str(), &body).await.expect("an answer");
    answer.expect_status(201).expect("the same URL elsewhere");
}

async fn send_as(api: &Api, key: &str, method: Method, path: &str, body: &'static str) -> Answer {
    let headers = HeaderMap::from_iter([
        (header::AUTHORIZATION, format!("Bearer {key}").parse().expect("a header")),
        (header::CONTENT_TYPE, "application/json".parse().expect("a header")),
    ]);
    api.client.send(method, path, headers, Bytes::from_static(body.as_bytes())).await.expect("an answer")
}

async fn a_wrong_path_or_method_is_answered_in_json(database: Fresh) {
    let api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    for path in
        ["/", "/v1", "/v1/hooks", "/v1/webhooks/", "/v1/webhooks/not-an-id", "/v1/bookings/%00", "/v2/x"]
    {
        let answer = api.client.get(path, api.key()).await.expect("an answer");
        assert_error(&answer, 404, "NOT_FOUND");
    }
    let id = Uuid::new_v4();
    for (path, allowed) in [
        ("/v1/webhooks".to_owned(), ["GET", "POST"].as_slice()),
        (format!("/v1/webhooks/{id}"), &["GET", "PATCH", "DELETE"]),
        ("/v1/bookings".to_owned(), &["GET", "POST"]),
        (format!("/v1/bookings/{id}"), &["GET", "DELETE"]),
        ("/v1/deliveries".to_owned(), &["GET"]),
        (format!("/v1/deliveries/{id}"), &["GET"]),
        ("/healthz".to_owned(), &["GET"]),
        ("/readyz".to_owned(), &["GET"]),
    ] {
        let answer = api.send(Method::PUT, &path, "{}").await;
        assert_error(&answer, 405, "METHOD_NOT_ALLOWED");
        let header = answer.headers[header::ALLOW].to_str().expect("text").to_owned();
        let named: Vec<_> = header.split(',').map(str::trim).filter(|method| *method != "HEAD").collect();
        assert_eq!(named, allowed, "{path}");
    }
    api.assert_nothing_was_written().await;
}

async fn a_refused_change_changes_nothing(database: Fresh) {
    let api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let webhook = api.register("/", BOTH).await;
    api.register("/other", BOTH).await;
    let before = api.get(&webhook.path()).await;
    for (change, status, code) in [
        (json!({"active": false, "url": "https://localhost.localdomain:0/"}), 422, "VALIDATION_ERROR"),
        (json!({"active": false, "events": []}), 422, "VALIDATION_ERROR"),
        (json!({"active": "no"}), 422, "VALIDATION_ERROR"),
        (json!({"active": true, "held": "keep"}), 422, "VALIDATION_ERROR"),
        (json!({"active": false, "url": api.receiver.url("/other")}), 409, "DUPLICATE_WEBHOOK"),
    ] {
        let answer = api.client.patch(&webhook.path(), api.key(), &change).await.expect("an answer");
        assert_error(&answer, status, code);
        assert_eq!(api.get(&webhook.path()).await, before, "{change}");
    }
}
