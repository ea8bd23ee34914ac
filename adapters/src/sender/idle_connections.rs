//! Connections that wait for the next request to the same place.

use super::connection::Connection;
use super::egress_proxy::EgressProxy;
use slotflow_domain::webhook::WebhookUrl;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::time::Instant;

/// How long a connection waits before it is closed: less than receivers commonly do.
const LONGEST_IDLE: Duration = Duration::from_secs(30);
/// How long a connection is used at the most, however busy it is: then the name is looked up again, and the address and
/// the certificate are judged anew.
const LONGEST_LIFE: Duration = Duration::from_secs(300);
/// How many wait for one place at the most.
const MOST_PER_PLACE: usize = 8;
/// How many wait in all.
const MOST: usize = 1_024;

/// How long a connection rests before it is used again. A receiver that closes after its answer without
/// having said so does it right behind the answer; by then that has arrived, and is not mistaken for a
/// connection that can be written to.
const REST: Duration = Duration::from_millis(2);

/// Where a connection leads: the scheme, the host and port as the URL names them, and the proxy on the way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    https: bool,
    authority: Box<str>,
    proxy: Option<EgressProxy>,
}

impl Place {
    /// Where requests to `url` go, through `proxy` if there is one.
    pub(super) fn of(url: &WebhookUrl, proxy: Option<&EgressProxy>) -> Self {
        Self { https: url.is_https(), authority: url.authority().into(), proxy: proxy.cloned() }
    }
}

/// The idle connections of a sender. Each leads to an address that was judged when it was opened, by rules
/// that do not change while the process runs.
#[derive(Default)]
pub(super) struct IdleConnections {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    by_place: HashMap<Place, Vec<Idle>>,
    count: usize,
    being_swept: bool,
}

struct Idle {
    connection: Connection,
    since: Instant,
}

impl Idle {
    /// Whether it has neither waited nor lived for too long.
    fn is_fresh(&self) -> bool {
        self.since.elapsed() < LONGEST_IDLE && self.connection.age() < LONGEST_LIFE
    }
}

impl IdleConnections {
    /// The connection to `place` that was used last and can be used now.
    pub(super) fn take(&self, place: &Place) -> Option<Connection> {
        let mut kept = lock(&self.kept);
        let waiting = kept.by_place.get_mut(place)?;
        let usable = |idle: &Idle| idle.since.elapsed() >= REST && idle.connection.is_ready();
        let newest = waiting.iter().rposition(usable)?;
        let idle = waiting.remove(newest);
        let none_left = waiting.is_empty();
        kept.count -= 1;
        if none_left {
            kept.by_place.remove(place);
        }
        Some(idle).filter(Idle::is_fresh).map(|idle| idle.connection)
    }

    /// Keeps a connection whose last answer was read to its end, unless it is closed, has lived long enough, or enough
    /// are kept.
    pub(super) fn keep(&self, place: Place, connection: Connection) {
        let idle = Idle { connection, since: Instant::now() };
        let mut kept = lock(&self.kept);
        if idle.connection.is_closed() || !idle.is_fresh() || kept.count >= MOST {
            return;
        }
        let waiting = kept.by_place.entry(place).or_default();
        if waiting.len() >= MOST_PER_PLACE {
            return;
        }
        waiting.push(idle);
        kept.count += 1;
        if !kept.being_swept {
            kept.being_swept = true;
            tokio::spawn(sweep(Arc::downgrade(&self.kept)));
        }
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        lock(&self.kept).count
    }
}

/// Lets go of connections that have waited too long or were closed by the other end, until there is none.
async fn sweep(kept: Weak<Mutex<Kept>>) {
    loop {
        tokio::time::sleep(LONGEST_IDLE / 2).await;
        let Some(kept) = kept.upgrade() else {
            return;
        };
        let mut kept = lock(&kept);
        kept.by_place.retain(|_, waiting| {
            waiting.retain(|idle| idle.is_fresh() && !idle.connection.is_closed());
            !waiting.is_empty()
        });
        kept.count = kept.by_place.values().map(Vec::len).sum();
        if kept.count == 0 {
            kept.being_swept = false;
            return;
        }
    }
}

/// What is kept is whole after every statement, so a panic elsewhere spoils nothing.
fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
