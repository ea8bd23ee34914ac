//! `slotflow webhooks show`

use super::webhook::{Health, Webhook};
use crate::failure::Failure;
use crate::operate::facts::Facts;
use crate::operate::operator::Operator;
use crate::operate::time::Time;
use crate::terminal::{Colour, Colours};
use slotflow_domain::{Timestamp, WebhookId};
use std::process::ExitCode;

/// What it is, and how its deliveries go.
pub(super) async fn run(operator: &Operator, id: WebhookId) -> Result<ExitCode, Failure> {
    let answer = operator.client.get(&format!("/v1/webhooks/{id}")).await?;
    operator.print(&answer, || Ok(lines(&answer.parse()?, operator.now, operator.colours)))?;
    Ok(ExitCode::SUCCESS)
}

/// The webhook line by line. The secret stays out of scrollbacks and screenshots.
fn lines(webhook: &Webhook, now: Timestamp, colours: Colours) -> Vec<String> {
    let (state, colour) = webhook.state();
    let mut facts = Facts::default()
        .and("webhook", &webhook.id)
        .and("state", colours.paint(colour, state))
        .and_if("because", webhook.disabled_reason.as_ref())
        .and("url", &webhook.url)
        .and("events", webhook.events())
        .and("created", webhook.created_at.in_full(now))
        .and("secret", "not shown here; --json has it");
    if let Some(health) = &webhook.health {
        facts = health_facts(facts, health, now, colours);
    }
    facts.lines()
}

fn health_facts(facts: Facts, health: &Health, now: Timestamp, colours: Colours) -> Facts {
    let time = |time: Option<Time>| time.map_or_else(|| "none known".to_owned(), |time| time.in_full(now));
    let in_a_row = match health.consecutive_failures {
        0 => None,
        1 => Some(colours.paint(Colour::Bad, "1 failure since the last success")),
        count => Some(colours.paint(Colour::Bad, &format!("{count} failures since the last success"))),
    };
    facts
        .and("last 24 h", last_day(health))
        .and("success", time(health.last_success_at))
        .and("failure", time(health.last_failure_at))
        .and_if("now", in_a_row)
        .and_if("waiting", health.oldest_pending_at.map(|time| format!("since {}", time.in_full(now))))
}

/// `12 delivered, 1 failed: 92.3 %`
fn last_day(health: &Health) -> String {
    let Health { delivered_24h: delivered, failed_24h: failed, .. } = *health;
    let Some(all) = delivered.checked_add(failed).filter(|all| *all > 0) else {
        return "nothing delivered, nothing failed".to_owned();
    };
    // In tenths of a percent, rounded down: 100.0 % is all of them.
    let tenths = u128::from(delivered) * 1_000 / u128::from(all);
    format!("{delivered} delivered, {failed} failed: {}.{} %", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn shown(change: Value) -> Vec<String> {
        let mut told = json!({
            "id": "w1", "url": "https://hooks.acme.dev/\u{1b}[2J", "events": ["booking.confirmed", "booking.cancelled"],
            "signing_secret": "whsec_c2VjcmV0", "active": true, "created_at": "2026-03-09T14:05:00.000Z",
            "disabled_reason": null,
        });
        for (name, value) in change.as_object().unwrap() {
            told[name] = value.clone();
        }
        let now = Timestamp::parse_rfc3339("2026-03-10T14:05:00Z").unwrap();
        lines(&serde_json::from_value(told).unwrap(), now, Colours::NONE)
    }

    #[test]
    fn a_webhook_is_shown_without_its_secret() {
        let expected = [
            "webhook     w1",
            "state       active",
            "url         https://hooks.acme.dev/\u{fffd}[2J",
            "events      booking.confirmed, booking.cancelled",
            "created     2026-03-09T14:05:00.000Z (24h ago)",
            "secret      not shown here; --json has it",
        ];
        assert_eq!(shown(json!({})), expected);
    }

    #[test]
    fn health_is_shown_where_the_server_tells_of_it() {
        let health = json!({
            "delivered_24h": 1999, "failed_24h": 1, "success_rate_24h": 0.9995,
            "last_success_at": "2026-03-10T14:00:00.000Z", "last_failure_at": null,
            "consecutive_failures": 3, "oldest_pending_at": "2026-03-10T14:04:00.000Z",
        });
        let told = shown(json!({"active": false, "disabled_reason": "paused", "health": health}));
        assert_eq!((told[1].as_str(), told[2].as_str()), ("state       disabled", "because     paused"));
        let expected = [
            "last 24 h   1999 delivered, 1 failed: 99.9 %",
            "success     2026-03-10T14:00:00.000Z (5m ago)",
            "failure     none known",
            "now         3 failures since the last success",
            "waiting     since 2026-03-10T14:04:00.000Z (1m ago)",
        ];
        assert_eq!(told[7..], expected);
    }
}
