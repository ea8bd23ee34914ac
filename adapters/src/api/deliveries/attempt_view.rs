//! An attempt as clients see it.

use serde::ser::{Serialize, Serializer};
use slotflow_domain::Timestamp;
use slotflow_domain::delivery::{Attempt, Phases};
use std::time::Duration;

/// The contract's attempt. What the receiver sent is shown as text: bytes that are not UTF-8 come out as
/// U+FFFD.
#[derive(serde::Serialize)]
pub(in crate::api) struct AttemptView {
    number: u16,
    started_at: Timestamp,
    duration_ms: u64,
    phases: PhasesView,
    address: Option<String>,
    outcome: &'static str,
    response_status: Option<u16>,
    response_headers: Option<HeaderMembers>,
    response_body: Option<String>,
    response_truncated: bool,
    error: Option<String>,
}

impl From<Attempt> for AttemptView {
    fn from(attempt: Attempt) -> Self {
        let report = attempt.report;
        let (status, headers, body, truncated) = match report.response {
            None => (None, None, None, false),
            Some(response) => (
                Some(response.status),
                Some(HeaderMembers::of(response.headers)),
                Some(String::from_utf8_lossy(&response.body).into_owned()),
                response.truncated,
            ),
        };
        Self {
            number: attempt.number.get(),
            started_at: attempt.started_at,
            duration_ms: u64::try_from(report.duration.as_millis()).unwrap_or(u64::MAX),
            phases: report.exchange.phases.into(),
            address: report.exchange.address.map(|address| address.to_string()),
            outcome: report.outcome.as_str(),
            response_status: status,
            response_headers: headers,
            response_body: body,
            response_truncated: truncated,
            error: report.error,
        }
    }
}

/// What the time went into, in milliseconds to three places. Null where a part did not happen.
#[derive(serde::Serialize)]
struct PhasesView {
    dns_ms: Option<f64>,
    connect_ms: Option<f64>,
    tls_ms: Option<f64>,
    first_byte_ms: Option<f64>,
    total_ms: Option<f64>,
}

impl From<Phases> for PhasesView {
    fn from(phases: Phases) -> Self {
        // Attempts end within minutes, which 32 bits of microseconds hold, and floats exactly.
        let millis =
            |span: Duration| f64::from(u32::try_from(span.as_micros()).unwrap_or(u32::MAX)) / 1_000.0;
        Self {
            dns_ms: phases.dns.map(millis),
            connect_ms: phases.connect.map(millis),
            tls_ms: phases.tls.map(millis),
            first_byte_ms: phases.first_byte.map(millis),
            total_ms: phases.total.map(millis),
        }
    }
}

/// Headers as a JSON object, in the order received; values of one name are joined by a comma, which means
/// the same (RFC 9110, 5.3).
struct HeaderMembers(Vec<(String, String)>);

impl HeaderMembers {
    fn of(headers: Vec<(String, Vec<u8>)>) -> Self {
        let mut members: Vec<(String, String)> = Vec::with_capacity(headers.len());
        for (name, value) in headers {
            let value = String::from_utf8_lossy(&value);
            match members.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                Some((_, joined)) => {
                    joined.push_str(", ");
                    joined.push_str(&value);
                }
                None => members.push((name, value.into_owned())),
            }
        }
        Self(members)
    }
}

impl Serialize for HeaderMembers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}
