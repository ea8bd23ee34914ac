//! Name servers that change their mind, and names that lead to several places.

use super::receiver::Receiver;
use super::{Answering, PATIENT, request};
use crate::sender::{HttpSender, SenderSettings};
use slotflow_application::ports::WebhookSender;
use slotflow_domain::delivery::AttemptOutcome;
use slotflow_domain::webhook::UrlRules;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Where the receiver is; the only address on this machine that stands for the internet here.
const OPEN: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Where nobody may be sent to.
const CLOSED: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

fn settings() -> SenderSettings {
    let url_rules =
        UrlRules { allow_http: true, allowed: vec!["127.0.0.1".parse().unwrap()], ..UrlRules::strict() };
    SenderSettings { request_timeout: PATIENT, url_rules, ..SenderSettings::default() }
}

/// Somebody at the closed address and the receiver's port, who hears nothing.
struct Canary(TcpListener);

impl Canary {
    fn beside(receiver: &Receiver) -> Self {
        let listener = TcpListener::bind((CLOSED, receiver.address.port())).unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn heard_nothing(&self) -> bool {
        self.0.accept().is_err()
    }
}

/// A sender whose look-ups are answered with one list after another, the last one for good; and how many there
/// have been.
fn sender(answers: Vec<Vec<IpAddr>>) -> (HttpSender, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let resolver = Answering(move |_: &str| {
        let turn = count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
        answers[turn].clone()
    });
    (HttpSender::new(settings(), Arc::new(resolver)).unwrap(), asked)
}

#[tokio::test]
async fn what_was_judged_is_connected_to_without_a_second_look_up() {
    let receiver = Receiver::answering(OK).await;
    let canary = Canary::beside(&receiver);
    let (sender, asked) = sender(vec![vec![OPEN], vec![CLOSED]]);
    let url = format!("http://receiver.example.com:{}/", receiver.address.port());
    let report = sender.send(request(&url)).await;
    assert_eq!(report.outcome, AttemptOutcome::Success, "{:?}", report.error);
    assert_eq!(report.exchange.address, Some(receiver.address));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert!(canary.heard_nothing());
}

#[cfg(feature = "memory")]
#[tokio::test]
async fn a_name_that_was_public_when_it_was_registered_is_judged_again() {
    use crate::memory::{ScriptedResolver, TestKit};
    use slotflow_application::webhooks::RegisterWebhook;
    use slotflow_domain::organization::{OrganizationName, Plan};

    let kit = TestKit::new();
    let name = OrganizationName::parse("Acme").unwrap();
    let organization = kit.organizations().create(name, Plan::Free).await.unwrap().0.id;
    let receiver = Receiver::answering(OK).await;
    let url = format!("https://receiver.example.com:{}/", receiver.address.port());
    let registering = RegisterWebhook { url, events: vec!["booking.confirmed".to_owned()] };
    let webhook = kit.webhooks().register(organization, registering.clone()).await.unwrap();

    for answer in [vec![OPEN], vec![CLOSED], vec![ScriptedResolver::DEFAULT, "fd00::1".parse().unwrap()]] {
        kit.resolver.answer("receiver.example.com", answer.clone());
        let settings = SenderSettings { request_timeout: PATIENT, ..SenderSettings::default() };
        let sender = HttpSender::new(settings, Arc::new(kit.resolver.clone())).unwrap();
        let report = sender.send(request(webhook.url.as_sent())).await;
        assert_eq!(report.outcome, AttemptOutcome::BlockedAddress, "{answer:?}: {:?}", report.error);
        // Nor could it be registered by now.
        let again = RegisterWebhook { url: format!("{}again", registering.url), ..registering.clone() };
        assert!(kit.webhooks().register(organization, again).await.is_err(), "{answer:?}");
    }
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn every_attempt_judges_what_the_name_leads_to_by_then() {
    let receiver = Receiver::answering(OK).await;
    let canary = Canary::beside(&receiver);
    let turns = [vec![OPEN], vec![CLOSED], vec![OPEN], vec![OPEN, CLOSED], vec![CLOSED, OPEN]];
    let (sender, asked) = sender(turns.to_vec());
    let url = format!("http://receiver.example.com:{}/", receiver.address.port());
    for (turn, answer) in turns.iter().enumerate() {
        let report = sender.send(request(&url)).await;
        let expected =
            if answer.contains(&CLOSED) { AttemptOutcome::BlockedAddress } else { AttemptOutcome::Success };
        assert_eq!(report.outcome, expected, "{turn}: {:?}", report.error);
        assert_eq!(asked.load(Ordering::SeqCst), turn + 1);
        // A connection that is kept leads where it was judged to lead; here none is.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(receiver.requests().len(), 2);
    assert!(canary.heard_nothing());
}

/// Only a few are connected to, but all are judged: one more attempt, and the order may be another.
#[tokio::test]
async fn one_bad_address_refuses_the_name_wherever_it_stands_among_many() {
    let receiver = Receiver::answering(OK).await;
    let canary = Canary::beside(&receiver);
    let url = format!("http://receiver.example.com:{}/", receiver.address.port());
    for place in 0..64 {
        let mut answer = vec![OPEN; 64];
        answer[place] = CLOSED;
        let report = sender(vec![answer]).0.send(request(&url)).await;
        assert_eq!(report.outcome, AttemptOutcome::BlockedAddress, "{place}: {:?}", report.error);
    }
    assert_eq!(receiver.connections(), 0);
    assert!(canary.heard_nothing());
    let report = sender(vec![vec![OPEN; 64]]).0.send(request(&url)).await;
    assert_eq!(report.outcome, AttemptOutcome::Success, "{:?}", report.error);
}

#[tokio::test]
async fn an_address_in_the_url_is_never_looked_up_however_it_is_spelled() {
    let receiver = Receiver::answering(OK).await;
    let canary = Canary::beside(&receiver);
    let port = receiver.address.port();
    // Whoever looked one of these up would be sent to the receiver.
    let (sender, asked) = sender(vec![vec![OPEN]]);
    for spelled in [
        "127.0.0.2",
        "127.0.0.2.",
        "2130706434",
        "0x7f000002",
        "0X7F.0.0.2",
        "0x7f.0x0.0x0.0x2",
        "017700000002",
        "0177.0.0.2",
        "0177.0.0.02",
        "127.2",
        "127.0.2",
        "0x7f.2",
        "127.0x000002",
        "１２７.０.０.２",
        "127。0。0。2",
        "127．0．0．2",
        "127｡0｡0｡2",
        "①②⑦.⓪.⓪.②",
        "%31%32%37.0.0.%32",
        "127%2e0%2E0.2",
        "[::ffff:127.0.0.2]",
        "[::ffff:7f00:2]",
        "[::FFFF:7F00:0002]",
        "[0:0:0:0:0:ffff:127.0.0.2]",
        "[::127.0.0.2]",
        "[::7f00:2]",
        "[::ffff:0:127.0.0.2]",
        "[64:ff9b::127.0.0.2]",
        "[64:ff9b::7f00:2]",
        "[64:ff9b:1::7f00:2]",
        "[2002:7f00:2::]",
        "[2002:7f00:0002::1]",
        "[2001:0:c000:201::80ff:fffd]",
        "[2001::80ff:fffd]",
        "[2a00:1450::5efe:127.0.0.2]",
        "[2a00:1450::200:5efe:7f00:2]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::]",
        "0",
        "0.0.0.0",
        "0x0",
        "0.0",
        "[fe80::1]",
        "[fd00::7f00:2]",
    ] {
        let url = format!("http://{spelled}:{port}/");
        let report = sender.send(request(&url)).await;
        assert_eq!(report.outcome, AttemptOutcome::BlockedAddress, "{url}: {:?}", report.error);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    assert_eq!(receiver.connections(), 0);
    assert!(canary.heard_nothing());
}

#[tokio::test]
async fn denied_networks_are_closed_to_names_and_addresses() {
    let receiver = Receiver::answering(OK).await;
    let port = receiver.address.port();
    let mut settings = settings();
    settings.url_rules.denied = vec!["127.0.0.0/30".parse().unwrap()];
    let sender = HttpSender::new(settings, Arc::new(Answering(|_: &str| vec![OPEN]))).unwrap();
    for host in ["127.0.0.1", "receiver.example.com"] {
        let report = sender.send(request(&format!("http://{host}:{port}/"))).await;
        assert_eq!(report.outcome, AttemptOutcome::BlockedAddress, "{host}");
    }
    assert_eq!(receiver.connections(), 0);
}
