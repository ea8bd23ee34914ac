//! What an attempt spends its time on, noted as it goes.

use slotflow_domain::delivery::{Exchange, Phases};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::Instant;

/// A part of opening a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Looking up the host's name.
    Dns,
    /// Connecting.
    Connect,
    /// Connecting through a proxy, until it says that there is a connection.
    Tunnel,
    /// Securing the connection.
    Tls,
}

/// Notes what happens in an attempt and how long it takes. It stays with whoever gives up at the deadline, so that
/// a part that is broken off counts until then.
pub(super) struct Stopwatch {
    started: Instant,
    running: Option<(Phase, Instant)>,
    exchange: Exchange,
}

impl Stopwatch {
    /// The attempt begins.
    pub(super) fn start() -> Self {
        Self { started: Instant::now(), running: None, exchange: Exchange::default() }
    }

    /// When the attempt began.
    pub(super) const fn started(&self) -> Instant {
        self.started
    }

    /// A part begins, and the one before it ends. Opening a connection begins anew: an idle one on which nothing
    /// could be sent any more was not used.
    pub(super) fn begin(&mut self, phase: Phase) {
        if self.running.is_none() {
            self.exchange = Exchange::default();
        }
        self.end();
        self.running = Some((phase, Instant::now()));
    }

    /// The part that is under way.
    pub(super) fn under_way(&self) -> Option<Phase> {
        self.running.map(|(phase, _)| phase)
    }

    /// The part that is under way ends.
    pub(super) fn end(&mut self) {
        let Some((phase, since)) = self.running.take() else {
            return;
        };
        let Phases { dns, connect, tls, .. } = &mut self.exchange.phases;
        let part = match phase {
            Phase::Dns => dns,
            Phase::Connect | Phase::Tunnel => connect,
            Phase::Tls => tls,
        };
        *part = Some(since.elapsed());
    }

    /// There is a connection to `address`, which has been judged.
    pub(super) const fn connected_to(&mut self, address: SocketAddr) {
        self.exchange.address = Some(address);
    }

    /// How long the first byte of an answer took, if one came.
    pub(super) const fn first_byte_took(&mut self, span: Option<Duration>) {
        self.exchange.phases.first_byte = span;
    }

    /// The attempt is over: how long it took, and what is known of it.
    pub(super) fn stop(mut self) -> (Duration, Exchange) {
        self.end();
        let total = self.started.elapsed();
        self.exchange.phases.total = Some(total);
        (total, self.exchange)
    }
}
