//! What a scripted receiver does with a request.

use slotflow_domain::delivery::{AttemptOutcome, AttemptReport, AttemptResponse, Exchange};
use std::time::Duration;

/// What a scripted receiver does with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Answers with this status, no headers and no body.
    Status(u16),
    /// Answers with this status, these headers and this body.
    Response(AttemptResponse),
    /// Does not answer in time.
    Timeout,
    /// Has a name that does not resolve.
    Dns,
    /// Refuses the connection.
    ConnectRefused,
    /// Cannot be spoken to securely.
    Tls,
    /// Has an address that is not sent to.
    BlockedAddress,
    /// Answers with what is not HTTP.
    Protocol,
    /// Keeps the request open until [`release_hanging`](super::ScriptedSender::release_hanging).
    Hang,
    /// Does it after this time, by which the clock moves on.
    After(Duration, Box<Reply>),
}

impl Reply {
    /// `200 OK`.
    pub const OK: Self = Self::Status(200);

    /// The same after `time`: the clock is moved to that moment, unless it is there already. Attempts that
    /// begin together so end together.
    #[must_use]
    pub fn taking(self, time: Duration) -> Self {
        Self::After(time, Box::new(self))
    }

    /// What a sender says of it, after `duration`. Hanging for good is a time-out.
    pub(super) fn report(self, duration: Duration) -> AttemptReport {
        let failure = |outcome, error: &str| AttemptReport {
            outcome,
            response: None,
            error: Some(error.to_owned()),
            duration,
            exchange: Exchange::default(),
        };
        match self {
            Self::Status(status) => {
                Self::Response(AttemptResponse { status, ..AttemptResponse::default() }).report(duration)
            }
            Self::Response(response) => {
                let outcome = AttemptOutcome::of_status(response.status);
                let error = (outcome != AttemptOutcome::Success)
                    .then(|| format!("the receiver answered {}", response.status));
                let exchange = Exchange::default();
                AttemptReport { outcome, response: Some(response), error, duration, exchange }
            }
            Self::Timeout | Self::Hang => failure(AttemptOutcome::Timeout, "no complete answer in time"),
            Self::Dns => failure(AttemptOutcome::Dns, "the host's name does not resolve"),
            Self::ConnectRefused => failure(AttemptOutcome::Connect, "the connection was refused"),
            Self::Tls => failure(AttemptOutcome::Tls, "the connection could not be secured"),
            Self::BlockedAddress => {
                failure(AttemptOutcome::BlockedAddress, "the host's address is not allowed")
            }
            Self::Protocol => failure(AttemptOutcome::Protocol, "the answer was not HTTP"),
            Self::After(more, reply) => reply.report(duration + more),
        }
    }
}
