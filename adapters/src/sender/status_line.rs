//! The status of an answer whose rest never came, when its first byte did, and when there are too many.
//!
//! A receiver that has written `HTTP/1.1 200 OK` has accepted the event, even if its headers then stall,
//! break off or grow beyond all bounds. The HTTP parser tells of an answer only once it has the whole head,
//! so the status is also noted as the bytes come in.
//!
//! The parser bounds what it keeps, not what it passes over: interim answers, or the zeros before the size of a
//! chunk, could go on as fast as the network is, until the deadline. So the bytes are counted too.

use super::watched::TooMuch;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// How much of one answer is read, with all that is passed over: some ten times what is kept of an answer, which
/// leaves room for a body in chunks of a single byte.
const MOST_ANSWER_BYTES: u64 = 256 * 1_024;
const TOO_MUCH: TooMuch = TooMuch("the receiver sent more than 256 KiB, and no answer in it");

/// What was seen of the answer since the last request on a connection, shared between its two ends.
#[derive(Clone, Debug)]
pub(super) struct SeenStatus(Arc<Seen>);

#[derive(Debug)]
struct Seen {
    /// 0 for none.
    status: AtomicU16,
    /// Moments, in nanoseconds since `origin`; 0 for none.
    asked: AtomicU64,
    first_byte: AtomicU64,
    /// How many were read.
    bytes: AtomicU64,
    origin: Instant,
}

impl Default for SeenStatus {
    fn default() -> Self {
        let (status, asked, first_byte, bytes) = Default::default();
        Self(Arc::new(Seen { status, asked, first_byte, bytes, origin: Instant::now() }))
    }
}

impl SeenStatus {
    /// The final status, if its line has come in.
    pub(super) fn get(&self) -> Option<u16> {
        Some(self.0.status.load(Ordering::Acquire)).filter(|status| *status != 0)
    }

    /// How long after the last request the first byte of its answer came, if any did.
    pub(super) fn first_byte(&self) -> Option<Duration> {
        let first_byte = self.0.first_byte.load(Ordering::Acquire);
        let asked = self.0.asked.load(Ordering::Acquire);
        (first_byte != 0).then(|| Duration::from_nanos(first_byte.saturating_sub(asked)))
    }

    /// Begins anew, for the next request.
    pub(super) fn forget(&self) {
        self.0.status.store(0, Ordering::Release);
        self.0.first_byte.store(0, Ordering::Release);
        self.0.bytes.store(0, Ordering::Release);
        self.0.asked.store(self.0.moment(), Ordering::Release);
    }

    /// What looks at each piece that is read of the answers on one connection.
    pub(super) fn observer(&self) -> impl FnMut(&[u8]) -> Result<(), TooMuch> + Send + Unpin + use<> {
        let (seen, mut scanner) = (self.clone(), Scanner::default());
        move |read| {
            seen.note_bytes(read.len())?;
            if seen.get().is_none()
                && let Some(status) = scanner.scan(read)
            {
                seen.0.status.store(status, Ordering::Release);
            }
            Ok(())
        }
    }

    /// So many bytes were read.
    ///
    /// # Errors
    /// If they are more than an answer may have.
    fn note_bytes(&self, count: usize) -> Result<(), TooMuch> {
        if count > 0 && self.0.first_byte.load(Ordering::Relaxed) == 0 {
            self.0.first_byte.store(self.0.moment(), Ordering::Release);
        }
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        let before = self.0.bytes.fetch_add(count, Ordering::AcqRel);
        if before.saturating_add(count) > MOST_ANSWER_BYTES { Err(TOO_MUCH) } else { Ok(()) }
    }
}

impl Seen {
    fn moment(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX).max(1)
    }
}

/// As much of a status line as tells its status: `HTTP/1.1 200` and what ends the number.
const TELLING: usize = 13;

/// Finds the final status among an answer's first bytes, past any number of interim (1xx) heads.
#[derive(Debug, Default)]
struct Scanner {
    place: Place,
    line: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Place {
    #[default]
    StatusLine,
    InterimHead {
        line_is_empty: bool,
    },
    NotHttp,
}

impl Scanner {
    /// The final status, as soon as its line is complete; the scanner is then ready for the next answer.
    fn scan(&mut self, bytes: &[u8]) -> Option<u16> {
        for &byte in bytes {
            match (self.place, byte) {
                (Place::NotHttp, _) => return None,
                (Place::StatusLine, b'\n') => {
                    let line = std::mem::take(&mut self.line);
                    self.place = match status_of(&line) {
                        // Parsers pass over empty lines before a status line.
                        _ if matches!(line.as_slice(), b"" | b"\r") => Place::StatusLine,
                        Some(100 | 102..=199) => Place::InterimHead { line_is_empty: true },
                        Some(status) => {
                            self.place = Place::StatusLine;
                            return Some(status);
                        }
                        None => Place::NotHttp,
                    };
                }
                (Place::StatusLine, _) if self.line.len() < TELLING => self.line.push(byte),
                (Place::StatusLine, _) | (Place::InterimHead { .. }, b'\r') => {}
                (Place::InterimHead { line_is_empty: true }, b'\n') => self.place = Place::StatusLine,
                (Place::InterimHead { .. }, _) => {
                    self.place = Place::InterimHead { line_is_empty: byte == b'\n' };
                }
            }
        }
        None
    }
}

/// The status in a status line, which may end in a carriage return.
pub(super) fn status_of(line: &[u8]) -> Option<u16> {
    let rest = line.strip_prefix(b"HTTP/1.1 ").or_else(|| line.strip_prefix(b"HTTP/1.0 "))?;
    let (digits, end) = rest.split_at_checked(3)?;
    let ends_there = matches!(end, [] | [b' ' | b'\r', ..]);
    let status: u16 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (ends_there && (100..=999).contains(&status)).then_some(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found in `text`, given at once and byte by byte.
    fn found(text: &str) -> Option<u16> {
        let at_once = Scanner::default().scan(text.as_bytes());
        let mut scanner = Scanner::default();
        let drop_by_drop = text.as_bytes().chunks(1).find_map(|byte| scanner.scan(byte));
        assert_eq!(at_once, drop_by_drop, "{text:?}");
        at_once
    }

    #[test]
    fn a_complete_status_line_tells_its_status() {
        for (text, status) in [
            ("HTTP/1.1 200 OK\r\n", Some(200)),
            ("HTTP/1.1 204\r\n", Some(204)),
            ("HTTP/1.0 500 Internal Server Error\nX: y", Some(500)),
            ("\r\nHTTP/1.1 410 Gone\r\n", Some(410)),
            ("HTTP/1.1 101 Switching Protocols\r\n", Some(101)),
            ("HTTP/1.1 200 OK", None),
            ("HTTP/1.1 2000 OK\r\n", None),
            ("HTTP/1.1 20 OK\r\n", None),
            ("HTTP/1.1 +20 OK\r\n", None),
            ("HTTP/2 200 OK\r\n", None),
            ("SSH-2.0-x\r\nHTTP/1.1 200 OK\r\n", None),
            ("", None),
        ] {
            assert_eq!(found(text), status, "{text:?}");
        }
    }

    #[test]
    fn interim_answers_are_passed_over() {
        let interim =
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: HTTP/1.1 200 OK\r\n\r\n";
        assert_eq!(found(interim), None);
        assert_eq!(found(&format!("{interim}HTTP/1.1 201 Created\r\n")), Some(201));
    }

    #[test]
    fn the_scanner_is_ready_for_the_next_answer() {
        let mut scanner = Scanner::default();
        assert_eq!(scanner.scan(b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n"), Some(200));
        assert_eq!(scanner.scan(b"HTTP/1.1 503 Busy\r\n"), Some(503));
    }
}
