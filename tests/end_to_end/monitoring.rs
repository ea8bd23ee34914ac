//! What the server tells of itself to whoever runs it.

use std::collections::BTreeSet;
use std::time::Duration;

use http::HeaderValue;
use serde_json::Value;
use slotflow_tests::database::Fresh;
use slotflow_tests::http::{Answer, JsonClient};
use slotflow_tests::receiver::Reply;
use slotflow_tests::server::free_port;
use tokio::time::{Instant, sleep};

use crate::api::{Api, BOTH, PATIENCE, QUICK_RETRIES, SLOW_RETRIES};

on_both_databases! {
    an_attempt_tells_whom_it_reached_and_where_its_time_went,
    every_metric_of_the_dashboard_and_the_alerts_is_served,
    metrics_may_have_an_address_of_their_own,
    every_attempt_and_every_failure_of_ours_is_a_line_that_can_be_found,
}

async fn an_attempt_tells_whom_it_reached_and_where_its_time_went(database: Fresh) {
    let api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let slow = Duration::from_millis(120);
    api.receiver.answer("/", [Reply::status(500).after(slow)]);
    let webhook = api.register("/", BOTH).await;
    let closed = format!("http://127.0.0.1:{}/", free_port().expect("a port"));
    let refused = api.register_url(&closed, BOTH).await;
    api.book().await;

    let attempt = &api.failed_once(&webhook).await["attempts"][0];
    let address = api.receiver.url("").replace("http://", "");
    assert_eq!(attempt["address"], address);
    assert_eq!(attempt["error"], "the receiver answered 500 Internal Server Error");
    let phase = |name: &str| attempt["phases"][name].as_f64();
    assert_eq!((phase("dns_ms"), phase("tls_ms")), (None, None), "an address over http: {attempt:#}");
    let (first_byte, total) = (phase("first_byte_ms").expect("a time"), phase("total_ms").expect("a time"));
    assert!(phase("connect_ms").expect("a time") > 0.0);
    assert!(first_byte >= slow.as_secs_f64() * 1e3 && first_byte <= total, "{attempt:#}");
    assert_eq!(attempt["duration_ms"].as_u64(), Some(total as u64), "{attempt:#}");

    let attempt = &api.failed_once(&refused).await["attempts"][0];
    assert_eq!(attempt["address"], Value::Null, "no connection came about");
    let address = closed.trim_start_matches("http://").trim_end_matches('/');
    assert_eq!(attempt["error"], format!("connection refused by {address}"));
}

/// The names that begin with ours in a text, without what a histogram's series add.
fn metrics_named_in(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for word in text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_') {
        if word.starts_with("slotflow_") {
            names.insert(word.to_owned());
        }
    }
    names
}

async fn scrape(client: &JsonClient) -> String {
    let answer = client.get("/metrics", None).await.expect("an answer").expect_status(200).expect("metrics");
    let kind = answer.headers["content-type"].to_str().expect("text");
    assert_eq!(kind, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    String::from_utf8(answer.bytes.to_vec()).expect("text")
}

/// What is served once it has this: an outcome is recorded before it is counted.
pub(crate) async fn scrape_until(client: &JsonClient, line: &str) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let served = scrape(client).await;
        if served.lines().any(|told| told == line) {
            return served;
        }
        assert!(Instant::now() < deadline, "no {line} in\n{served}");
        sleep(Duration::from_millis(20)).await;
    }
}

async fn every_metric_of_the_dashboard_and_the_alerts_is_served(database: Fresh) {
    let dashboard = include_str!("../../docs/operations/grafana-dashboard.json");
    let alerts = include_str!("../../docs/operations/alerts.yml");
    let monitoring = include_str!("../../docs/operations/monitoring.md");
    let panels = serde_json::from_str::<Value>(dashboard).expect("JSON");
    assert!(panels["panels"].as_array().expect("a list").len() >= 8);

    let api = Api::start_with(database, QUICK_RETRIES, "growth").await;
    let webhook = api.register("/", BOTH).await;
    api.receiver.answer("/", [Reply::status(500), Reply::status(200)]);
    api.book().await;
    api.only_delivery(&webhook, "delivered").await;

    let served = scrape_until(&api.client, "slotflow_deliveries_total{status=\"delivered\"} 1").await;
    for line in [
        "slotflow_attempts_total{outcome=\"http_status\"} 1",
        "slotflow_attempts_total{outcome=\"success\"} 1",
        "slotflow_deliveries_total{status=\"retry\"} 1",
        "slotflow_attempt_duration_seconds_count 2",
        "slotflow_settle_duration_seconds_count 2",
        "slotflow_http_requests_total{method=\"POST\",route=\"/v1/bookings\",status=\"201\"} 1",
        "slotflow_backlog_deliveries{status=\"held\"} 0",
    ] {
        assert!(served.lines().any(|told| told == line), "{line} in\n{served}");
    }
    assert!(!served.contains(&webhook.id) && !served.contains("127.0.0.1"), "{served}");

    let known = metrics_named_in(&served);
    for (file, text) in [("dashboard", dashboard), ("alerts", alerts)] {
        let named = metrics_named_in(text);
        assert!(named.len() >= 5, "{file}: {named:?}");
        for name in named {
            assert!(known.contains(&name), "the {file} names {name}, which is not served");
        }
    }
    // And each is explained.
    for line in served.lines() {
        if let Some(name) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split(' ').next()) {
            assert!(monitoring.contains(name), "{name} is not explained");
        }
    }
}

async fn metrics_may_have_an_address_of_their_own(database: Fresh) {
    let own = format!("127.0.0.1:{}", free_port().expect("a port"));
    let arguments = ["--dev", "--metrics-listen", &own];
    let api = Api::start_with(database, &arguments, "growth").await;
    api.get("/v1/webhooks").await;
    let missing = api.client.get("/metrics", None).await.expect("an answer");
    assert_eq!(missing.error_code(), Some("NOT_FOUND"));
    let metrics = JsonClient::new(format!("http://{own}"));
    let served = scrape(&metrics).await;
    assert!(served.contains("route=\"/v1/webhooks\",status=\"200\""), "{served}");
    let missing = metrics.get("/v1/webhooks", api.key()).await.expect("an answer");
    assert_eq!(missing.error_code(), Some("NOT_FOUND"));
}

/// The log line of the only attempt, once there is one.
pub(crate) async fn the_attempts_line(api: &mut Api) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let lines = api.server.process().stderr();
        let parsed = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut lines: Vec<_> = parsed.filter(|line| line["message"] == "attempt ended").collect();
        assert!(lines.len() < 2, "{lines:#?}");
        if let Some(line) = lines.pop() {
            return line;
        }
        assert!(Instant::now() < deadline, "{}", api.server.process().output());
        sleep(Duration::from_millis(20)).await;
    }
}

fn request_id(answer: &Answer) -> &HeaderValue {
    &answer.headers["x-request-id"]
}

async fn every_attempt_and_every_failure_of_ours_is_a_line_that_can_be_found(database: Fresh) {
    let arguments = ["--dev", "--retry-delays", "none", "--log-format", "json"];
    let mut api = Api::start_with(database, &arguments, "growth").await;
    let webhook = api.register("/", BOTH).await;
    api.receiver.answer("/", [Reply::status(418).saying("short and stout")]);
    api.book().await;
    let delivery = api.only_delivery(&webhook, "failed").await;

    let first = api.client.get("/v1/webhooks", api.key()).await.expect("an answer");
    let second = api.client.get("/healthz", None).await.expect("an answer");
    assert_ne!(request_id(&first), request_id(&second));
    assert_eq!(request_id(&first).len(), 36);

    let line = the_attempts_line(&mut api).await;
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["delivery_id"], delivery["id"]);
    assert_eq!(line["webhook_id"], webhook.id);
    assert_eq!(line["event_id"], delivery["event_id"]);
    assert_eq!(line["organization_id"], api.organization.id);
    assert_eq!((&line["attempt"], &line["outcome"]), (&1.into(), &"http_status".into()));
    assert_eq!(line["status"], 418);
    assert_eq!(line["address"], delivery["attempts"][0]["address"]);
    assert!(line["duration_ms"].is_u64());
    let log = api.server.process().stderr().join("\n");
    for kept in ["Alex Rivera", "short and stout", &webhook.secret, api.key()] {
        assert!(!log.contains(kept), "{kept} in\n{log}");
    }
}
