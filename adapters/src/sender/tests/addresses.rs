//! Nothing is connected to but judged addresses.

use super::receiver::Receiver;
use super::{HASTY, PATIENT, development, request, resolver, sender};
use crate::sender::{HttpSender, SenderSettings};
use slotflow_application::ports::WebhookSender;
use slotflow_domain::delivery::{AttemptOutcome, AttemptReport};
use slotflow_domain::webhook::UrlRules;
use std::process::Command;
use std::time::Duration;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// An attempt by a sender with the strict rules, or with `rules`.
async fn attempt(url: &str, addresses: &[&str], rules: UrlRules) -> AttemptReport {
    let settings = SenderSettings { request_timeout: HASTY, url_rules: rules, ..SenderSettings::default() };
    HttpSender::new(settings, resolver(addresses)).unwrap().send(request(url)).await
}

#[tokio::test]
async fn a_refused_address_is_never_connected_to_and_never_named() {
    let canary = Receiver::answering(OK).await;
    let port = canary.address.port();
    let http_too = UrlRules { allow_http: true, ..UrlRules::strict() };
    let mut errors = Vec::new();
    for (url, addresses, rules) in [
        (format!("https://127.0.0.1:{port}/"), vec![], UrlRules::strict()),
        (format!("http://127.0.0.1:{port}/"), vec![], http_too.clone()),
        (format!("http://[::ffff:127.0.0.1]:{port}/"), vec![], http_too.clone()),
        (format!("http://2130706433:{port}/"), vec![], http_too.clone()),
        (format!("http://receiver.example.com:{port}/"), vec!["127.0.0.1"], http_too.clone()),
        (format!("https://receiver.example.com:{port}/"), vec!["127.0.0.1"], UrlRules::strict()),
        // One bad address among good ones, wherever it stands.
        (format!("http://receiver.example.com:{port}/"), vec!["127.0.0.1", "8.8.8.8"], http_too.clone()),
        (
            format!("http://receiver.example.com:{port}/"),
            vec!["8.8.8.8", "::ffff:127.0.0.1"],
            http_too.clone(),
        ),
        (format!("http://receiver.example.com:{port}/"), vec!["2606:4700::1111", "::1"], http_too.clone()),
        // Even where networks of one's own are allowed.
        (
            format!("http://receiver.example.com:{port}/"),
            vec!["127.0.0.1", "169.254.169.254"],
            UrlRules::development(),
        ),
        (format!("http://localhost:{port}/"), vec!["127.0.0.1"], http_too.clone()),
    ] {
        let report = attempt(&url, &addresses, rules).await;
        assert_eq!(report.outcome, AttemptOutcome::BlockedAddress, "{url} {addresses:?}");
        assert_eq!(report.response, None);
        errors.push(report.error.unwrap());
    }
    assert_eq!(canary.connections(), 0);
    errors.dedup();
    assert_eq!(errors, ["the URL leads to an address that events are not sent to"]);
}

/// The system takes the address of no host for this machine's own: what is connected to is not what was asked for.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_address_that_is_really_connected_to_is_judged_as_well() {
    let canary = Receiver::answering(OK).await;
    let url = format!("http://0.0.0.0:{}/", canary.address.port());
    let allowing = |network: &str| UrlRules {
        allow_http: true,
        allowed: vec!["0.0.0.0".parse().unwrap(), network.parse().unwrap()],
        ..UrlRules::strict()
    };
    let report = attempt(&url, &[], allowing("10.0.0.0/8")).await;
    assert_eq!(report.outcome, AttemptOutcome::BlockedAddress, "{:?}", report.error);
    assert_eq!(report.exchange.address, None);
    // It was connected to, and told nothing.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!((canary.connections(), canary.requests().len()), (1, 0));
    // Where that one may be sent to, it is.
    let report = attempt(&url, &[], allowing("127.0.0.1")).await;
    assert_eq!(report.outcome, AttemptOutcome::Success, "{:?}", report.error);
    assert_eq!(report.exchange.address, Some(canary.address));
}

#[tokio::test]
async fn http_is_refused_once_it_is_no_longer_allowed() {
    let canary = Receiver::answering(OK).await;
    let rules = UrlRules { allow_http: false, ..UrlRules::development() };
    let report = attempt(&canary.url(), &[], rules).await;
    assert_eq!(report.outcome, AttemptOutcome::BlockedAddress);
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn a_name_is_dialled_at_the_addresses_it_was_resolved_to() {
    let receiver = Receiver::answering(OK).await;
    let url = format!("http://receiver.example.com:{}/", receiver.address.port());
    // Nobody listens on the first one.
    let sender = HttpSender::new(development(PATIENT), resolver(&["127.0.0.2", "127.0.0.1"])).unwrap();
    assert_eq!(sender.send(request(&url)).await.outcome, AttemptOutcome::Success);
}

/// Runs itself again with a proxy in the environment, which cannot be set safely within a process.
#[tokio::test]
async fn a_proxy_in_the_environment_has_no_effect() {
    const INNER: &str = "SLOTFLOW_TEST_BEHIND_PROXY";
    let receiver = Receiver::answering(OK).await;
    if std::env::var_os(INNER).is_some() {
        let report = sender(PATIENT).send(request(&receiver.url())).await;
        assert_eq!(report.outcome, AttemptOutcome::Success, "{:?}", report.error);
        assert_eq!(receiver.requests().len(), 1);
        return;
    }
    let proxy = Receiver::answering("HTTP/1.1 502 Proxied\r\nContent-Length: 0\r\n\r\n").await;
    let mut inner = Command::new(std::env::current_exe().unwrap());
    inner
        .args(["--exact", "sender::tests::addresses::a_proxy_in_the_environment_has_no_effect"])
        .env(INNER, "1");
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        inner.env(name, format!("http://{}", proxy.address));
    }
    let output = tokio::task::spawn_blocking(move || inner.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    assert_eq!(proxy.connections(), 0);
}
