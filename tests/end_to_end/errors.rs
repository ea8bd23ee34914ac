//! Every error of the contract, as it is on the wire.

use bytes::Bytes;
use http::{HeaderMap, Method, header};
use serde_json::{Value, json};
use slotflow_tests::database::Fresh;
use slotflow_tests::http::Answer;
use slotflow_tests::server::create_organization;
use uuid::Uuid;

use crate::api::{Api, BOTH, SLOW_RETRIES, assert_error, booking, text};

on_both_databases! {
    a_body_that_cannot_be_read_is_refused_and_leaves_nothing,
    a_body_that_breaks_a_rule_is_refused_and_leaves_nothing,
    a_key_that_is_none_gets_one_answer,
    what_another_organization_owns_does_not_exist,
    a_wrong_path_or_method_is_answered_in_json,
    a_refused_change_changes_nothing,
}

const POSTS: [&str; 2] = ["/v1/webhooks", "/v1/bookings"];
const WEBHOOK: &str = r#"{"url":"https://hooks.acme.dev/","events":["booking.confirmed"]}"#;

async fn start(database: Fresh) -> Api {
    let arguments = [SLOW_RETRIES, &["--resolve-on-registration=false"]].concat();
    Api::start_with(database, &arguments, "growth").await
}

async fn assert_nothing_was_written(api: &Api) {
    assert_eq!(api.get("/v1/webhooks?active=any").await, json!({"webhooks": [], "total": 0}));
    assert_eq!(api.get("/v1/bookings").await["total"], 0);
    assert_eq!(api.get("/v1/deliveries").await, json!({"deliveries": [], "next_cursor": null}));
}

async fn a_body_that_cannot_be_read_is_refused_and_leaves_nothing(database: Fresh) {
    let api = start(database).await;
    for path in POSTS {
        for body in ["", "{", "nope", "{\"a\":1}}", "{'a':1}", "\u{feff}{}"] {
            assert_error(&api.post_text(path, body).await, 400, "MALFORMED_REQUEST");
        }
        let not_utf8 = api.send(Method::POST, path, &b"{\"attendee_name\":\"\xFF\"}"[..]).await;
        assert_error(&not_utf8, 400, "MALFORMED_REQUEST");
        for label in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
            let mut headers = api.authorized();
            headers.extend(label.map(|label| (header::CONTENT_TYPE, label.parse().expect("a header"))));
            let body = if path == "/v1/webhooks" { WEBHOOK.to_owned() } else { booking("") };
            let answer = api.client.send(Method::POST, path, headers, body.into()).await.expect("an answer");
            assert_error(&answer, 400, "MALFORMED_REQUEST");
        }
        let padding = " ".repeat(300 * 1024);
        for large in [format!("{WEBHOOK}{padding}"), booking(&format!(r#","metadata":{{"a":"{padding}"}}"#))]
        {
            assert_error(&api.post_text(path, &large).await, 413, "PAYLOAD_TOO_LARGE");
        }
    }
    assert_nothing_was_written(&api).await;
}

async fn a_body_that_breaks_a_rule_is_refused_and_leaves_nothing(database: Fresh) {
    let api = start(database).await;
    for body in ["null", "[]", "1", "\"text\"", "{}"] {
        for path in POSTS {
            assert_error(&api.post_text(path, body).await, 422, "VALIDATION_ERROR");
        }
    }
    for body in [
        r#"{"url":"https://hooks.acme.dev/"}"#,
        r#"{"url":"https://hooks.acme.dev/","events":[]}"#,
        r#"{"url":"https://hooks.acme.dev/","events":"booking.confirmed"}"#,
        r#"{"url":"https://hooks.acme.dev/","events":["booking.moved"]}"#,
        r#"{"url":"https://hooks.acme.dev/","events":["booking.confirmed","booking.confirmed"]}"#,
        r#"{"url":"https://hooks.acme.dev/","url":"https://hooks.acme.dev/","events":["booking.confirmed"]}"#,
        r#"{"url":7,"events":["booking.confirmed"]}"#,
        r#"{"url":"hooks.acme.dev","events":["booking.confirmed"]}"#,
        r#"{"url":"ftp://hooks.acme.dev/","events":["booking.confirmed"]}"#,
        r#"{"url":"https://hooks.acme.dev/#part","events":["booking.confirmed"]}"#,
        r#"{"url":"https://me:secret@hooks.acme.dev/","events":["booking.confirmed"]}"#,
        r#"{"url":"https://hooks.acme.dev/\u0000","events":["booking.confirmed"]}"#,
        r#"{"url":"https://hooks.acme.dev/\ud800","events":["booking.confirmed"]}"#,
    ] {
        assert_error(&api.post_text("/v1/webhooks", body).await, 422, "VALIDATION_ERROR");
    }
    let long =
        format!(r#"{{"url":"https://hooks.acme.dev/{}","events":["booking.confirmed"]}}"#, "x".repeat(2_048));
    assert_error(&api.post_text("/v1/webhooks", &long).await, 422, "VALIDATION_ERROR");

    let deep = format!(r#", "metadata": {{"a": {}{}}}"#, "[".repeat(99), "]".repeat(99));
    let large = format!(r#", "metadata": {{"a": "{}"}}"#, "x".repeat(64 * 1024));
    for further in [
        deep.as_str(),
        &large,
        r#", "metadata": []"#,
        r#", "metadata": "{}""#,
        r#", "metadata": {"a": "\u0000"}"#,
        r#", "metadata": {"\u0000": 1}"#,
        r#", "metadata": {"a": ["\ud83d"]}"#,
        r#", "metadata": {}, "metadata": {}"#,
        r#", "duration": 30"#,
        r#", "attendee_email": 7"#,
        r#", "attendee_email": "nobody""#,
    ] {
        assert_error(&api.post_text("/v1/bookings", &booking(further)).await, 422, "VALIDATION_ERROR");
    }
    let good: Value = serde_json::from_str(&booking("")).expect("JSON");
    for (member, wrong) in [
        ("human_id", json!("me")),
        ("human_id", json!(null)),
        ("starts_at", json!("tomorrow")),
        ("starts_at", json!("2031-03-10T14:00:00")),
        ("starts_at", json!("2031-02-30T14:00:00Z")),
        ("starts_at", json!("9999-12-31T23:59:00Z")),
        ("starts_at", json!(1_741_615_200)),
        ("duration", json!(0)),
        ("duration", json!(1_441)),
        ("duration", json!(30.5)),
        ("duration", json!("30")),
        ("duration", json!(-30)),
        ("attendee_name", json!("")),
        ("attendee_name", json!("x".repeat(201))),
        ("attendee_name", json!("a\u{0}b")),
        ("attendee_name", json!("a\nb")),
        ("attendee_name", json!(["Alex"])),
    ] {
        let mut body = good.clone();
        body[member] = wrong;
        let answer = api.post_text("/v1/bookings", &body.to_string()).await;
        assert_error(&answer, 422, "VALIDATION_ERROR");
        assert!(text(&answer.json, "/error/message").contains(member), "{} names no {member}", answer.json);
    }
    for query in
        ["limit=0", "limit=101", "limit=x", "offset=-1", "status=lost", "human_id=me", "date_from=soon"]
    {
        assert_query_is_refused(&api, "/v1/bookings", query).await;
    }
    for query in
        ["limit=0", "status=lost", "event=x.y.z!", "webhook_id=me", "created_after=soon", "cursor=nope"]
    {
        assert_query_is_refused(&api, "/v1/deliveries", query).await;
    }
    assert_nothing_was_written(&api).await;
}

async fn assert_query_is_refused(api: &Api, path: &str, query: &str) {
    let answer = api.client.get(&format!("{path}?{query}"), api.key()).await.expect("an answer");
    assert_error(&answer, 422, "VALIDATION_ERROR");
}

async fn a_key_that_is_none_gets_one_answer(database: Fresh) {
    let api = start(database).await;
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
    let api = start(database).await;
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
    let api = start(database).await;
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
    assert_nothing_was_written(&api).await;
}

async fn a_refused_change_changes_nothing(database: Fresh) {
    let api = start(database).await;
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
