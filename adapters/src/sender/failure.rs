//! Why there was no answer.

use super::stopwatch::Phase;
use slotflow_application::ports::ResolveError;
use slotflow_domain::delivery::AttemptOutcome;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// Why an attempt got no answer. Displays as what the webhook's owner is told.
///
/// All refusals for an address's sake read the same and name no address: their text must not tell what a
/// name resolves to within our network.
#[derive(Debug, thiserror::Error)]
pub(super) enum AttemptFailure {
    #[error("{0}")]
    Dns(ResolveError),
    #[error("the URL leads to an address that events are not sent to")]
    Blocked,
    #[error("the URL is not encrypted, and only https is allowed")]
    NotEncrypted,
    #[error("{} {address}", connect_reason(.error))]
    Connect { address: SocketAddr, error: io::Error },
    #[error("the egress proxy {fault} {target}")]
    Proxy { target: SocketAddr, fault: ProxyFault },
    #[error("{0}")]
    Tls(String),
    #[error("{0}")]
    Protocol(&'static str),
    #[error("{} within {} s", missing(*.phase), .within.as_secs_f64())]
    ConnectTimeout { phase: Option<Phase>, within: Duration },
    #[error("connected, but no answer within {} s", .0.as_secs_f64())]
    AnswerTimeout(Duration),
}

impl AttemptFailure {
    /// The failure in one word.
    pub(super) const fn outcome(&self) -> AttemptOutcome {
        match self {
            Self::Dns(_) => AttemptOutcome::Dns,
            Self::Blocked | Self::NotEncrypted => AttemptOutcome::BlockedAddress,
            Self::Connect { .. } | Self::Proxy { .. } => AttemptOutcome::Connect,
            Self::Tls(_) => AttemptOutcome::Tls,
            Self::Protocol(_) => AttemptOutcome::Protocol,
            Self::ConnectTimeout { .. } | Self::AnswerTimeout(_) => AttemptOutcome::Timeout,
        }
    }
}

/// Why there is no connection through the operator's proxy. Displays as what the proxy did, before whom it was
/// to connect to. Says nothing of where the proxy stands, nor anything that it wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ProxyFault {
    #[error("cannot be reached to connect to")]
    Unreachable,
    #[error("refused with status {0} to connect to")]
    Refused(u16),
    #[error("closed the connection when asked to connect to")]
    Closed,
    #[error("did not answer in HTTP when asked to connect to")]
    NotHttp,
    #[error("answered with more than 8 KiB when asked to connect to")]
    TooLong,
}

/// What did not come about in time, by what was under way.
const fn missing(phase: Option<Phase>) -> &'static str {
    match phase {
        Some(Phase::Dns) => "no answer from the name server",
        Some(Phase::Tls) => "connected, but the connection was not secured (TLS)",
        Some(Phase::Tunnel) => "no connection through the egress proxy",
        Some(Phase::Connect) | None => "no connection",
    }
}

fn connect_reason(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused by",
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => "connection reset by",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => "no route to",
        io::ErrorKind::TimedOut => "no reply from",
        _ => "no connection to",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_for_people() {
        let address = "203.0.113.7:443".parse().unwrap();
        let refused = AttemptFailure::Connect { address, error: io::ErrorKind::ConnectionRefused.into() };
        assert_eq!(refused.to_string(), "connection refused by 203.0.113.7:443");
        let proxy = AttemptFailure::Proxy { target: address, fault: ProxyFault::Refused(403) };
        assert_eq!(
            proxy.to_string(),
            "the egress proxy refused with status 403 to connect to 203.0.113.7:443"
        );
        let late = AttemptFailure::AnswerTimeout(Duration::from_secs(10));
        assert_eq!(late.to_string(), "connected, but no answer within 10 s");
        let late = |phase| {
            AttemptFailure::ConnectTimeout { phase: Some(phase), within: Duration::from_millis(300) }
                .to_string()
        };
        assert_eq!(late(Phase::Dns), "no answer from the name server within 0.3 s");
        assert_eq!(late(Phase::Connect), "no connection within 0.3 s");
        assert_eq!(late(Phase::Tunnel), "no connection through the egress proxy within 0.3 s");
        assert_eq!(late(Phase::Tls), "connected, but the connection was not secured (TLS) within 0.3 s");
    }
}
