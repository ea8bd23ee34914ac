//! Names to addresses, by a name server that may mean harm.

use super::name_server::{NameServer, Said, alias, at};
use super::receiver::Receiver;
use super::{PATIENT, SLACK, request};
use crate::sender::{HttpSender, SenderSettings, SystemResolver};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::RecordType;
use slotflow_application::ports::{HostResolver, ResolveError, WebhookSender};
use slotflow_domain::delivery::AttemptOutcome;
use slotflow_domain::webhook::UrlRules;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
/// Where nobody may be sent to.
const INSIDE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 5));

fn v4(index: u16) -> IpAddr {
    let [high, low] = index.to_be_bytes();
    Ipv4Addr::new(203, 0, high, low).into()
}

fn v6(index: u16) -> IpAddr {
    Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, index).into()
}

/// A name server that knows `receiver.example.com`, and `alias.example.com` to be another name of
/// `inside.example.com`, at a private address. It knows of `mail.example.com` but no address of it, says nothing of
/// `silent.example.com`, fails at `broken.example.com`, and denies all others.
async fn ordinary() -> NameServer {
    NameServer::new(|name, family| match (name, family) {
        ("receiver.example.com.", RecordType::A) => Said::Records(vec![at(name, v4(7))]),
        ("receiver.example.com.", _) => Said::Records(vec![at(name, v6(7))]),
        ("alias.example.com.", RecordType::A) => {
            Said::Records(vec![alias(name, "inside.example.com."), at("inside.example.com.", INSIDE)])
        }
        ("alias.example.com." | "mail.example.com.", _) => Said::Records(Vec::new()),
        ("silent.example.com.", _) => Said::Silence,
        ("broken.example.com.", _) => Said::Refusal(ResponseCode::ServFail),
        _ => Said::Refusal(ResponseCode::NXDomain),
    })
    .await
}

#[tokio::test]
async fn both_families_of_the_absolute_name_are_asked_for_once() {
    let server = ordinary().await;
    for _ in 0..2 {
        assert_eq!(server.resolver.resolve("receiver.example.com").await.unwrap(), [v4(7), v6(7)]);
    }
    assert_eq!(server.asked(), ["receiver.example.com. A", "receiver.example.com. AAAA"]);
}

#[tokio::test]
async fn another_name_is_followed_to_the_addresses_at_its_end() {
    let server = ordinary().await;
    // What is judged, and refused.
    assert_eq!(server.resolver.resolve("alias.example.com").await.unwrap(), [INSIDE]);
}

#[tokio::test]
async fn a_denied_name_is_not_found_and_not_searched_for() {
    let server = ordinary().await;
    assert_eq!(server.resolver.resolve("other.example.com").await, Err(ResolveError::NotFound));
    let asked = server.asked();
    assert!(asked.iter().all(|asked| asked.starts_with("other.example.com. ")), "{asked:?}");
}

#[tokio::test]
async fn a_name_without_an_address_is_told_from_one_that_does_not_exist() {
    let server = ordinary().await;
    assert_eq!(server.resolver.resolve("mail.example.com").await, Err(ResolveError::NoAddress));
}

#[tokio::test]
async fn a_name_server_that_fails_or_is_silent_is_unavailable() {
    let server = ordinary().await;
    assert_eq!(server.resolver.resolve("broken.example.com").await, Err(ResolveError::Unavailable));
    let started = Instant::now();
    assert_eq!(server.resolver.resolve("silent.example.com").await, Err(ResolveError::Unavailable));
    assert!(started.elapsed() <= Duration::from_secs(6) + SLACK, "{:?}", started.elapsed());
}

#[tokio::test]
async fn localhost_is_known_without_asking() {
    let addresses = SystemResolver::new().unwrap().resolve("localhost").await.unwrap();
    assert!(addresses.iter().all(IpAddr::is_loopback), "{addresses:?}");
    assert!(!addresses.is_empty());
}

#[tokio::test]
async fn a_name_that_cannot_exist_is_not_found() {
    let resolver = SystemResolver::new().unwrap();
    assert_eq!(resolver.resolve("receiver.invalid").await, Err(ResolveError::NotFound));
    assert_eq!(resolver.resolve("a..b").await, Err(ResolveError::NotFound));
}

/// A name server at which `4-6.` and whatever follows is at 4 IPv4 and 6 IPv6 addresses.
async fn counting() -> NameServer {
    NameServer::new(|name, family| {
        let (label, _) = name.split_once('.').unwrap();
        let (count_v4, count_v6) = label.split_once('-').unwrap();
        let addresses: Vec<_> = if family == RecordType::A {
            (0..count_v4.parse().unwrap()).map(v4).collect()
        } else {
            (0..count_v6.parse().unwrap()).map(v6).collect()
        };
        Said::Records(addresses.into_iter().map(|address| at(name, address)).collect())
    })
    .await
}

#[tokio::test]
async fn a_name_may_have_64_addresses_and_not_one_more() {
    let server = counting().await;
    for (count_v4, count_v6) in [(1, 0), (0, 1), (64, 0), (0, 64), (60, 4)] {
        let name = format!("{count_v4}-{count_v6}.example.com");
        let addresses = server.resolver.resolve(&name).await.unwrap();
        assert!((0..count_v4).all(|index| addresses.contains(&v4(index))), "{name}: {addresses:?}");
        assert!((0..count_v6).all(|index| addresses.contains(&v6(index))), "{name}: {addresses:?}");
    }
    for (count_v4, count_v6) in
        [(65, 0), (0, 65), (60, 5), (4_000, 0), (0, 2_000), (4_000, 2_000), (1, 2_000)]
    {
        let name = format!("{count_v4}-{count_v6}.example.com");
        let refused = Err(ResolveError::TooManyAddresses { most: 64 });
        assert_eq!(server.resolver.resolve(&name).await, refused, "{name}");
        // And is not asked again at once.
        let asked = server.asked().len();
        assert_eq!(server.resolver.resolve(&name).await, refused, "{name}");
        assert_eq!(server.asked().len(), asked, "{name}");
    }
    let words = ResolveError::TooManyAddresses { most: 64 }.to_string();
    assert_eq!(words, "the host name has more than 64 addresses");
}

/// Runs itself again, as how much a process holds says nothing of one test among others in it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn answers_of_any_size_leave_little_behind() {
    const INNER: &str = "SLOTFLOW_TEST_LARGE_ANSWERS";
    const NAMES: usize = 200;
    if std::env::var_os(INNER).is_none() {
        let mut inner = std::process::Command::new(std::env::current_exe().unwrap());
        inner
            .args(["--exact", "sender::tests::names::answers_of_any_size_leave_little_behind"])
            .env(INNER, "1");
        let output = tokio::task::spawn_blocking(move || inner.output().unwrap()).await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    let held = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() / 1_024
    };
    let server = counting().await;
    let resolve = async |name: String| {
        let refused = Err(ResolveError::TooManyAddresses { most: 64 });
        assert_eq!(server.resolver.resolve(&name).await, refused, "{name}");
    };
    // What the first ones cost is asked for once.
    for number in 0..10 {
        resolve(format!("4000-2000.first-{number}.example.com")).await;
    }
    let before = held();
    for number in 0..NAMES {
        resolve(format!("4000-2000.{number}.example.com")).await;
    }
    let more = held().saturating_sub(before);
    println!("{more} MiB more");
    assert!(more < 64, "{NAMES} names with 120 KiB of answers each left {more} MiB behind");
}

/// A name server at which `hop-0`, `hop-1`, … are each another name of the next, told one at a time, up to `last`, which
/// is at 127.0.0.1.
async fn chain(last: u32) -> NameServer {
    NameServer::new(move |name, family| {
        let hop: u32 =
            name.strip_prefix("hop-").and_then(|rest| rest.split('.').next()).unwrap().parse().unwrap();
        if hop < last {
            return Said::Records(vec![alias(name, &format!("hop-{}.example.com.", hop + 1))]);
        }
        let addresses = (family == RecordType::A).then(|| at(name, Ipv4Addr::LOCALHOST.into()));
        Said::Records(addresses.into_iter().collect())
    })
    .await
}

/// Without what was asked again because a busy machine was slow to answer.
fn once(mut asked: Vec<String>) -> Vec<String> {
    asked.dedup();
    asked
}

#[tokio::test]
async fn a_chain_of_names_is_followed_by_further_questions() {
    let server = chain(3).await;
    let found = server.resolver.resolve("hop-0.example.com").await;
    assert_eq!(found, Ok(vec![Ipv4Addr::LOCALHOST.into()]));
    let asked =
        (0..=3).flat_map(|hop| ["A", "AAAA"].map(|family| format!("hop-{hop}.example.com. {family}")));
    assert_eq!(once(server.asked()), asked.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_chain_that_is_long_or_has_no_end_leads_nowhere() {
    assert_eq!(chain(7).await.resolver.resolve("hop-0.example.com").await.unwrap().len(), 1);
    for last in [8, 9, 20, u32::MAX] {
        let server = chain(last).await;
        assert_eq!(
            server.resolver.resolve("hop-0.example.com").await,
            Err(ResolveError::NoAddress),
            "{last}"
        );
        assert_eq!(once(server.asked()).len(), 16, "eight questions for each family: {last}");
    }
}

#[tokio::test]
async fn names_that_lead_to_each_other_lead_nowhere() {
    let server = NameServer::new(|name, _| match name {
        "a.example.com." => Said::Records(vec![alias(name, "b.example.com.")]),
        "b.example.com." => Said::Records(vec![alias(name, "a.example.com.")]),
        // Told in one answer.
        "both.example.com." => {
            Said::Records(vec![alias(name, "c.example.com."), alias("c.example.com.", "both.example.com.")])
        }
        _ => Said::Records(vec![alias(name, name)]),
    })
    .await;
    for (turn, name) in ["a", "both", "self"].into_iter().enumerate() {
        let found = server.resolver.resolve(&format!("{name}.example.com")).await;
        assert_eq!(found, Err(ResolveError::NoAddress), "{name}");
        // Eight for each family, and some more on a busy machine.
        assert!(server.asked().len() <= 32 * (turn + 1), "{name}: {:?}", server.asked());
    }
}

/// An attempt at the receiver under `name`, as `server` knows it. Only 127.0.0.1 may be sent to.
async fn attempt(server: &NameServer, name: &str, receiver: &Receiver) -> AttemptOutcome {
    let url_rules =
        UrlRules { allow_http: true, allowed: vec!["127.0.0.1".parse().unwrap()], ..UrlRules::strict() };
    let settings = SenderSettings { request_timeout: PATIENT, url_rules, ..SenderSettings::default() };
    let sender = HttpSender::new(settings, server.resolver.clone()).unwrap();
    sender.send(request(&format!("http://{name}:{}/", receiver.address.port()))).await.outcome
}

#[tokio::test]
async fn events_are_sent_to_where_a_chain_of_names_ends() {
    let receiver = Receiver::answering(OK).await;
    let server = chain(3).await;
    assert_eq!(attempt(&server, "hop-0.example.com", &receiver).await, AttemptOutcome::Success);
    let endless = chain(u32::MAX).await;
    assert_eq!(attempt(&endless, "hop-0.example.com", &receiver).await, AttemptOutcome::Dns);
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test]
async fn a_chain_of_names_is_judged_by_both_families_at_its_end() {
    let receiver = Receiver::answering(OK).await;
    let server = NameServer::new(|name, family| {
        let closed = if name.starts_with("inside") { "fd00::1" } else { "::ffff:127.0.0.1" };
        match (name, family) {
            ("inside.example.com." | "mapped.example.com.", RecordType::A) => {
                Said::Records(vec![at(name, Ipv4Addr::LOCALHOST.into())])
            }
            ("inside.example.com." | "mapped.example.com.", _) => {
                Said::Records(vec![at(name, closed.parse().unwrap())])
            }
            // The one is told with its end, the other has to be asked for.
            ("to-mapped.example.com.", RecordType::AAAA) => Said::Records(vec![
                alias(name, "mapped.example.com."),
                at("mapped.example.com.", "::ffff:127.0.0.1".parse().unwrap()),
            ]),
            ("to-mapped.example.com.", _) => Said::Records(vec![alias(name, "mapped.example.com.")]),
            _ => Said::Records(vec![alias(name, "inside.example.com.")]),
        }
    })
    .await;
    for name in ["to-inside.example.com", "to-mapped.example.com"] {
        assert_eq!(server.resolver.resolve(name).await.unwrap().len(), 2, "{name}");
        assert_eq!(attempt(&server, name, &receiver).await, AttemptOutcome::BlockedAddress, "{name}");
    }
    assert_eq!(receiver.connections(), 0);
}
