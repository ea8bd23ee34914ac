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
        if addresses.is_empty() { Err(ResolveError::NotFound) } else { Ok(addresses) }
    }
}

fn what_went_wrong(error: &NetError) -> ResolveError {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(answer))
            if matches!(answer.response_code, ResponseCode::NXDomain | ResponseCode::NoError) =>
        {
            ResolveError::NotFound
        }
        _ => ResolveError::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
