//! How an attempt went on the network: whom it reached, and what it spent its time on.

use std::net::SocketAddr;
use std::time::Duration;

/// What a sender knows of an attempt beside its outcome. All of it may be unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// The address that was connected to, by ourselves or by the proxy on the way. Nothing if no connection came about: what a name leads to is told
    /// only of addresses that may be sent to, and that answered.
    pub address: Option<SocketAddr>,
    /// What the time went into.
    pub phases: Phases,
}

/// How long each part of an attempt took. Nothing where it did not happen: a connection that is used again needs
/// no look-up and no handshake. A part that was broken off counts until then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Phases {
    /// Looking up the host's name.
    pub dns: Option<Duration>,
    /// Connecting, to whichever of its addresses answered.
    pub connect: Option<Duration>,
    /// Securing the connection.
    pub tls: Option<Duration>,
    /// From the connection that was ready to the first byte of an answer.
    pub first_byte: Option<Duration>,
    /// All of it, to the end of the response.
    pub total: Option<Duration>,
}
