//! One try at delivering: its number, and what came of it.

use super::Exchange;
use crate::Timestamp;
use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;
use std::time::Duration;

/// The place of an attempt among its delivery's attempts, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptNumber(NonZeroU16);

/// A number that no attempt has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("attempts are numbered from 1")]
pub struct NotAnAttemptNumber;

impl AttemptNumber {
    /// The first attempt.
    pub const FIRST: Self = Self(NonZeroU16::MIN);

    /// The attempt with this number.
    pub fn new(number: u16) -> Result<Self, NotAnAttemptNumber> {
        NonZeroU16::new(number).map(Self).ok_or(NotAnAttemptNumber)
    }

    /// The attempt that follows `finished` finished ones.
    pub const fn after(finished: u16) -> Self {
        Self(NonZeroU16::MIN.saturating_add(finished))
    }

    /// The one after this.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0.get()
    }
}

impl fmt::Display for AttemptNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What came of an attempt, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttemptOutcome {
    /// A 2xx answer, whatever became of its body.
    Success,
    /// Any other answer; redirects are never followed.
    HttpStatus,
    /// No complete answer in time.
    Timeout,
    /// The host's name could not be resolved.
    Dns,
    /// No connection came about.
    Connect,
    /// The connection could not be secured.
    Tls,
    /// The host's address is not one we send to.
    BlockedAddress,
    /// What came back was not HTTP.
    Protocol,
    /// The outcome died with its process, three times in a row.
    Lost,
}

/// A name that no outcome has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such attempt outcome")]
pub struct UnknownOutcome;

impl AttemptOutcome {
    /// Every outcome.
    pub const ALL: [Self; 9] = [
        Self::Success,
        Self::HttpStatus,
        Self::Timeout,
        Self::Dns,
        Self::Connect,
        Self::Tls,
        Self::BlockedAddress,
        Self::Protocol,
        Self::Lost,
    ];

    /// The outcome's name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::HttpStatus => "http_status",
            Self::Timeout => "timeout",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::BlockedAddress => "blocked_address",
            Self::Protocol => "protocol",
            Self::Lost => "lost",
        }
    }

    /// What an answer with this status is: any 2xx is a success.
    pub const fn of_status(status: u16) -> Self {
        match status {
            200..=299 => Self::Success,
            _ => Self::HttpStatus,
        }
    }
}

impl fmt::Display for AttemptOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AttemptOutcome {
    type Err = UnknownOutcome;

    fn from_str(text: &str) -> Result<Self, UnknownOutcome> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text).ok_or(UnknownOutcome)
    }
}

/// What an attempt's outcome means for its delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The event has arrived.
    Accepted,
    /// The receiver wants no more of it, ever: `410 Gone` (Standard Webhooks).
    Gone,
    /// It has not arrived.
    Rejected,
}

/// What came back, as far as it was read. All of it is untrusted bytes.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct AttemptResponse {
    /// The status code.
    pub status: u16,
    /// Names and values in the order received, at most 8 KiB together.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The first 16 KiB of the body at the most.
    pub body: Vec<u8>,
    /// Whether there was more of the body than is kept.
    pub truncated: bool,
}

/// Prints no content: a receiver may echo what it was sent.
impl fmt::Debug for AttemptResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, headers, body) = (self.status, self.headers.len(), self.body.len());
        write!(f, "AttemptResponse({status}, {headers} headers, {body} bytes)")
    }
}

/// The most characters of an attempt's error that are kept: room for every sentence of ours, and for little of what a
/// receiver may have written into one.
pub const MAX_ERROR_CHARACTERS: usize = 500;

/// What a sender has to say of an attempt that it made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptReport {
    /// What came of it.
    pub outcome: AttemptOutcome,
    /// What came back, if anything did.
    pub response: Option<AttemptResponse>,
    /// What went wrong, in words for a person; nothing after a success.
    pub error: Option<String>,
    /// From the start of the connection attempt to the end of the response.
    pub duration: Duration,
    /// How it went on the network, as far as the sender knows.
    pub exchange: Exchange,
}

impl AttemptReport {
    /// What the report means for the delivery.
    pub fn verdict(&self) -> Verdict {
        match (self.outcome, &self.response) {
            (AttemptOutcome::Success, _) => Verdict::Accepted,
            (AttemptOutcome::HttpStatus, Some(AttemptResponse { status: 410, .. })) => Verdict::Gone,
            _ => Verdict::Rejected,
        }
    }

    /// The report as it may be logged and stored: its error is one line of at most [`MAX_ERROR_CHARACTERS`], whatever
    /// the sender let into it.
    #[must_use]
    pub fn with_bounded_error(mut self) -> Self {
        if let Some(error) = &mut self.error {
            let fits = error.chars().nth(MAX_ERROR_CHARACTERS).is_none();
            if !fits || error.contains(char::is_control) {
                let clean = error.chars().filter(|character| !character.is_control());
                *error = clean.take(MAX_ERROR_CHARACTERS).collect();
            }
        }
        self
    }
}

/// An attempt that is over, as the log keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its place among the delivery's attempts.
    pub number: AttemptNumber,
    /// When it began.
    pub started_at: Timestamp,
    /// What came of it.
    pub report: AttemptReport,
}

impl Attempt {
    /// The attempt whose outcome died with its process. When it began nobody knows any more; `noticed_at`
    /// stands for it.
    pub fn lost(number: AttemptNumber, noticed_at: Timestamp) -> Self {
        let error =
            "the process that made this attempt ended before its outcome was recorded, three times in a row";
        let report = AttemptReport {
            outcome: AttemptOutcome::Lost,
            response: None,
            error: Some(error.to_owned()),
            duration: Duration::ZERO,
            exchange: Exchange::default(),
        };
        Self { number, started_at: noticed_at, report }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_2xx_is_a_success_and_nothing_else_is() {
        for status in 100..=999 {
            let success = AttemptOutcome::of_status(status) == AttemptOutcome::Success;
            assert_eq!(success, (200..300).contains(&status), "{status}");
        }
    }

    #[test]
    fn only_a_410_answer_is_gone() {
        let report = |outcome, status| AttemptReport {
            outcome,
            response: Some(AttemptResponse { status, ..AttemptResponse::default() }),
            error: None,
            duration: Duration::ZERO,
            exchange: Exchange::default(),
        };
        assert_eq!(report(AttemptOutcome::HttpStatus, 410).verdict(), Verdict::Gone);
        assert_eq!(report(AttemptOutcome::HttpStatus, 404).verdict(), Verdict::Rejected);
        assert_eq!(report(AttemptOutcome::Success, 204).verdict(), Verdict::Accepted);
    }

    #[test]
    fn an_error_is_one_line_that_has_an_end() {
        let kept = |error: &str| {
            let report = AttemptReport {
                outcome: AttemptOutcome::Tls,
                response: None,
                error: Some(error.to_owned()),
                duration: Duration::ZERO,
                exchange: Exchange::default(),
            };
            report.with_bounded_error().error.unwrap()
        };
        let longest = "\u{e9}".repeat(MAX_ERROR_CHARACTERS);
        for (error, expected) in [
            ("", ""),
            ("no connection within 10 s", "no connection within 10 s"),
            ("a\0b\r\nc\u{1b}[31md\u{9b}e", "abc[31mde"),
            (&longest, &longest),
            (&format!("{longest}x"), &longest),
            (&format!("\n{longest}x"), &longest),
        ] {
            assert_eq!(kept(error), expected, "{error:?}");
        }
        assert_eq!(kept(&"x".repeat(1_000_000)).len(), MAX_ERROR_CHARACTERS);
        let lost = Attempt::lost(AttemptNumber::FIRST, Timestamp::from_millis(0).unwrap()).report;
        assert_eq!(lost.clone().with_bounded_error(), lost);
    }

    #[test]
    fn outcome_names_round_trip() {
        for outcome in AttemptOutcome::ALL {
            assert_eq!(outcome.as_str().parse(), Ok(outcome));
        }
    }
}
