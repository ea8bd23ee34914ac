//! A delivery's story, in order.

use super::attempt::Attempt;
use super::delivery::Delivery;
use super::status;
use crate::operate::facts::Facts;
use crate::operate::time::Time;
use crate::terminal::{Colour, Colours, clean, millis};
use serde::Deserialize;
use slotflow_domain::Timestamp;

/// What is shown of a response: enough to recognize an error page by.
const RESPONSE_LINES: usize = 12;
const RESPONSE_LINE_CHARACTERS: usize = 160;

/// The width of a time, and what is indented below one.
const TIME: usize = 24;

/// What the delivery is.
pub(super) fn facts(delivery: &Delivery, now: Timestamp, colours: Colours) -> Vec<String> {
    let word = delivery.status.as_str();
    let status = status::colour(word).map_or_else(|| word.to_owned(), |colour| colours.paint(colour, word));
    Facts::default()
        .and("delivery", &delivery.id)
        .and("status", status)
        .and("event", format!("{} {}", delivery.event, delivery.event_id))
        .and_if("booking", delivery.booking_id.as_ref())
        .and("webhook", &delivery.webhook_id)
        .and("url", &delivery.url)
        .and_if("retry of", delivery.retry_of.as_ref())
        .and("created", delivery.created_at.in_full(now))
        .lines()
}

/// The event, each attempt, and what is next or was last.
pub(super) fn lines(delivery: &Delivery, now: Timestamp, colours: Colours) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(happened) = event_time(delivery) {
        lines.push(at(happened, &format!("{} happened", delivery.event)));
    }
    lines.push(match &delivery.retry_of {
        None => at(delivery.created_at, "delivery created"),
        Some(earlier) => at(delivery.created_at, &format!("delivery created, a retry of {earlier}")),
    });
    for made in &delivery.attempts {
        lines.extend(attempt(made, colours));
    }
    lines.push(ending(delivery, now, colours));
    lines
}

/// An attempt: when, what came of it, how long it took, and what the receiver said.
pub(in crate::operate) fn attempt(attempt: &Attempt, colours: Colours) -> Vec<String> {
    let colour = if attempt.succeeded() { Colour::Good } else { Colour::Bad };
    let outcome = match attempt.response_status {
        Some(status) => format!("{} {status}", attempt.outcome),
        None => attempt.outcome.to_string(),
    };
    let took = millis(attempt.duration());
    let head = format!("attempt {}: {} in {took}", attempt.number, colours.paint(colour, &outcome));
    let mut lines = vec![at(attempt.started_at, &head)];
    lines.extend(attempt.error.iter().map(|error| below(error.as_str())));
    let to = attempt.address.as_ref().map(|address| format!("to {address}"));
    let parts: Vec<_> = to.into_iter().chain(attempt.phases()).collect();
    if !parts.is_empty() {
        lines.push(below(&colours.paint(Colour::Faint, &parts.join(": "))));
    }
    lines.extend(response(attempt).iter().map(|line| below(&format!("| {line}"))));
    lines
}

/// The beginning of what the receiver said.
fn response(attempt: &Attempt) -> Vec<String> {
    let body = attempt.response_body.as_deref().unwrap_or_default().trim_end();
    let mut lines: Vec<_> = body.lines().take(RESPONSE_LINES).map(beginning).collect();
    if body.lines().nth(RESPONSE_LINES).is_some() {
        lines.push("… (--json has all that is kept)".to_owned());
    } else if attempt.response_truncated {
        lines.push("… (the rest was not kept)".to_owned());
    }
    lines
}

fn beginning(line: &str) -> String {
    let mut characters = line.chars();
    let mut text: String = characters.by_ref().take(RESPONSE_LINE_CHARACTERS).collect();
    if characters.next().is_some() {
        text.push('…');
    }
    clean(&text.replace('\t', " "))
}

/// What is next, or how it ended.
fn ending(delivery: &Delivery, now: Timestamp, colours: Colours) -> String {
    let next = delivery.attempt_count.saturating_add(1);
    let told = match (delivery.status.as_str(), delivery.next_attempt_at) {
        ("delivered", _) => "delivered".to_owned(),
        ("failed", _) => {
            "failed: no further attempt is made; slotflow deliveries retry makes a new delivery".to_owned()
        }
        ("cancelled", _) => "cancelled".to_owned(),
        ("held", _) => format!(
            "held: its webhook is disabled; slotflow webhooks resume {} goes on with attempt {next}",
            delivery.webhook_id
        ),
        ("delivering", _) => format!("attempt {next} is being made"),
        (_, Some(due)) => format!("attempt {next} is due {}", due.relative(now)),
        (other, None) => other.to_owned(),
    };
    let told = match status::colour(delivery.status.as_str()) {
        Some(colour) => colours.paint(colour, &told),
        None => told,
    };
    match delivery.completed_at.or(delivery.next_attempt_at) {
        Some(time) => at(time, &told),
        None => below(&told),
    }
}

/// When the event happened, as its payload says.
fn event_time(delivery: &Delivery) -> Option<Time> {
    #[derive(Deserialize)]
    struct Payload {
        created_at: Time,
    }
    let payload: Payload = serde_json::from_str(&delivery.request.as_ref()?.body).ok()?;
    Some(payload.created_at)
}

fn at(time: Time, what: &str) -> String {
    format!("{:<TIME$}  {what}", time.0.to_string())
}

fn below(what: &str) -> String {
    format!("{:<TIME$}  {what}", "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn now() -> Timestamp {
        Timestamp::parse_rfc3339("2026-03-10T14:11:00Z").unwrap()
    }

    fn delivery(change: Value) -> Delivery {
        let mut told = json!({
            "id": "d1", "webhook_id": "w1", "url": "https://hooks.acme.dev/in", "event_id": "e1",
            "event": "booking.confirmed", "booking_id": "b1", "status": "pending", "attempt_count": 2,
            "next_attempt_at": "2026-03-10T15:10:00.000Z", "last_response_status": null,
            "last_error": "no answer within 10 s", "retry_of": null,
            "created_at": "2026-03-10T14:05:00.020Z", "completed_at": null,
            "request": {"headers": {}, "body": "{\"event\":\"booking.confirmed\",\"created_at\":\"2026-03-10T14:05:00.000Z\"}"},
            "attempts": [
                {"number": 1, "started_at": "2026-03-10T14:05:00.030Z", "duration_ms": 41,
                 "phases": {"dns_ms": 1.234, "connect_ms": null, "tls_ms": 20.0, "first_byte_ms": null, "total_ms": 41.0},
                 "address": "203.0.113.7:443", "outcome": "http_status", "response_status": 500,
                 "response_headers": {}, "response_body": "<h1>\u{1b}[2Jno room</h1>\n\tat the inn\n",
                 "response_truncated": true, "error": "answered 500"},
                {"number": 2, "started_at": "2026-03-10T14:10:00.040Z", "duration_ms": 10_000, "outcome": "timeout",
                 "response_status": null, "response_headers": null, "response_body": null,
                 "response_truncated": false, "error": "no answer within 10 s"},
            ],
        });
        for (name, value) in change.as_object().unwrap() {
            told[name] = value.clone();
        }
        serde_json::from_value(told).unwrap()
    }

    fn last_line(change: Value) -> String {
        lines(&delivery(change), now(), Colours::NONE).pop().unwrap().trim_start().to_owned()
    }

    #[test]
    fn the_story_is_told_in_order() {
        let told = lines(&delivery(json!({})), now(), Colours::NONE);
        let expected = [
            "2026-03-10T14:05:00.000Z  booking.confirmed happened",
            "2026-03-10T14:05:00.020Z  delivery created",
            "2026-03-10T14:05:00.030Z  attempt 1: http_status 500 in 41 ms",
            "                          answered 500",
            "                          to 203.0.113.7:443: DNS 1.2 ms, TLS 20.0 ms",
            "                          | <h1>\u{fffd}[2Jno room</h1>",
            "                          |  at the inn",
            "                          | … (the rest was not kept)",
            "2026-03-10T14:10:00.040Z  attempt 2: timeout in 10.0 s",
            "                          no answer within 10 s",
            "2026-03-10T15:10:00.000Z  attempt 3 is due in 59m",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn every_status_says_what_is_next_or_was_last() {
        let ended = "2026-03-10T15:10:01.000Z";
        for (change, expected) in [
            (json!({"status": "delivered", "completed_at": ended, "next_attempt_at": null}), "delivered"),
            (
                json!({"status": "failed", "completed_at": ended, "next_attempt_at": null}),
                "failed: no further",
            ),
            (json!({"status": "cancelled", "completed_at": ended, "next_attempt_at": null}), "cancelled"),
            (json!({"status": "held", "next_attempt_at": null}), "held: its webhook is disabled"),
            (json!({"status": "delivering", "next_attempt_at": null}), "attempt 3 is being made"),
            (json!({"status": "unheard-of", "next_attempt_at": null}), "unheard-of"),
        ] {
            let told = last_line(change);
            assert!(told.trim_start_matches(ended).trim_start().starts_with(expected), "{told}");
        }
    }

    #[test]
    fn a_server_that_tells_less_is_understood() {
        let told = lines(&delivery(json!({"request": null, "retry_of": "d0"})), now(), Colours::NONE);
        assert_eq!(told[0], "2026-03-10T14:05:00.020Z  delivery created, a retry of d0");
    }

    #[test]
    fn a_long_response_is_only_begun() {
        let body = format!("{}\n{}", "x".repeat(500), "line\n".repeat(40));
        let mut delivery = delivery(json!({}));
        delivery.attempts[0].response_body = Some(body);
        let told = response(&delivery.attempts[0]);
        assert_eq!(told.len(), RESPONSE_LINES + 1);
        assert_eq!(told[0].chars().count(), RESPONSE_LINE_CHARACTERS + 1);
        assert!(told[RESPONSE_LINES].contains("--json"));
    }

    #[test]
    fn facts_that_there_are_not_have_no_line() {
        let told = facts(&delivery(json!({"booking_id": null})), now(), Colours::NONE);
        assert_eq!(told[1], "status      pending");
        assert!(
            told.iter().all(|line| !line.starts_with("booking") && !line.starts_with("retry")),
            "{told:#?}"
        );
        assert_eq!(told.last().unwrap(), "created     2026-03-10T14:05:00.020Z (5m ago)");
    }
}
