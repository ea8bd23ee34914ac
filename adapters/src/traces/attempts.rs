//! Attempts as spans.

use super::{Ended, Traces};
use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use slotflow_application::ports::{DeliveryObserver, EndedAttempt};
use slotflow_domain::delivery::Verdict;
use std::time::{Duration, SystemTime};

impl DeliveryObserver for Traces {
    /// The span that the attempt was told to be, below the request that caused its event. An event that nobody traced
    /// has none, and the attempt begins a trace of its own. A lost attempt is no span: nobody knows when it began.
    fn attempt_ended<'a>(&self, attempt: &EndedAttempt<'a>) {
        let report = attempt.report;
        let status = report.response.as_ref().map(|response| response.status);
        let mut attributes = vec![
            KeyValue::new("slotflow.delivery_id", attempt.delivery_id.to_string()),
            KeyValue::new("slotflow.webhook_id", attempt.webhook_id.to_string()),
            KeyValue::new("slotflow.attempt", i64::from(attempt.number.get())),
            KeyValue::new("slotflow.outcome", report.outcome.to_string()),
            KeyValue::new("http.request.method", "POST"),
        ];
        attributes.extend(status.map(|status| KeyValue::new("http.response.status_code", i64::from(status))));
        let since_1970 = u64::try_from(attempt.started_at.as_millis()).unwrap_or(0);
        self.end(Ended {
            place: attempt.span.unwrap_or_else(|| self.begin(None)),
            cause: attempt.cause,
            kind: SpanKind::Client,
            name: "webhook attempt".to_owned(),
            began: SystemTime::UNIX_EPOCH + Duration::from_millis(since_1970),
            took: report.duration,
            attributes,
            failed: !matches!(report.verdict(), Verdict::Accepted),
        });
    }
}
