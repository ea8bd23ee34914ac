//! Bodies, from bytes to members: what is refused before any rule of the domain is asked.

use crate::support::{Answer, Ports, STRANGER, registering, send, signed};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, Method, header};
use std::convert::Infallible;

const GOOD: &str = r#"{"url":"https://hooks.acme.dev/a","events":["booking.confirmed"]}"#;
const NOT_TYPED: &str = "the Content-Type must be application/json";

/// Registers a webhook with a body that goes out as it is.
async fn register(body: impl Into<Body>) -> Answer {
    Ports::new().working(registering(0, false)).call(Method::POST, "/v1/webhooks", body).await
}

async fn register_labelled(labels: &[(HeaderName, &str)]) -> Answer {
    let router = Ports::new().working(registering(0, false)).router();
    let mut request = signed(Method::POST, "/v1/webhooks").body(Body::from(GOOD)).unwrap();
    let authorization = request.headers()[header::AUTHORIZATION].clone();
    *request.headers_mut() = HeaderMap::from_iter([(header::AUTHORIZATION, authorization)]);
    for (name, value) in labels {
        request.headers_mut().append(name, value.parse().unwrap());
    }
    send(&router, request).await
}

#[tokio::test]
async fn json_in_utf_8_is_taken_however_it_is_labelled() {
    for label in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "application/json; charset=\"utf-8\"",
        "application/json; profile=x",
    ] {
        let answer = register_labelled(&[(header::CONTENT_TYPE, label)]).await;
        assert_eq!(answer.status, 201, "{label}");
    }
}

#[tokio::test]
async fn anything_but_json_in_utf_8_is_malformed() {
    register_labelled(&[]).await.is_malformed(NOT_TYPED);
    for label in [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "application/json, text/plain",
        "application/json; charset=utf-16",
        "application/json; charset=iso-8859-1",
    ] {
        register_labelled(&[(header::CONTENT_TYPE, label)]).await.is_malformed(NOT_TYPED);
    }
    let json = (header::CONTENT_TYPE, "application/json");
    register_labelled(&[json.clone(), json.clone()]).await.is_malformed(NOT_TYPED);
    for encoding in ["gzip", "deflate", "br", "identity"] {
        register_labelled(&[json.clone(), (header::CONTENT_ENCODING, encoding)])
            .await
            .is_malformed("the body must be sent without a Content-Encoding");
    }
}

#[tokio::test]
async fn text_that_is_not_json_is_malformed() {
    register("").await.is_malformed("a JSON body is required");
    register("\u{feff}{}").await.is_malformed("the body must not begin with a byte order mark");
    let not_utf8 = "the body must be encoded in UTF-8";
    register(&b"{\"url\":\"\xFF\"}"[..]).await.is_malformed(not_utf8);
    // A surrogate encoded as if it were a character, and UTF-16.
    register(&b"{\"x\":\"\xED\xA0\x80\"}"[..]).await.is_malformed(not_utf8);
    register(&b"\xFF\xFE{\0}\0"[..]).await.is_malformed(not_utf8);
    for (body, line) in [
        ("  ", 1),
        ("{", 1),
        ("[1,", 1),
        (r#"{"url":}"#, 1),
        (r#"{"url":"https://a.dev","events":["booking.confirmed"]}}"#, 1),
        (r#"{"url":"a"#, 1),
        ("{\"url\":\"a\nb\"}", 1),
        ("{\"url\":\"a\0b\"}", 1),
        ("{\n\"url\": nope}", 2),
        (r#"{'url':"a"}"#, 1),
        (r#"{"url":"\x41"}"#, 1),
        (r#"{"url":"\u12G4"}"#, 1),
        (r#"{"url":01}"#, 1),
        (r#"{"url":NaN}"#, 1),
        (r#"{"url":"a",}"#, 1),
        ("nul", 1),
        ("url=https://a.dev", 1),
    ] {
        // Which column a mistake is found in is the parser's business.
        let answer = register(body).await;
        assert_eq!(answer.status, 400, "{body}");
        let start = format!(
            r#"{{"error":{{"code":"MALFORMED_REQUEST","message":"the body is not well-formed JSON (line {line}, column "#
        );
        assert!(answer.body.starts_with(&start), "{body}: {}", answer.body);
    }
}

#[tokio::test]
async fn json_that_is_no_object_is_invalid_however_deep_it_is() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for body in ["null", "true", "1", "1e999", "\"text\"", "\"\\ud800\"", "[]", "[{}]", GOOD, &deep] {
        let answer =
            if body == GOOD { register(format!("[{GOOD}]")).await } else { register(body.to_owned()).await };
        answer.is_invalid("body: must be a JSON object");
    }
}

#[tokio::test]
async fn a_body_of_256_kib_is_read_and_one_byte_more_is_too_large() {
    let padded = |bytes: usize| format!("{GOOD}{}", " ".repeat(bytes - GOOD.len()));
    let limit = 256 * 1024;
    assert_eq!(register(padded(limit)).await.status, 201);
    for bytes in [limit + 1, 300 * 1024, 5 * 1024 * 1024] {
        let answer = register(padded(bytes)).await;
        answer.is_error(413, "PAYLOAD_TOO_LARGE", "the body must not be larger than 262144 bytes");
    }
}

#[tokio::test]
async fn a_body_without_a_length_is_measured_as_it_arrives() {
    let endless = futures_util::stream::repeat_with(|| Ok::<_, Infallible>(vec![b' '; 64 * 1024]));
    register(Body::from_stream(endless)).await.is_error(
        413,
        "PAYLOAD_TOO_LARGE",
        "the body must not be larger than 262144 bytes",
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_is_malformed() {
    let broken = futures_util::stream::iter([Ok("{\"url\":"), Err(std::io::Error::other("reset"))]);
    register(Body::from_stream(broken)).await.is_malformed("the body ended before it was complete");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for_forever() {
    let silent = futures_util::stream::pending::<Result<String, Infallible>>();
    register(Body::from_stream(silent)).await.is_malformed("the body did not arrive in time");
}

#[tokio::test]
async fn unknown_members_are_ignored_whatever_they_hold() {
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    for unknown in [
        r#""x":null"#,
        r#""x":1,"x":2"#,
        r#""x":{"url":1}"#,
        r#""URL":1"#,
        r#""url ":1"#,
        r#""x":1e999999"#,
        r#""x":"\u0000""#,
        r#""x":"\ud800""#,
        r#""\ud800":1"#,
        r#""":1"#,
        &format!(r#""x":{deep}"#),
    ] {
        let body = format!("{{{unknown},{}", &GOOD[1..]);
        assert_eq!(register(body).await.status, 201, "{:.40}", unknown);
    }
}

#[tokio::test]
async fn a_member_is_known_by_its_name_in_any_spelling() {
    let body = GOOD.replace("\"url\"", r#""\u0075r\u006C""#);
    assert_eq!(register(body).await.status, 201);
    let twice = format!(r#"{{"\u0075rl":"https://b.dev/",{}"#, &GOOD[1..]);
    register(twice).await.is_invalid("url: must not be given twice");
}

#[tokio::test]
async fn members_of_the_wrong_kind_are_named_with_what_they_must_be() {
    let text = "url: must be a string";
    let list = "events: must be an array of strings";
    for (body, message) in [
        ("{}", "url: must be given"),
        (r#"{"url":null,"events":[]}"#, "url: must be given"),
        (r#"{"url":"https://hooks.acme.dev/a"}"#, "events: must be given"),
        (r#"{"url":"https://hooks.acme.dev/a","events":null}"#, "events: must be given"),
        (r#"{"url":1,"events":[]}"#, text),
        (r#"{"url":true,"events":[]}"#, text),
        (r#"{"url":["https://a.dev"],"events":[]}"#, text),
        (r#"{"url":{},"events":[]}"#, text),
        (r#"{"url":"\ud83d","events":[]}"#, "url: must not contain a lone surrogate"),
        (r#"{"url":"\udc00\ud800","events":[]}"#, "url: must not contain a lone surrogate"),
        (r#"{"url":"https://a.dev/\u0000","events":[]}"#, "url: must not contain the NUL character"),
        (r#"{"url":"https://a.dev","events":"booking.confirmed"}"#, list),
        (r#"{"url":"https://a.dev","events":{"a":"b"}}"#, list),
        (r#"{"url":"https://a.dev","events":[1]}"#, list),
        (r#"{"url":"https://a.dev","events":[null]}"#, list),
        (r#"{"url":"https://a.dev","events":["booking.confirmed",[]]}"#, list),
        (r#"{"url":"https://a.dev","events":["\ud800"]}"#, "events: must not contain a lone surrogate"),
        (r#"{"url":"https://a.dev","events":["\u0000"]}"#, "events: must not contain the NUL character"),
        (r#"{"url":"a","url":"a","events":[]}"#, "url: must not be given twice"),
        (r#"{"url":null,"url":null,"events":[]}"#, "url: must not be given twice"),
        (r#"{"url":"a","events":[],"events":[],"events":[]}"#, "events: must not be given twice"),
    ] {
        register(body).await.is_invalid(message);
    }
    let deep = format!(r#"{{"url":"https://a.dev","events":{}{}}}"#, "[".repeat(50_000), "]".repeat(50_000));
    register(deep).await.is_invalid(list);
}

#[tokio::test]
async fn a_change_refuses_null_and_what_is_of_the_wrong_kind() {
    for (body, message) in [
        (r#"{"url":null}"#, "url: must not be null"),
        (r#"{"events":null}"#, "events: must not be null"),
        (r#"{"active":null}"#, "active: must not be null"),
        (r#"{"active":true,"held":null}"#, "held: must not be null"),
        (r#"{"active":"true"}"#, "active: must be true or false"),
        (r#"{"active":1}"#, "active: must be true or false"),
        (r#"{"active":true,"active":false}"#, "active: must not be given twice"),
        (r#"{"active":true,"held":"keep"}"#, "held: must be one of deliver, discard"),
        (r#"{"active":true,"held":7}"#, "held: must be a string"),
        (r#"{"active":false,"held":"discard"}"#, "held: may only be given with active: true"),
        (r#"{"url":"ftp://a.dev"}"#, "url: must use https"),
        ("[]", "body: must be a JSON object"),
    ] {
        let path = format!("/v1/webhooks/{STRANGER}");
        let answer = Ports::new().call(Method::PATCH, &path, body).await;
        answer.is_invalid(message);
    }
}
