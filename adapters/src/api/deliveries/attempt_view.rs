//! An attempt as clients see it.

use crate::api::openapi::schemas;
use serde::ser::{Serialize, Serializer};
use slotflow_domain::Timestamp;
use slotflow_domain::delivery::Attempt;
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
            outcome: report.outcome.as_str(),
            response_status: status,
            response_headers: headers,
            response_body: body,
            response_truncated: truncated,
            error: report.error,
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
