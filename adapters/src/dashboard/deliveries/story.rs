//! A delivery's story, in order: what happened, each attempt, and what is next or was last.

use crate::dashboard::words::timing::TimingBar;
use crate::dashboard::words::{Countdown, When, amount, outcome};
use serde::Deserialize;
use slotflow_application::ports::{AttemptLog, DeliveryRecord};
use slotflow_domain::Timestamp;
use slotflow_domain::clean_text::{clean, clean_lines};
use slotflow_domain::delivery::{Attempt, AttemptResponse, DeliveryStatus, Verdict};
use slotflow_domain::webhook::{DisabledReason, Webhook};

/// A story.
pub(super) struct Story {
    /// When the event happened.
    pub(super) happened: When,
    /// The delivery that this one repeats.
    pub(super) retry_of: Option<String>,
    pub(super) made: When,
    pub(super) attempts: Vec<AttemptItem>,
    pub(super) ending: Ending,
    /// Deliveries that repeat this one, oldest first.
    pub(super) retries: Vec<Retry>,
}

/// One attempt.
pub(super) struct AttemptItem {
    pub(super) number: u16,
    /// For the style sheet: `good` or `bad`.
    pub(super) kind: &'static str,
    pub(super) started: When,
    pub(super) took: String,
    pub(super) sentence: String,
    pub(super) timing: Option<TimingBar>,
    /// Whom it was connected to.
    pub(super) address: Option<String>,
    /// Whether the connection was there already.
    pub(super) reused: bool,
    pub(super) response: Option<ResponseText>,
}

/// What came back, to look at.
pub(super) struct ResponseText {
    pub(super) status: u16,
    /// A line each.
    pub(super) headers: String,
    pub(super) body: String,
    /// Whether there was more of the body.
    pub(super) truncated: bool,
}

/// What is next, or was last.
pub(super) struct Ending {
    /// For the style sheet.
    pub(super) kind: &'static str,
    pub(super) title: String,
    pub(super) at: Option<When>,
    pub(super) next: Option<Countdown>,
    pub(super) why: &'static str,
}

/// Another delivery of the same event.
pub(super) struct Retry {
    pub(super) id: String,
    pub(super) made: When,
}

impl Story {
    /// The story of a delivery to `webhook`, if that is still there. Of `siblings`, deliveries of the same event to the
    /// same webhook, it tells those that repeat it.
    pub(super) fn of(
        log: &AttemptLog,
        webhook: Option<&Webhook>,
        siblings: &[DeliveryRecord],
        now: Timestamp,
    ) -> Self {
        let delivery = &log.delivery;
        let repeats = siblings.iter().rev().filter(|sibling| sibling.retry_of == Some(delivery.id));
        Self {
            happened: When::new(event_time(log), now),
            retry_of: delivery.retry_of.map(|id| id.to_string()),
            made: When::new(delivery.created_at, now),
            attempts: log.attempts.iter().map(|attempt| AttemptItem::new(attempt, now)).collect(),
            ending: Ending::of(delivery, webhook, now),
            retries: repeats
                .map(|retry| Retry { id: retry.id.to_string(), made: When::new(retry.created_at, now) })
                .collect(),
        }
    }
}

impl AttemptItem {
    fn new(attempt: &Attempt, now: Timestamp) -> Self {
        let report = &attempt.report;
        let status = report.response.as_ref().map(|response| response.status);
        let phases = report.exchange.phases;
        let connected = phases.connect.or(phases.tls).is_some();
        Self {
            number: attempt.number.get(),
            kind: if report.verdict() == Verdict::Accepted { "good" } else { "bad" },
            started: When::new(attempt.started_at, now),
            took: amount::span(report.duration),
            sentence: clean(&outcome::sentence(report.outcome, status, report.error.as_deref())),
            timing: TimingBar::of(report),
            address: report.exchange.address.map(|address| address.to_string()),
            reused: !connected && phases.first_byte.is_some(),
            response: report.response.as_ref().map(ResponseText::of),
        }
    }
}

impl ResponseText {
    fn of(response: &AttemptResponse) -> Self {
        let line =
            |(name, value): &(String, Vec<u8>)| clean(&format!("{name}: {}", String::from_utf8_lossy(value)));
        Self {
            status: response.status,
            headers: response.headers.iter().map(line).collect::<Vec<_>>().join("\n"),
            body: clean_lines(&String::from_utf8_lossy(&response.body)),
            truncated: response.truncated,
        }
    }
}

impl Ending {
    fn of(delivery: &DeliveryRecord, webhook: Option<&Webhook>, now: Timestamp) -> Self {
        let attempt = format!("Attempt {}", delivery.attempt_count.saturating_add(1));
        let (kind, title, why) = match delivery.status {
            DeliveryStatus::Pending => ("wait", format!("{attempt} is due"), ""),
            DeliveryStatus::Delivering => ("wait", format!("{attempt} is being made"), ""),
            DeliveryStatus::Held => ("held", format!("{attempt} is held"), held(webhook)),
            DeliveryStatus::Delivered => ("good", "Delivered".to_owned(), ""),
            DeliveryStatus::Failed => ("bad", "Failed".to_owned(), "Nothing more is tried by itself."),
            DeliveryStatus::Cancelled => ("", "Cancelled".to_owned(), cancelled(webhook)),
        };
        Self {
            kind,
            title,
            at: When::maybe(delivery.completed_at, now),
            next: delivery.next_attempt_at.map(|due| Countdown::new(due, now)),
            why,
        }
    }
}

fn held(webhook: Option<&Webhook>) -> &'static str {
    match webhook.and_then(|webhook| webhook.activity.disabled_reason()) {
        Some(DisabledReason::Gone) => {
            "The webhook is disabled, as its receiver answered 410 Gone. It is sent when you resume the webhook."
        }
        Some(DisabledReason::Failing) => {
            "The webhook is disabled, as every attempt failed for days. It is sent when you resume the webhook."
        }
        Some(DisabledReason::Requested) | None => {
            "The webhook is paused. It is sent when you resume the webhook."
        }
    }
}

fn cancelled(webhook: Option<&Webhook>) -> &'static str {
    match webhook {
        Some(_) => "What was held was discarded when the webhook was resumed.",
        None => "The webhook was deleted, and with it went what waited.",
    }
}

/// When the event happened, as its payload says. (A delivery that repeats another is younger than that.)
fn event_time(log: &AttemptLog) -> Timestamp {
    #[derive(Deserialize)]
    struct Told {
        created_at: String,
    }
    let told: Option<Told> = serde_json::from_slice(log.payload.as_bytes()).ok();
    let time = told.and_then(|told| Timestamp::parse_rfc3339(&told.created_at).ok());
    time.unwrap_or(log.delivery.created_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use slotflow_domain::delivery::{AttemptNumber, AttemptOutcome, AttemptReport, Exchange, Phases};
    use slotflow_domain::event::{EventCatalog, EventSet, EventType, Payload, Sequence};
    use slotflow_domain::signing::SigningSecret;
    use slotflow_domain::webhook::{UrlRules, WebhookActivity, WebhookUrl};
    use slotflow_domain::{DeliveryId, EventId, OrganizationId, WebhookId};
    use std::time::Duration;
    use uuid::Uuid;

    fn now() -> Timestamp {
        Timestamp::parse_rfc3339("2026-03-10T14:05:00Z").unwrap()
    }

    fn record(id: u128, status: DeliveryStatus) -> DeliveryRecord {
        DeliveryRecord {
            id: DeliveryId::new(Uuid::from_u128(id)),
            webhook_id: WebhookId::new(Uuid::from_u128(2)),
            url: "https://hooks.acme.dev/a".to_owned(),
            event_id: EventId::new(Uuid::from_u128(3)),
            event_type: EventType::BOOKING_CONFIRMED,
            booking_id: None,
            status,
            attempt_count: 1,
            next_attempt_at: None,
            last_outcome: None,
            last_response_status: None,
            last_error: None,
            retry_of: None,
            created_at: now(),
            completed_at: None,
        }
    }

    fn webhook(activity: WebhookActivity) -> Webhook {
        Webhook {
            id: WebhookId::new(Uuid::from_u128(2)),
            organization_id: OrganizationId::new(Uuid::from_u128(1)),
            url: WebhookUrl::parse("https://hooks.acme.dev/a", &UrlRules::strict()).unwrap(),
            events: EventSet::parse(&["booking.confirmed"], &EventCatalog::bookings()).unwrap(),
            secrets: SigningSecret::from_random([7; 32]).into(),
            activity,
            active_since: now(),
            created_at: now(),
        }
    }

    fn log(payload: &[u8]) -> AttemptLog {
        AttemptLog {
            delivery: record(1, DeliveryStatus::Failed),
            attempts: Vec::new(),
            sequence: Sequence(1),
            payload: Payload::from_stored(payload.to_vec()),
        }
    }

    #[test]
    fn every_status_has_an_ending_that_says_why() {
        let disabled = DisabledReason::ALL.map(|reason| Some(webhook(WebhookActivity::Disabled(reason))));
        let webhooks: Vec<_> =
            disabled.into_iter().chain([None, Some(webhook(WebhookActivity::Active))]).collect();
        for status in DeliveryStatus::ALL {
            for webhook in &webhooks {
                let ending = Ending::of(&record(1, status), webhook.as_ref(), now());
                let has_why = matches!(
                    status,
                    DeliveryStatus::Held | DeliveryStatus::Failed | DeliveryStatus::Cancelled
                );
                assert_eq!(ending.why.is_empty(), !has_why, "{status}");
                assert_eq!(ending.title.contains("Attempt 2"), !status.is_final(), "{status}");
            }
        }
        let gone = webhook(WebhookActivity::Disabled(DisabledReason::Gone));
        assert!(held(Some(&gone)).contains("410"));
        assert!(cancelled(None).contains("deleted"));
    }

    #[test]
    fn the_event_is_as_old_as_its_payload_says() {
        let told = |payload: &[u8]| Story::of(&log(payload), None, &[], now()).happened.iso;
        assert_eq!(
            told(br#"{"created_at":"2026-03-09T00:00:00.000Z","data":{}}"#),
            "2026-03-09T00:00:00.000Z"
        );
        for unclear in [&b"{}"[..], b"\xff", br#"{"created_at":7}"#, br#"{"created_at":"then"}"#] {
            assert_eq!(told(unclear), now().to_string());
        }
    }

    #[test]
    fn only_deliveries_that_repeat_this_one_are_its_retries() {
        let retry = |id, of: Option<u128>| DeliveryRecord {
            retry_of: of.map(|id| DeliveryId::new(Uuid::from_u128(id))),
            ..record(id, DeliveryStatus::Pending)
        };
        let siblings = [retry(9, Some(1)), retry(8, Some(7)), retry(7, None), retry(6, Some(1))];
        let story = Story::of(&log(b"{}"), None, &siblings, now());
        let told: Vec<_> = story.retries.iter().map(|retry| retry.id.as_str()).collect();
        assert_eq!(told, [Uuid::from_u128(6).to_string(), Uuid::from_u128(9).to_string()]);
    }

    #[test]
    fn nothing_that_a_receiver_sent_is_acted_on() {
        let response = AttemptResponse {
            status: 500,
            headers: vec![
                ("x-a".to_owned(), b"1\r\nx-b: 2\x1b[2J".to_vec()),
                ("x-c".to_owned(), b"\xff".to_vec()),
            ],
            body: b"line\r\n\ttab\0\x1b]0;title\x07\xe2\x80\xae".to_vec(),
            truncated: true,
        };
        let text = ResponseText::of(&response);
        assert_eq!(text.headers, "x-a: 1\u{fffd}\u{fffd}x-b: 2\u{fffd}[2J\nx-c: \u{fffd}");
        assert_eq!(text.body, "line\n\ttab\u{fffd}\u{fffd}]0;title\u{fffd}\u{fffd}");
    }

    #[test]
    fn a_connection_that_was_open_already_is_told() {
        let attempt = |phases| Attempt {
            number: AttemptNumber::FIRST,
            started_at: now(),
            report: AttemptReport {
                outcome: AttemptOutcome::Success,
                response: None,
                error: None,
                duration: Duration::from_millis(5),
                exchange: Exchange { address: None, phases },
            },
        };
        let first_byte = Some(Duration::from_millis(4));
        let reused = |phases| AttemptItem::new(&attempt(phases), now()).reused;
        assert!(reused(Phases { first_byte, ..Phases::default() }));
        assert!(!reused(Phases { first_byte, connect: first_byte, ..Phases::default() }));
        assert!(!reused(Phases::default()), "nothing is known");
    }
}
