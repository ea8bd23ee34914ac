//! Bodies and queries that are refused, and leave nothing behind.

use http::{Method, header};
use serde_json::{Value, json};
use slotflow_tests::database::Fresh;

use crate::api::{Api, OFFLINE, assert_error, booking, text};

on_both_databases! {
    a_body_that_cannot_be_read_is_refused_and_leaves_nothing,
    a_body_that_breaks_a_rule_is_refused_and_leaves_nothing,
}

const POSTS: [&str; 2] = ["/v1/webhooks", "/v1/bookings"];
const WEBHOOK: &str = r#"{"url":"https://hooks.acme.dev/","events":["booking.confirmed"]}"#;

/// What the refused bodies were made from is good.
async fn assert_taken(api: &Api) {
    api.post_text("/v1/webhooks", WEBHOOK).await.expect_status(201).expect("a webhook");
    api.post_text("/v1/bookings", &booking("")).await.expect_status(201).expect("a booking");
}

async fn a_body_that_cannot_be_read_is_refused_and_leaves_nothing(database: Fresh) {
    let api = Api::start_with(database, OFFLINE, "growth").await;
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
    api.assert_nothing_was_written().await;
    assert_taken(&api).await;
}

async fn a_body_that_breaks_a_rule_is_refused_and_leaves_nothing(database: Fresh) {
    let api = Api::start_with(database, OFFLINE, "growth").await;
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
    api.assert_nothing_was_written().await;
    assert_taken(&api).await;
}

async fn assert_query_is_refused(api: &Api, path: &str, query: &str) {
    let answer = api.client.get(&format!("{path}?{query}"), api.key()).await.expect("an answer");
    assert_error(&answer, 422, "VALIDATION_ERROR");
}
