//! How much is read from the network for one exchange, with all that TLS passes over.
//!
//! An answer is bounded by what is read of it. Beneath TLS a receiver can send far more: a record of one byte may be
//! padded with 16 KiB, and tickets for later sessions, of which nobody asked for one, are no part of any answer. All
//! that would be received and decrypted until the deadline.

use super::watched::TooMuch;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How much is read: twice what a body in chunks of a single byte takes, each of them in a record of its own.
const MOST_BYTES: u64 = 1_024 * 1_024;
const TOO_MUCH: TooMuch = TooMuch("the receiver sent more than 1 MiB through TLS, and no answer in it");

/// Counts what is read from one connection's socket, for the securing of the connection and for each exchange anew.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter(Arc<AtomicU64>);

impl Meter {
    /// Begins anew, for the next exchange.
    pub(super) fn restart(&self) {
        self.0.store(0, Ordering::Release);
    }

    /// What counts each piece that is read.
    pub(super) fn observer(&self) -> impl FnMut(&[u8]) -> Result<(), TooMuch> + Send + Unpin + use<> {
        let read_so_far = Arc::clone(&self.0);
        move |read| {
            let count = u64::try_from(read.len()).unwrap_or(u64::MAX);
            let before = read_so_far.fetch_add(count, Ordering::AcqRel);
            if before.saturating_add(count) > MOST_BYTES { Err(TOO_MUCH) } else { Ok(()) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_exchange_has_its_own_mebibyte() {
        let meter = Meter::default();
        let mut observe = meter.observer();
        let piece = vec![0; 512 * 1_024];
        for _ in 0..3 {
            assert_eq!(observe(&piece), Ok(()));
            assert_eq!(observe(&piece), Ok(()));
            assert_eq!(observe(&[0]), Err(TOO_MUCH));
            meter.restart();
        }
    }
}
