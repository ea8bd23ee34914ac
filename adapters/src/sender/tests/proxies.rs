//! With a proxy nothing is connected to but it, and it is asked for nothing but judged addresses.

use super::receiver::{Receiver, Visit};
use super::{Answering, HASTY, PATIENT, SLACK, development, request, resolver};
use crate::sender::{EgressProxy, HttpSender, SenderSettings};
use slotflow_application::ports::WebhookSender;
use slotflow_domain::delivery::{AttemptOutcome, AttemptReport};
use slotflow_domain::webhook::UrlRules;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const ESTABLISHED: &str = "HTTP/1.1 200 Connection established\r\n\r\n";

/// A proxy that leads to `receiver`, whatever it is asked for.
pub(super) async fn leading_to(receiver: SocketAddr) -> Receiver {
    Receiver::new(move |mut visit| async move {
        if visit.request().await.is_some() {
            lead(&mut visit, receiver).await;
        }
    })
    .await
}

async fn lead(visit: &mut Visit, receiver: SocketAddr) {
    let mut there = TcpStream::connect(receiver).await.unwrap();
    visit.write(ESTABLISHED).await;
    let _ = tokio::io::copy_bidirectional(&mut visit.stream, &mut there).await;
}

/// A proxy that says `first` when it is asked, and then `drip` again and again.
async fn saying(first: &'static str, drip: &'static str) -> Receiver {
    Receiver::new(move |mut visit| async move {
        if visit.request().await.is_some() && visit.write(first).await {
            while !drip.is_empty() && visit.write(drip).await {
                sleep(HASTY / 20).await;
            }
            // Goes away at once, or with the sender.
            if first.is_empty() {
                visit.request().await;
            }
        }
    })
    .await
}

/// `settings`, but out through `proxy`.
pub(super) fn through(proxy: &Receiver, settings: SenderSettings) -> SenderSettings {
    let proxy = format!("http://{}", proxy.address).parse().unwrap();
    SenderSettings { egress_proxy: Some(proxy), ..settings }
}

/// The internet only, but over http too.
fn strict(request_timeout: Duration) -> SenderSettings {
    let url_rules = UrlRules { allow_http: true, ..UrlRules::strict() };
    SenderSettings { request_timeout, url_rules, ..SenderSettings::default() }
}

fn asked_for(target: &str) -> String {
    format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n")
}

#[tokio::test]
async fn the_proxy_is_asked_for_the_judged_address_and_never_for_the_name() {
    for (url, addresses, target, host) in [
        ("http://receiver.example.com/", vec!["93.184.216.34"], "93.184.216.34:80", "receiver.example.com"),
        (
            "http://receiver.example.com.:8080/",
            vec!["2606:4700::1"],
            "[2606:4700::1]:8080",
            "receiver.example.com:8080",
        ),
        ("http://0x5db8d822/", vec![], "93.184.216.34:80", "93.184.216.34"),
        ("http://[2606:4700:0::1]:81/", vec![], "[2606:4700::1]:81", "[2606:4700::1]:81"),
    ] {
        let receiver = Receiver::answering(OK).await;
        let proxy = leading_to(receiver.address).await;
        let sender = HttpSender::new(through(&proxy, strict(PATIENT)), resolver(&addresses)).unwrap();
        let report = sender.send(request(url)).await;
        assert_eq!(report.outcome, AttemptOutcome::Success, "{url}: {:?}", report.error);
        assert_eq!(report.exchange.address, Some(target.parse().unwrap()), "{url}");
        assert!(report.exchange.phases.connect.is_some());
        assert_eq!(proxy.requests(), [asked_for(target)], "{url}");
        let [sent] = receiver.requests().try_into().unwrap();
        assert!(sent.starts_with("POST / HTTP/1.1\r\n"), "{sent}");
        assert!(sent.contains(&format!("\r\nHost: {host}\r\n")), "{sent}");
    }
}

#[tokio::test]
async fn the_proxy_is_never_asked_for_an_address_that_is_refused() {
    let canary = Receiver::answering(OK).await;
    let port = canary.address.port();
    let proxy = leading_to(canary.address).await;
    for (url, addresses) in [
        (format!("http://127.0.0.1:{port}/"), vec![]),
        (format!("http://[::ffff:127.0.0.1]:{port}/"), vec![]),
        (format!("http://receiver.example.com:{port}/"), vec!["127.0.0.1"]),
        (format!("http://receiver.example.com:{port}/"), vec!["93.184.216.34", "10.0.0.1"]),
        // The proxy's own machine is no exception.
        (format!("http://{}/", proxy.address), vec![]),
    ] {
        let sender = HttpSender::new(through(&proxy, strict(PATIENT)), resolver(&addresses)).unwrap();
        assert_eq!(sender.send(request(&url)).await.outcome, AttemptOutcome::BlockedAddress, "{url}");
    }
    assert_eq!((proxy.connections(), canary.connections()), (0, 0));
}

/// An attempt at a receiver on loopback that could be reached directly, through `proxy`; and whether it was.
async fn attempt(proxy: &Receiver, request_timeout: Duration) -> AttemptReport {
    let canary = Receiver::answering(OK).await;
    let settings = through(proxy, development(request_timeout));
    let sender = HttpSender::new(settings, resolver(&["127.0.0.1"])).unwrap();
    let report = sender.send(request(&canary.url())).await;
    assert_eq!(canary.connections(), 0, "the proxy was passed by");
    assert_eq!((report.response.as_ref(), report.exchange.address), (None, None));
    // Whom it was for may be told, but not where the proxy is.
    let told = report.error.clone().unwrap();
    assert!(!told.contains(&proxy.address.to_string()), "{told}");
    AttemptReport { error: Some(told.replace(&canary.address.to_string(), "RECEIVER")), ..report }
}

#[tokio::test]
async fn a_proxy_that_does_not_connect_is_a_connect_failure_that_says_what_it_did() {
    for (answer, words) in [
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nSECRET", "refused with status 403 to"),
        ("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "refused with status 407 to"),
        ("HTTP/1.0 502 Bad Gateway\r\n\r\n", "refused with status 502 to"),
        ("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n", "refused with status 302 to"),
        ("SSH-2.0-OpenSSH_9.2\r\n", "did not answer in HTTP when asked to"),
        ("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "did not answer in HTTP when asked to"),
        ("HTTP/1.1 200 O", "closed the connection when asked to"),
    ] {
        let report = attempt(&saying(answer, "").await, PATIENT).await;
        assert_eq!(report.outcome, AttemptOutcome::Connect, "{answer:?}");
        assert_eq!(report.error, Some(format!("the egress proxy {words} connect to RECEIVER")));
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_a_connect_failure() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let canary = Receiver::answering(OK).await;
    let settings = SenderSettings {
        egress_proxy: Some(format!("http://{gone}").parse().unwrap()),
        ..development(PATIENT)
    };
    let sender = HttpSender::new(settings, resolver(&[])).unwrap();
    let report = sender.send(request(&canary.url())).await;
    assert_eq!(report.outcome, AttemptOutcome::Connect);
    let words = format!("the egress proxy cannot be reached to connect to {}", canary.address);
    assert_eq!(report.error, Some(words));
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn a_proxy_that_hangs_or_drips_ends_at_the_one_deadline() {
    for (first, drip) in [("", ""), ("HTTP/1.1 2", ""), ("HTTP/1.1 200 OK\r\nX: ", "x"), ("HTTP/1.1 ", "1")] {
        // One that has said something goes away afterwards, unless it drips.
        let drip = if first == "HTTP/1.1 2" { "0" } else { drip };
        let report = attempt(&saying(first, drip).await, HASTY).await;
        assert_eq!(report.outcome, AttemptOutcome::Timeout, "{first:?}");
        assert_eq!(
            report.error.as_deref(),
            Some("no connection through the egress proxy within 0.4 s"),
            "{first:?}"
        );
        assert!(report.duration < HASTY + SLACK, "{:?}", report.duration);
    }
}

#[tokio::test]
async fn an_endless_head_of_the_proxy_is_read_to_its_bound_only() {
    let proxy = Receiver::new(|mut visit| async move {
        visit.request().await;
        visit.write("HTTP/1.1 200 OK\r\n").await;
        while visit.write("X-Endless: and on and on\r\n".repeat(100)).await {}
    })
    .await;
    let report = attempt(&proxy, PATIENT).await;
    assert_eq!(report.outcome, AttemptOutcome::Connect);
    let words = "the egress proxy answered with more than 8 KiB when asked to connect to RECEIVER";
    assert_eq!(report.error.as_deref(), Some(words));
    assert!(report.duration < PATIENT / 2);
}

#[tokio::test]
async fn the_time_that_the_proxy_takes_counts_for_the_same_deadline_as_the_answer() {
    let receiver = Receiver::new(|mut visit| async move {
        visit.request().await;
        sleep(PATIENT).await;
    })
    .await;
    let address = receiver.address;
    let proxy = Receiver::new(move |mut visit| async move {
        visit.request().await;
        sleep(HASTY / 2).await;
        lead(&mut visit, address).await;
    })
    .await;
    let settings = through(&proxy, development(HASTY));
    let report = HttpSender::new(settings, resolver(&[])).unwrap().send(request(&receiver.url())).await;
    assert_eq!(report.outcome, AttemptOutcome::Timeout);
    assert_eq!(report.error.as_deref(), Some("connected, but no answer within 0.4 s"));
    assert!(report.duration < HASTY + SLACK, "{:?}", report.duration);
}

#[tokio::test]
async fn another_address_of_the_host_is_tried_when_the_proxy_cannot_reach_one() {
    let receiver = Receiver::answering(OK).await;
    let address = receiver.address;
    let proxy = Receiver::new(move |mut visit| async move {
        match visit.request().await {
            Some(asked) if asked.contains("93.184.216.34") => {
                visit.write("HTTP/1.1 504 Gateway Timeout\r\n\r\n").await;
            }
            _ => lead(&mut visit, address).await,
        }
    })
    .await;
    let addresses = resolver(&["93.184.216.34", "2606:4700::1"]);
    let sender = HttpSender::new(through(&proxy, strict(PATIENT)), addresses).unwrap();
    let report = sender.send(request("http://receiver.example.com/")).await;
    assert_eq!(report.outcome, AttemptOutcome::Success, "{:?}", report.error);
    assert_eq!(proxy.requests(), [asked_for("93.184.216.34:80"), asked_for("[2606:4700::1]:80")]);
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test]
async fn credentials_go_to_the_proxy_and_nowhere_else() {
    let receiver = Receiver::answering(OK).await;
    let proxy = leading_to(receiver.address).await;
    let url = format!("http://me:hunter2@{}", proxy.address);
    let settings = SenderSettings { egress_proxy: Some(url.parse().unwrap()), ..strict(PATIENT) };
    assert!(!format!("{settings:?}").contains("hunter2"));
    let sender = HttpSender::new(settings, resolver(&["93.184.216.34"])).unwrap();
    let report = sender.send(request("http://receiver.example.com/")).await;
    assert_eq!(report.outcome, AttemptOutcome::Success, "{:?}", report.error);
    let [asked] = proxy.requests().try_into().unwrap();
    assert!(asked.ends_with("\r\nProxy-Authorization: Basic bWU6aHVudGVyMg==\r\n\r\n"), "{asked}");
    let [sent] = receiver.requests().try_into().unwrap();
    assert!(!sent.contains("Proxy-") && !sent.contains("bWU6"), "{sent}");
}

#[tokio::test]
async fn a_tunnel_is_used_again_for_the_same_host_only() {
    let receiver = Receiver::answering(OK).await;
    let proxy = leading_to(receiver.address).await;
    let sender = HttpSender::new(through(&proxy, strict(PATIENT)), resolver(&["93.184.216.34"])).unwrap();
    for (url, tunnels) in [
        ("http://one.example.com/a", 1),
        ("http://one.example.com/b", 1),
        ("http://two.example.com/a", 2),
        ("http://one.example.com:81/", 3),
        ("http://one.example.com/c", 3),
    ] {
        let report = sender.send(request(url)).await;
        assert_eq!(report.outcome, AttemptOutcome::Success, "{url}: {:?}", report.error);
        assert_eq!(proxy.connections(), tunnels, "{url}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn the_proxys_own_name_may_lead_anywhere() {
    let receiver = Receiver::answering(OK).await;
    let proxy = leading_to(receiver.address).await;
    let resolver = Answering(|name: &str| {
        let address = if name == "proxy" { "127.0.0.1" } else { "93.184.216.34" };
        vec![address.parse::<IpAddr>().unwrap()]
    });
    let named: EgressProxy = format!("http://proxy:{}", proxy.address.port()).parse().unwrap();
    let settings = SenderSettings { egress_proxy: Some(named), ..strict(PATIENT) };
    let sender = HttpSender::new(settings, Arc::new(resolver)).unwrap();
    let report = sender.send(request("http://receiver.example.com/")).await;
    assert_eq!(report.outcome, AttemptOutcome::Success, "{:?}", report.error);
    assert_eq!(proxy.requests(), [asked_for("93.184.216.34:80")]);
}
