//! Spans, as a collector gets them. Only where the program is built with the feature `otlp`.

use std::time::Duration;

use http::{HeaderValue, Method, header};
use slotflow_tests::database::Fresh;
use slotflow_tests::receiver::{Receiver, Reply};

use crate::api::{Api, BOTH, QUICK_RETRIES, booking};

on_both_databases! {
    a_collector_gets_the_request_and_each_attempt_as_spans_of_the_trace_that_booked,
    a_collector_that_is_away_keeps_nothing_from_being_delivered,
}

const TRACE: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;
const PARENT: u64 = 0x00f0_67aa_0ba9_02b7;
const SPANS: &str = "/v1/traces";
/// What the end may take without an attempt on the wire.
const ENDING: Duration = Duration::from_secs(15);

/// How often these bytes are in those.
fn count(hay: &[u8], needle: &[u8]) -> usize {
    hay.windows(needle.len()).filter(|window| *window == needle).count()
}

async fn start(database: Fresh, collector: &str) -> Api {
    let arguments = [QUICK_RETRIES, &["--send-traceparent", "--otlp-endpoint", collector]].concat();
    Api::start_with(database, &arguments, "growth").await
}

/// Books as somebody who is being traced.
async fn book_traced(api: &Api) {
    let mut headers = api.authorized();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("traceparent", format!("00-{TRACE:032x}-{PARENT:016x}-01").parse().expect("a header"));
    let body = booking(r#", "attendee_email": "alex@startup.io""#);
    let answer = api.client.send(Method::POST, "/v1/bookings", headers, body.into()).await;
    answer.expect("an answer").expect_status(201).expect("a booking");
}

async fn a_collector_gets_the_request_and_each_attempt_as_spans_of_the_trace_that_booked(database: Fresh) {
    let collector = Receiver::start().await.expect("a collector");
    let mut api = start(database, &collector.url("/")).await;
    let webhook = api.register("/?token=hush", BOTH).await;
    api.receiver.answer("/", [Reply::status(500), Reply::status(200)]);
    book_traced(&api).await;
    let delivery = api.only_delivery(&webhook, "delivered").await;
    let attempts = api.arrivals("/", 2).await;

    // What was not sent yet is sent at the end.
    let ended = api.server.process().terminate(ENDING).await.expect("an end");
    assert!(ended.success(), "{ended}");
    let batches = collector.arrivals(SPANS);
    assert!(batches.iter().all(|batch| batch.header("content-type") == "application/x-protobuf"));
    let spans: Vec<u8> = batches.iter().flat_map(|batch| batch.body.iter().copied()).collect();

    assert_eq!(count(&spans, &TRACE.to_be_bytes()), 3, "the request and two attempts");
    assert_eq!(count(&spans, &PARENT.to_be_bytes()), 1, "the request alone is right below the client");
    for attempt in &attempts {
        let told = attempt.header("traceparent").get(36..52).expect("a span").to_owned();
        let told = u64::from_str_radix(&told, 16).expect("a number").to_be_bytes();
        assert_eq!(count(&spans, &told), 1, "the span that the receiver was told of");
    }
    for told in [delivery["id"].as_str().expect("an id"), &webhook.id] {
        assert_eq!(count(&spans, told.as_bytes()), 2, "{told}");
    }
    for told in ["POST /v1/bookings", "webhook attempt", "http_status", "success"] {
        assert!(count(&spans, told.as_bytes()) > 0, "{told}");
    }
    for kept in ["startup.io", "Alex", "hush", &webhook.secret, api.key()] {
        assert_eq!(count(&spans, kept.as_bytes()), 0, "{kept}");
    }
}

async fn a_collector_that_is_away_keeps_nothing_from_being_delivered(database: Fresh) {
    let collector = Receiver::start().await.expect("a collector");
    // It takes each batch and answers after the server has given up.
    collector.answer(SPANS, [Reply::status(200).after(Duration::from_secs(60))]);
    let mut api = start(database, &collector.url("/")).await;
    let webhook = api.register("/", BOTH).await;
    book_traced(&api).await;
    api.only_delivery(&webhook, "delivered").await;
    let ended = api.server.process().terminate(ENDING).await.expect("an end");
    assert!(ended.success(), "{ended}");
}
