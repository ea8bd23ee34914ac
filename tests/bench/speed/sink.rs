//! A receiver that answers 200 at once and notes no more than when what arrived.
//!
//! Bookings are numbered in their `human_id`, webhooks in their path: that is all it reads.

use super::wire::{Connection, Message};
use anyhow::{Context, ensure};
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_util::sync::{CancellationToken, DropGuard};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
/// How often a waiting measurement looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// Bookings of one stage, in all its measurements.
const CAPACITY: usize = 1 << 20;
/// The webhooks that one booking may reach.
pub(crate) const MOST_PATHS: usize = 32;

/// The receiver, on a loopback port. It ends with this value.
pub(crate) struct Sink {
    pub(crate) address: SocketAddr,
    seen: Arc<Seen>,
    _stop: DropGuard,
}

struct Seen {
    began: Instant,
    places: Vec<Place>,
    /// Deliveries that had arrived before.
    repeated: AtomicUsize,
}

/// What is known of a booking.
#[derive(Default)]
struct Place {
    /// Its webhooks that were reached, a bit each.
    paths: AtomicU32,
    /// When the latest of them was first reached, in nanoseconds since the sink began.
    at: AtomicU64,
}

impl Sink {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let places = std::iter::repeat_with(Place::default).take(CAPACITY).collect();
        let seen = Arc::new(Seen { began: Instant::now(), places, repeated: AtomicUsize::new(0) });
        let stop = CancellationToken::new();
        tokio::spawn(stop.clone().run_until_cancelled_owned(accept(
            listener,
            Arc::clone(&seen),
            stop.clone(),
        )));
        Ok(Self { address, seen, _stop: stop.drop_guard() })
    }

    /// The URL of a booking's webhook of this number.
    pub(crate) fn url(&self, webhook: usize) -> String {
        format!("http://{}/{webhook}", self.address)
    }

    /// Waits until all these bookings have reached so many webhooks each; when the last of them did.
    pub(crate) async fn wait_for(
        &self,
        bookings: Range<usize>,
        webhooks: usize,
        patience: Duration,
    ) -> anyhow::Result<Instant> {
        let deadline = Instant::now() + patience;
        let mut missing = bookings.clone();
        while let Some(number) = missing.clone().next() {
            if self.place(number)?.paths.load(Ordering::Acquire).count_ones() as usize >= webhooks {
                missing.next();
                continue;
            }
            ensure!(
                Instant::now() < deadline,
                "{} of {} bookings did not arrive within {patience:?}",
                missing.len(),
                bookings.len()
            );
            sleep(LOOK_AGAIN).await;
        }
        let last = bookings.map(|number| self.arrived_at(number)).collect::<anyhow::Result<Vec<_>>>()?;
        last.into_iter().max().context("no bookings")
    }

    /// When this booking had reached the last of its webhooks.
    pub(crate) fn arrived_at(&self, number: usize) -> anyhow::Result<Instant> {
        Ok(self.seen.began + Duration::from_nanos(self.place(number)?.at.load(Ordering::Acquire)))
    }

    /// How many deliveries arrived more than once.
    pub(crate) fn repeated(&self) -> usize {
        self.seen.repeated.load(Ordering::Acquire)
    }

    fn place(&self, number: usize) -> anyhow::Result<&Place> {
        self.seen.places.get(number).context("more bookings than the sink has places for")
    }
}

async fn accept(listener: TcpListener, seen: Arc<Seen>, stop: CancellationToken) {
    while let Ok((stream, _)) = listener.accept().await {
        let Ok(connection) = Connection::over(stream) else { continue };
        tokio::spawn(stop.clone().run_until_cancelled_owned(serve(connection, Arc::clone(&seen))));
    }
}

/// Ends with the connection, whatever ends that.
async fn serve(mut connection: Connection, seen: Arc<Seen>) -> anyhow::Result<()> {
    while let Some(message) = connection.next().await? {
        seen.note(&message);
        connection.send(ANSWER).await?;
    }
    Ok(())
}

impl Seen {
    fn note(&self, message: &Message) {
        let at = u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let Some(place) = booking(&message.body).and_then(|number| self.places.get(number)) else { return };
        let bit = webhook(message.path()).and_then(|number| 1_u32.checked_shl(number)).unwrap_or_default();
        // The moment first: who sees the bit finds it.
        if place.paths.load(Ordering::Acquire) & bit == 0 {
            place.at.fetch_max(at, Ordering::AcqRel);
        }
        if place.paths.fetch_or(bit, Ordering::AcqRel) & bit != 0 {
            self.repeated.fetch_add(1, Ordering::AcqRel);
        }
    }
}

/// The number in a payload's `human_id`: its last twelve digits.
fn booking(body: &[u8]) -> Option<usize> {
    const MEMBER: &[u8] = b"\"human_id\":\"";
    const DIGITS: Range<usize> = 24..36;
    let at = body.windows(MEMBER.len()).position(|window| window == MEMBER)? + MEMBER.len();
    let digits = body.get(at..)?.get(DIGITS)?;
    usize::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// The number in a path.
fn webhook(path: &[u8]) -> Option<u32> {
    std::str::from_utf8(path.strip_prefix(b"/")?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_booking_is_accounted_for_at_each_webhook() {
        let sink = Sink::start().await.expect("a sink");
        let mut connection = Connection::open(sink.address).await.expect("a connection");
        let body = r#"{"data":{"human_id":"00000000-0000-4000-8000-00000000001f"}}"#;
        let patience = Duration::from_millis(20);
        for (path, repeated) in [("/0", 0), ("/0", 1), ("/3", 1)] {
            assert!(sink.wait_for(31..32, 2, patience).await.is_err(), "before {path}");
            let post = format!("POST {path} HTTP/1.1\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            assert_eq!(connection.call(post.as_bytes()).await.expect("an answer"), 200);
            assert_eq!(sink.repeated(), repeated);
        }
        let last = sink.wait_for(31..32, 2, patience).await.expect("both");
        assert_eq!(last, sink.arrived_at(31).expect("it"));
    }
}
