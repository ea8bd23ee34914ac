//! Names to addresses, by the system's settings.

use async_trait::async_trait;
use hickory_resolver::config::{LookupIpStrategy, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::Name;
use hickory_resolver::system_conf::read_system_conf;
use hickory_resolver::{Resolver, TokioResolver};
use slotflow_application::ports::{HostResolver, ResolveError};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// How long a look-up may take in all.
const LONGEST_LOOKUP: Duration = Duration::from_secs(5);
/// How long one name server may take to answer once; there is one further try.
const LONGEST_QUERY: Duration = Duration::from_secs(2);
/// How long an answer is used at the most, whatever its time to live: a receiver that moves is found within
/// the first retry's delay.
const LONGEST_USE: Duration = Duration::from_secs(300);
/// How long a name that was not found stays so: its owner may be setting it up right now.
const LONGEST_ABSENCE: Duration = Duration::from_secs(30);

/// No resolver can be made.
#[derive(Debug, thiserror::Error)]
#[error("DNS cannot be set up: {0}")]
pub struct NoResolver(#[from] NetError);

/// Looks names up at the name servers of `/etc/resolv.conf`, after `/etc/hosts`, both as they are when it is
/// made. Answers are used again for as long as they live.
///
/// Not through the system's own resolver, whose look-ups block a thread each, cannot be given up, and follow
/// the search list, by which a public name may turn into one of the cluster that we run in.
pub struct SystemResolver {
    resolver: TokioResolver,
}

impl SystemResolver {
    /// A resolver with the system's settings. Without readable ones it asks the name server of this machine,
    /// as resolv.conf(5) has it.
    ///
    /// # Errors
    /// What keeps DNS from being set up.
    pub fn new() -> Result<Self, NoResolver> {
        let (config, options) = read_system_conf().unwrap_or_else(|error| {
            tracing::warn!(%error, "no usable name server in resolv.conf; asking the one on this machine");
            let local = NameServerConfig::udp_and_tcp(Ipv4Addr::LOCALHOST.into());
            (ResolverConfig::from_parts(None, Vec::new(), vec![local]), ResolverOpts::default())
        });
        Self::with(config, options)
    }

    fn with(config: ResolverConfig, options: ResolverOpts) -> Result<Self, NoResolver> {
        let mut builder = Resolver::builder_with_config(config, TokioRuntimeProvider::default());
        *builder.options_mut() = options;
        let options = builder.options_mut();
        // Both, so that both are judged.
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        options.timeout = LONGEST_QUERY;
        options.attempts = 1;
        options.try_tcp_on_error = true;
        options.positive_max_ttl = Some(LONGEST_USE);
        options.negative_max_ttl = Some(LONGEST_ABSENCE);
        Ok(Self { resolver: builder.build()? })
    }
}

#[async_trait]
impl HostResolver for SystemResolver {
    async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, ResolveError> {
        let mut name = Name::from_ascii(name).map_err(|_| ResolveError::NotFound)?;
        // Absolute: no search list applies.
        name.set_fqdn(true);
        let found = tokio::time::timeout(LONGEST_LOOKUP, self.resolver.lookup_ip(name))
            .await
            .map_err(|_| ResolveError::Unavailable)?
            .map_err(|error| what_went_wrong(&error))?;
        let addresses: Vec<IpAddr> = found.iter().collect();
        if addresses.is_empty() { Err(ResolveError::NoAddress) } else { Ok(addresses) }
    }
}

fn what_went_wrong(error: &NetError) -> ResolveError {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(answer)) => match answer.response_code {
            ResponseCode::NXDomain => ResolveError::NotFound,
            ResponseCode::NoError => ResolveError::NoAddress,
            _ => ResolveError::Unavailable,
        },
        _ => ResolveError::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use tokio::net::UdpSocket;

    /// A name server that knows `receiver.example.com`, and `alias.example.com` to be another name of `inside.example.com`, at a private address. It knows of `mail.example.com` but no address of it, says
    /// nothing of `silent.example.com`, fails at `broken.example.com`, and denies all others. Notes each name that it is asked for.
    async fn name_server() -> (SystemResolver, Arc<Mutex<Vec<String>>>) {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let mut server = NameServerConfig::udp(socket.local_addr().unwrap().ip());
        server.connections[0].port = socket.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let mut query = [0; 1_024];
                let (_, from) = socket.recv_from(&mut query).await.unwrap();
                let name = name_in(&query);
                let question = &query[12..12 + name.len() + 1 + 4];
                let wants_v6 = question[question.len() - 3] == 28;
                notes.lock().unwrap().push(format!("{name} {}", if wants_v6 { "AAAA" } else { "A" }));
                let answer: &[u8] = match (name.as_str(), wants_v6) {
                    ("receiver.example.com.", false) => {
                        &[192, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 7]
                    }
                    ("receiver.example.com.", true) => &[
                        192, 12, 0, 28, 0, 1, 0, 0, 0, 60, 0, 16, 32, 1, 13, 184, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                        0, 0, 7,
                    ],
                    ("alias.example.com.", false) => &[
                        [192, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 9].as_slice(),
                        b"\x06inside",
                        &[192, 18, 192, 47, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 5],
                    ]
                    .concat(),
                    ("silent.example.com.", _) => continue,
                    _ => &[],
                };
                let code = match name.as_str() {
                    "receiver.example.com." | "mail.example.com." | "alias.example.com." => 0,
                    "broken.example.com." => 2,
                    _ => 3,
                };
                let answers = if name.starts_with("alias") { 2 } else { 1 };
                let counts = [0, 1, 0, if answer.is_empty() { 0 } else { answers }, 0, 0, 0, 0];
                let reply = [&query[..2], &[0x81, 0x80 | code], &counts, question, answer].concat();
                socket.send_to(&reply, from).await.unwrap();
            }
        });
        let search = vec![Name::from_ascii("cluster.example.").unwrap()];
        let config = ResolverConfig::from_parts(None, search, vec![server]);
        let mut options = ResolverOpts::default();
        // Every shorter name would be tried with the search list first.
        options.ndots = 5;
        (SystemResolver::with(config, options).unwrap(), asked)
    }

    /// The name of a query's question.
    fn name_in(query: &[u8]) -> String {
        let (mut name, mut at) = (String::new(), 12);
        while query[at] != 0 {
            let end = at + 1 + usize::from(query[at]);
            name += std::str::from_utf8(&query[at + 1..end]).unwrap();
            name.push('.');
            at = end;
        }
        name.to_lowercase()
    }

    #[tokio::test]
    async fn both_families_of_the_absolute_name_are_asked_for_once() {
        let (resolver, asked) = name_server().await;
        for _ in 0..2 {
            let addresses = resolver.resolve("receiver.example.com").await.unwrap();
            assert_eq!(addresses, ["203.0.113.7".parse::<IpAddr>().unwrap(), "2001:db8::7".parse().unwrap()]);
        }
        let mut asked = asked.lock().unwrap().clone();
        asked.sort();
        assert_eq!(asked, ["receiver.example.com. A", "receiver.example.com. AAAA"]);
    }

    #[tokio::test]
    async fn another_name_is_followed_to_the_addresses_at_its_end() {
        let (resolver, _) = name_server().await;
        let addresses = resolver.resolve("alias.example.com").await.unwrap();
        // What is judged, and refused.
        assert_eq!(addresses, [IpAddr::from([10, 0, 0, 5])]);
    }

    #[tokio::test]
    async fn a_denied_name_is_not_found_and_not_searched_for() {
        let (resolver, asked) = name_server().await;
        assert_eq!(resolver.resolve("other.example.com").await, Err(ResolveError::NotFound));
        assert!(
            asked.lock().unwrap().iter().all(|asked| asked.starts_with("other.example.com. ")),
            "{asked:?}"
        );
    }

    #[tokio::test]
    async fn a_name_without_an_address_is_told_from_one_that_does_not_exist() {
        let (resolver, _) = name_server().await;
        assert_eq!(resolver.resolve("mail.example.com").await, Err(ResolveError::NoAddress));
    }

    #[tokio::test]
    async fn a_name_server_that_fails_or_is_silent_is_unavailable() {
        let (resolver, _) = name_server().await;
        assert_eq!(resolver.resolve("broken.example.com").await, Err(ResolveError::Unavailable));
        let started = std::time::Instant::now();
        assert_eq!(resolver.resolve("silent.example.com").await, Err(ResolveError::Unavailable));
        assert!(started.elapsed() <= LONGEST_LOOKUP + Duration::from_secs(1), "{:?}", started.elapsed());
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
}
