//! Why a call came to nothing.

use super::answer::Answer;
use super::server_url::ServerUrl;
use crate::terminal::clean;
use axum::http::response::Parts;
use axum::http::{StatusCode, header};
use rustls::CertificateError;
use serde::Deserialize;
use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

/// Why a call came to nothing, in one line that holds no key and nothing a terminal would act on.
#[derive(Debug)]
pub(crate) struct CallError {
    line: String,
    concerns_all: bool,
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

impl Error for CallError {}

/// The contract's one shape of every error.
#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorDetail,
}

#[derive(Deserialize)]
struct ErrorDetail {
    code: String,
    message: String,
}

impl CallError {
    /// Whether the next call would come to the same end, whatever it asks for.
    pub(crate) const fn concerns_all(&self) -> bool {
        self.concerns_all
    }

    fn of_the_server(line: String) -> Self {
        Self { line, concerns_all: true }
    }

    /// The server said no, or something else than our server answered.
    pub(super) fn refused(server: &ServerUrl, head: &Parts, answer: Option<Answer>) -> Self {
        let header =
            |name| head.headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
        let said =
            answer.and_then(|answer| answer.parse::<ErrorBody>().ok()).filter(|_| !head.status.is_success());
        let by_us = said.is_some();
        let line = match said {
            Some(ErrorBody { error: ErrorDetail { code, message } }) => match header(header::RETRY_AFTER) {
                Some(seconds) => format!("{code}: {message} (in {seconds} s)"),
                None => format!("{code}: {message}"),
            },
            None if head.status.is_redirection() => format!(
                "{server} redirects to {}, which is not followed; name the server itself",
                header(header::LOCATION).unwrap_or("nowhere")
            ),
            None => format!(
                "{server} answered {}, and not as slotflow does; is this the right server?",
                words(head.status)
            ),
        };
        let ours_to_say = matches!(
            head.status,
            StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        );
        Self { line: clean(&line), concerns_all: !by_us || ours_to_say }
    }

    /// No connection, or none that an answer came back on.
    pub(super) fn unreachable(server: &ServerUrl, error: &(dyn Error + 'static)) -> Self {
        Self::of_the_server(match reason(error) {
            Reason::Refused => format!(
                "no server answers at {server} (connection refused); start one with slotflow serve, or name \
                 another with --server or SLOTFLOW_SERVER"
            ),
            Reason::Untrusted => format!(
                "the certificate of {server} is not trusted: its issuer is unknown; --ca-file names further \
                 authorities"
            ),
            Reason::NotTls => format!("{server} does not speak TLS; does its URL begin with http://?"),
            Reason::Other(words) => format!("no answer from {server}: {words}"),
        })
    }

    /// The answer ended before its end, or has none.
    pub(super) fn broken_off(server: &ServerUrl, error: &(dyn Error + 'static)) -> Self {
        Self::of_the_server(clean(&format!("the answer of {server} broke off: {}", innermost(error))))
    }

    /// No answer in time.
    pub(super) fn late(server: &ServerUrl, waited: Duration) -> Self {
        Self::of_the_server(format!("no answer from {server} within {} s", waited.as_secs()))
    }

    /// An answer in another form than this program knows.
    pub(super) fn misunderstood(error: &serde_json::Error) -> Self {
        Self::of_the_server(clean(&format!(
            "the server's answer is not understood ({error}); is it of another version?"
        )))
    }
}

fn words(status: StatusCode) -> String {
    status.to_string().trim_end_matches(" <unknown status code>").to_owned()
}

enum Reason {
    Refused,
    Untrusted,
    NotTls,
    Other(String),
}

/// Looks through an error's causes for one that something can be advised on.
fn reason(error: &(dyn Error + 'static)) -> Reason {
    for cause in causes(error) {
        if cause.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::ConnectionRefused) {
            return Reason::Refused;
        }
        match cause.downcast_ref::<rustls::Error>() {
            Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
                return Reason::Untrusted;
            }
            Some(rustls::Error::InvalidMessage(_)) => return Reason::NotTls,
            _ => {}
        }
    }
    Reason::Other(clean(&innermost(error)))
}

/// The error and its causes. What lies within an `io::Error` is not among that error's own causes, only the
/// causes of what lies within are: it is looked into here.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let within = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        within.map(|within| within as &(dyn Error + 'static)).or_else(|| error.source())
    })
}

/// The last of the causes: those around it say that there was one.
fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error).last().unwrap_or(error).to_string()
}
