//! Names to addresses, by the system's settings.
//!
//! Whoever owns a name decides how much is said of it: 64 KiB on the wire are some 4,000 addresses, and several
//! megabytes once they are read. So of each answer no more than a few addresses are kept, as soon as it has come in.

use async_trait::async_trait;
use hickory_resolver::config::{NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RecordType};
use hickory_resolver::system_conf::read_system_conf;
use hickory_resolver::{Resolver, TokioResolver};
use moka::sync::Cache;
use slotflow_application::ports::{HostResolver, ResolveError};
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

/// How long a look-up may take in all.
const LONGEST_LOOKUP: Duration = Duration::from_secs(5);
/// How long one name server may take to answer once; there is one further try.
const LONGEST_QUERY: Duration = Duration::from_secs(2);
/// How long an answer is used at the most, whatever its time to live: a receiver that moves is found within
/// the first retry's delay.
const LONGEST_USE: Duration = Duration::from_secs(300);
/// How long a name that was not found stays so: its owner may be setting it up right now.
const LONGEST_ABSENCE: Duration = Duration::from_secs(30);
/// The most addresses that a name may have; a receiver with many has a dozen.
const MOST_ADDRESSES: usize = 64;
/// How many names' answers are kept to be used again: some 6 MiB if each has all the addresses that it may.
const MOST_NAMES: u64 = 4_096;

/// No resolver can be made.
#[derive(Debug, thiserror::Error)]
#[error("DNS cannot be set up: {0}")]
pub struct NoResolver(#[from] NetError);

/// Looks names up at the name servers of `/etc/resolv.conf`, after `/etc/hosts`, both as they are when it is
/// made. Answers are used again for as long as they live, up to 5 minutes; that there is no such name, up to 30 s. A
/// look-up may take 5 s, and a name may have 64 addresses.
///
/// Not through the system's own resolver, whose look-ups block a thread each, cannot be given up, and follow
/// the search list, by which a public name may turn into one of the cluster that we run in.
pub struct SystemResolver {
    resolver: TokioResolver,
    kept: Cache<Box<str>, Finding>,
}

/// What was found, and until when that is used.
#[derive(Clone)]
struct Finding {
    /// One more than there may be, if there are more.
    addresses: Result<Vec<IpAddr>, ResolveError>,
    until: Instant,
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

    pub(super) fn with(config: ResolverConfig, options: ResolverOpts) -> Result<Self, NoResolver> {
        let mut builder = Resolver::builder_with_config(config, TokioRuntimeProvider::default());
        *builder.options_mut() = options;
        let options = builder.options_mut();
        options.timeout = LONGEST_QUERY;
        options.attempts = 1;
        options.try_tcp_on_error = true;
        // Its cache counts answers, however large each is; and of aliases only where they end is wanted.
        options.cache_size = 0;
        options.preserve_intermediates = false;
        let kept = Cache::builder().max_capacity(MOST_NAMES).time_to_live(LONGEST_USE).build();
        Ok(Self { resolver: builder.build()?, kept })
    }

    /// Both families, so that both are judged.
    async fn look_up(&self, name: Name) -> Finding {
        let v4 = self.look_up_family(name.clone(), RecordType::A);
        let v6 = self.look_up_family(name, RecordType::AAAA);
        let (v4, v6) = tokio::join!(v4, v6);
        let addresses = match (v4.addresses, v6.addresses) {
            (Ok(v4), Ok(v6)) => Ok([v4, v6].concat()),
            (Ok(addresses), Err(_)) | (Err(_), Ok(addresses)) => Ok(addresses),
            (Err(error), Err(_)) => Err(error),
        };
        let addresses = addresses.and_then(|addresses| match addresses.len() {
            0 => Err(ResolveError::NoAddress),
            1..=MOST_ADDRESSES => Ok(addresses),
            _ => Err(ResolveError::TooManyAddresses { most: MOST_ADDRESSES }),
        });
        Finding { addresses, until: v4.until.min(v6.until) }
    }

    /// What came in is let go of here, and not once the other family's answer has come too: that may take a while.
    async fn look_up_family(&self, name: Name, family: RecordType) -> Finding {
        let answer = self.resolver.lookup(name, family).await;
        let now = Instant::now();
        match answer {
            Ok(found) => {
                let addresses = found.answers().iter().filter_map(|record| record.data.ip_addr());
                let until = found.valid_until().min(now + LONGEST_USE);
                Finding { addresses: Ok(addresses.take(MOST_ADDRESSES + 1).collect()), until }
            }
            Err(error) => {
                let (error, stays) = what_went_wrong(&error);
                Finding { addresses: Err(error), until: now + stays }
            }
        }
    }
}

#[async_trait]
impl HostResolver for SystemResolver {
    async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, ResolveError> {
        if let Some(kept) = self.kept.get(name).filter(|kept| Instant::now() < kept.until) {
            return kept.addresses;
        }
        let mut absolute = Name::from_ascii(name).map_err(|_| ResolveError::NotFound)?;
        // No search list applies.
        absolute.set_fqdn(true);
        let found = tokio::time::timeout(LONGEST_LOOKUP, self.look_up(absolute))
            .await
            .map_err(|_| ResolveError::Unavailable)?;
        self.kept.insert(name.into(), found.clone());
        found.addresses
    }
}

/// Why there is no address, and how long that is believed. What is no answer at all counts for this look-up alone.
fn what_went_wrong(error: &NetError) -> (ResolveError, Duration) {
    const UNAVAILABLE: (ResolveError, Duration) = (ResolveError::Unavailable, Duration::ZERO);
    let NetError::Dns(DnsError::NoRecordsFound(answer)) = error else {
        return UNAVAILABLE;
    };
    let said = answer.negative_ttl.map(|seconds| Duration::from_secs(seconds.into()));
    let stays = said.map_or(LONGEST_ABSENCE, |said| said.min(LONGEST_ABSENCE));
    match answer.response_code {
        ResponseCode::NXDomain => (ResolveError::NotFound, stays),
        ResponseCode::NoError => (ResolveError::NoAddress, stays),
        _ => UNAVAILABLE,
    }
}
