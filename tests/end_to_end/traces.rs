//! One trace, from the request that caused an event to each attempt at telling of it.

use std::time::Duration;

use http::{HeaderValue, Method, header};
use slotflow_tests::database::Fresh;
use slotflow_tests::receiver::{Arrival, Reply};
use tokio::time::{Instant, sleep};

use crate::api::{Api, BOTH, PATIENCE, QUICK_RETRIES, booking, text};

on_both_databases! {
    each_attempt_is_a_span_of_the_trace_that_booked,
    nothing_is_told_of_traces_unless_it_was_asked_for,
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// Sends this as somebody who is being traced.
async fn traced(api: &Api, method: Method, path: &str, body: String, status: u16) -> serde_json::Value {
    let mut headers = api.authorized();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("traceparent", format!("00-{TRACE}-{PARENT}-01").parse().expect("a header"));
    let answer = api.client.send(method, path, headers, body.into()).await.expect("an answer");
    answer.expect_status(status).expect("what was asked for").json
}

/// The span that an attempt said it was; it must be of the trace.
fn span(arrival: &Arrival) -> String {
    let told = arrival.header("traceparent");
    let span = told.strip_prefix(&format!("00-{TRACE}-")).and_then(|rest| rest.strip_suffix("-01"));
    span.unwrap_or_else(|| panic!("of another trace: {told:?}")).to_owned()
}

async fn each_attempt_is_a_span_of_the_trace_that_booked(database: Fresh) {
    let arguments = [QUICK_RETRIES, &["--send-traceparent"]].concat();
    let mut api = Api::start_with(database, &arguments, "growth").await;
    let webhook = api.register("/", BOTH).await;
    api.receiver.answer("/", [Reply::status(500), Reply::status(200)]);

    let booked = traced(&api, Method::POST, "/v1/bookings", booking(""), 201).await;
    let delivery = api.only_delivery(&webhook, "delivered").await;
    let cancel = format!("/v1/bookings/{}", text(&booked, "/id"));
    traced(&api, Method::DELETE, &cancel, String::new(), 200).await;
    let arrivals = api.arrivals("/", 3).await;

    let mut spans: Vec<_> = arrivals.iter().map(span).collect();
    spans.sort();
    spans.dedup();
    assert_eq!(spans.len(), 3, "each attempt is a span of its own");
    assert!(!spans.contains(&PARENT.to_owned()), "and none of them is the one that booked");
    assert_eq!(arrivals[0].body, arrivals[1].body);
    assert!(!String::from_utf8_lossy(&arrivals[0].body).contains(TRACE), "it is no part of the payload");
    assert!(!delivery.to_string().contains(TRACE));

    // Each attempt has its line, which may still be on its way through the pipe.
    let deadline = Instant::now() + PATIENCE;
    let is_traced = |line: &String| line.contains("attempt ended") && line.contains(TRACE);
    while api.server.process().stderr().into_iter().filter(is_traced).count() < 3 {
        assert!(Instant::now() < deadline, "{}", api.server.process().output());
        sleep(Duration::from_millis(20)).await;
    }
}

async fn nothing_is_told_of_traces_unless_it_was_asked_for(database: Fresh) {
    let api = Api::start(database).await;
    api.register("/", BOTH).await;
    traced(&api, Method::POST, "/v1/bookings", booking(""), 201).await;
    let arrivals = api.arrivals("/", 1).await;
    assert_eq!(arrivals[0].headers.get("traceparent"), None);
}
