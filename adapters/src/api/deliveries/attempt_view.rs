//! An attempt as clients see it.

use crate::api::openapi::schemas;
use serde::ser::{Serialize, Serializer};
use slotflow_domain::Timestamp;
use slotflow_domain::delivery::{Attempt, Phases};
use std::time::Duration;
use utoipa::ToSchema;

/// One request to a receiver, and what came of it. What the receiver sent is shown as text: bytes that are not
/// UTF-8 come out as U+FFFD.
#[derive(serde::Serialize, ToSchema)]
#[schema(as = Attempt)]
pub(in crate::api) struct AttemptView {
    /// Its place among the delivery's attempts.
    #[schema(minimum = 1)]
    number: u16,
    #[schema(value_type = schemas::Time)]
    started_at: Timestamp,
    duration_ms: u64,
    phases: PhasesView,
    /// Whom it was connected to; null where nobody was, and where nobody is to know.
    #[schema(required, example = "203.0.113.7:443")]
    address: Option<String>,
    #[schema(value_type = schemas::AttemptOutcome)]
    outcome: &'static str,
    #[schema(required)]
    response_status: Option<u16>,
    #[schema(value_type = Option<HashMap<String, String>>, required)]
    response_headers: Option<HeaderMembers>,
    /// The first 16 KiB at the most.
    #[schema(required)]
    response_body: Option<String>,
    /// Whether there was more of the body.
    response_truncated: bool,
    /// What went wrong, in words.
    #[schema(required)]
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
#[derive(serde::Serialize, ToSchema)]
#[schema(as = AttemptPhases)]
struct PhasesView {
    #[schema(required)]
    dns_ms: Option<f64>,
    #[schema(required)]
    connect_ms: Option<f64>,
    #[schema(required)]
    tls_ms: Option<f64>,
    #[schema(required)]
    first_byte_ms: Option<f64>,
    #[schema(required)]
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
