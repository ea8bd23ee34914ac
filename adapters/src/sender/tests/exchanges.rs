//! What is told of an attempt beside its outcome: whom it reached, and where its time went.

use super::receiver::Receiver;
use super::{HASTY, PATIENT, development, request, resolver, sender};
use crate::sender::HttpSender;
use async_trait::async_trait;
use slotflow_application::ports::{HostResolver, ResolveError, WebhookSender};
use slotflow_domain::delivery::{AttemptOutcome, Exchange, Phases};
use slotflow_domain::webhook::UrlRules;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::sleep;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const PAUSE: Duration = Duration::from_millis(60);

/// A name service that takes its time.
struct Slow;

#[async_trait]
impl HostResolver for Slow {
    async fn resolve(&self, _: &str) -> Result<Vec<IpAddr>, ResolveError> {
        sleep(PAUSE).await;
        Ok(vec![Ipv4Addr::LOCALHOST.into()])
    }
}

#[tokio::test]
async fn each_part_takes_what_it_took() {
    let receiver = Receiver::new(|mut visit| async move {
        visit.request().await;
        sleep(2 * PAUSE).await;
        visit.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n").await;
        sleep(PAUSE).await;
        visit.write("ok").await;
    })
    .await;
    let sender = HttpSender::new(development(PATIENT), Arc::new(Slow)).unwrap();
    let url = format!("http://receiver.example.com:{}/", receiver.address.port());
    let report = sender.send(request(&url)).await;
    assert_eq!(report.exchange.address, Some(receiver.address));
    let Phases { dns, connect, tls, first_byte, total } = report.exchange.phases;
    assert!(dns.unwrap() >= PAUSE, "{dns:?}");
    assert!(connect.unwrap() < PAUSE, "{connect:?}");
    assert_eq!(tls, None);
    assert!(first_byte.unwrap() >= 2 * PAUSE, "{first_byte:?}");
    assert_eq!(total, Some(report.duration));
    assert!(dns.unwrap() + connect.unwrap() + first_byte.unwrap() + PAUSE <= total.unwrap());
}

#[tokio::test]
async fn a_connection_that_is_used_again_needs_no_look_up_and_no_handshake() {
    let receiver = Receiver::answering(OK).await;
    let sender = sender(PATIENT);
    let url = format!("http://receiver.example.com:{}/", receiver.address.port());
    let first = sender.send(request(&url)).await.exchange;
    assert!(first.phases.dns.is_some() && first.phases.connect.is_some());
    sleep(Duration::from_millis(20)).await;
    let second = sender.send(request(&url)).await.exchange;
    assert_eq!(receiver.connections(), 1);
    assert_eq!(second.address, Some(receiver.address));
    let Phases { dns, connect, tls, first_byte, total } = second.phases;
    assert_eq!((dns, connect, tls), (None, None, None));
    assert!(first_byte.unwrap() > Duration::ZERO && first_byte <= total);
}

#[tokio::test]
async fn a_refused_connection_reached_nobody() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let report = sender(HASTY).send(request(&format!("http://{address}/"))).await;
    assert_eq!(report.outcome, AttemptOutcome::Connect);
    assert_eq!(report.exchange.address, None);
    assert!(report.exchange.phases.connect.is_some());
    assert_eq!(report.exchange.phases.first_byte, None);
}

#[tokio::test]
async fn a_blocked_address_is_not_told() {
    let canary = Receiver::answering(OK).await;
    let rules = UrlRules { allow_http: true, ..UrlRules::strict() };
    let settings = crate::sender::SenderSettings { url_rules: rules, ..development(HASTY) };
    let sender = HttpSender::new(settings, resolver(&["127.0.0.1"])).unwrap();
    let url = format!("http://receiver.example.com:{}/", canary.address.port());
    let report = sender.send(request(&url)).await;
    assert_eq!(report.outcome, AttemptOutcome::BlockedAddress);
    assert_eq!(report.exchange.address, None);
    let Phases { dns, connect, .. } = report.exchange.phases;
    assert!(dns.is_some() && connect.is_none());
}

#[tokio::test]
async fn a_part_that_is_broken_off_counts_until_then() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let report = sender(HASTY).send(request(&format!("https://{address}/"))).await;
    assert_eq!(report.outcome, AttemptOutcome::Timeout);
    let Exchange { address: reached, phases } = report.exchange;
    assert_eq!(reached, Some(address));
    assert!(phases.tls.unwrap() >= HASTY / 2, "{phases:?}");
    assert_eq!((phases.dns, phases.first_byte), (None, None));
}
