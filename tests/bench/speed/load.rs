//! Requests over many connections at once, as fast as they are answered or at a steady rate.

use super::wire::Connection;
use anyhow::ensure;
use bytes::Bytes;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::sleep_until;

/// Connections at once, each with one request at a time.
pub(crate) const CONNECTIONS: usize = 64;

/// What is sent.
#[derive(Clone)]
pub(crate) struct Load {
    /// Prepared to the last byte.
    pub(crate) requests: Arc<Vec<Bytes>>,
    /// How many are sent; the requests are taken in turns.
    pub(crate) count: usize,
    /// Between one and the next; nothing if as fast as they are answered.
    pub(crate) every: Option<Duration>,
}

/// What became of one request.
pub(crate) struct Call {
    /// Its place in the load.
    pub(crate) number: usize,
    pub(crate) sent_at: Instant,
    /// Nothing if the connection broke.
    pub(crate) status: Option<u16>,
}

/// What became of a load.
pub(crate) struct Calls {
    pub(crate) began: Instant,
    /// When the last was answered.
    pub(crate) ended: Instant,
    pub(crate) calls: Vec<Call>,
}

impl Load {
    /// Sends it all, over connections to each of the servers in turns. A connection that breaks sends no more.
    /// The count of what has been answered grows in `answered`.
    pub(crate) async fn send(
        self,
        servers: &[SocketAddr],
        answered: Arc<AtomicUsize>,
    ) -> anyhow::Result<Calls> {
        let mut connections = Vec::with_capacity(CONNECTIONS);
        for server in servers.iter().cycle().take(CONNECTIONS) {
            connections.push(Connection::open(*server).await?);
        }
        let (began, next) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
        let mut senders = JoinSet::new();
        for connection in connections {
            let (load, next, answered) = (self.clone(), Arc::clone(&next), Arc::clone(&answered));
            senders.spawn(load.send_on(connection, began, next, answered));
        }
        let calls = senders.join_all().await.into_iter().flatten().collect();
        Ok(Calls { began, ended: Instant::now(), calls })
    }

    async fn send_on(
        self,
        mut connection: Connection,
        began: Instant,
        next: Arc<AtomicUsize>,
        answered: Arc<AtomicUsize>,
    ) -> Vec<Call> {
        let mut calls = Vec::with_capacity(self.count.div_ceil(CONNECTIONS));
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let request = self.requests.get(number % self.requests.len().max(1));
            let Some(request) = request.filter(|_| number < self.count) else { return calls };
            if let Some(every) = self.every {
                sleep_until((began + every * u32::try_from(number).unwrap_or(u32::MAX)).into()).await;
            }
            let sent_at = Instant::now();
            let status = connection.call(request).await.ok();
            calls.push(Call { number, sent_at, status });
            if status.is_none() {
                return calls;
            }
            answered.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Calls {
    /// Insists that each was answered with this status.
    pub(crate) fn all_answered(self, expected: u16) -> anyhow::Result<Self> {
        for call in &self.calls {
            ensure!(
                call.status == Some(expected),
                "request {} was answered {:?}, not {expected}",
                call.number,
                call.status
            );
        }
        Ok(self)
    }
}
