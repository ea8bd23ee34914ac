//! `slotflow webhooks test`

use crate::client::Answer;
use crate::failure::Failure;
use crate::operate::deliveries::{Delivery, attempt_lines};
use crate::operate::operator::Operator;
use crate::output::say;
use crate::terminal::CleanText;
use serde::Deserialize;
use slotflow_domain::WebhookId;
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long the result is waited for: a little longer than an attempt may take unless the server is told
/// otherwise.
const PATIENCE: Duration = Duration::from_secs(12);
/// How often is looked, at first; later less often.
const FIRST_LOOK: Duration = Duration::from_millis(50);
const SLOWEST_LOOK: Duration = Duration::from_millis(500);

#[derive(Deserialize)]
struct Sent {
    delivery_id: CleanText,
}

/// Sends a test event, and waits for what comes of it.
pub(super) async fn run(operator: &Operator, id: WebhookId, no_wait: bool) -> Result<ExitCode, Failure> {
    let answer = operator.client.post(&format!("/v1/webhooks/{id}/test"), None).await?;
    let sent: Sent = answer.parse()?;
    if no_wait {
        operator.print(&answer, || {
            Ok(vec![format!("sent; slotflow deliveries show {} tells what came of it", sent.delivery_id)])
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    if !operator.json {
        say!("test event sent as delivery {}", sent.delivery_id);
    }
    let answer = outcome(operator, &sent).await?;
    let delivery: Delivery = answer.parse()?;
    operator.print(&answer, || Ok(told(operator, &delivery)))?;
    Ok(if delivery.has_arrived() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The delivery as soon as it is at rest, or as it is when that takes too long.
async fn outcome(operator: &Operator, sent: &Sent) -> Result<Answer, Failure> {
    let deadline = Instant::now() + PATIENCE;
    let mut pause = FIRST_LOOK;
    loop {
        let answer = operator.client.get(&format!("/v1/deliveries/{}", sent.delivery_id)).await?;
        if answer.parse::<Delivery>()?.is_at_rest() || Instant::now() >= deadline {
            return Ok(answer);
        }
        sleep(pause).await;
        pause = (pause * 2).min(SLOWEST_LOOK);
    }
}

fn told(operator: &Operator, delivery: &Delivery) -> Vec<String> {
    let mut lines: Vec<_> =
        delivery.attempts.iter().flat_map(|attempt| attempt_lines(attempt, operator.colours)).collect();
    lines.push(match delivery.status.as_str() {
        "delivered" => "it arrived".to_owned(),
        "held" => format!(
            "it is held, as the webhook is disabled; slotflow webhooks resume {} sends it",
            delivery.webhook_id
        ),
        "failed" | "cancelled" => "it did not arrive".to_owned(),
        _ => format!("no result yet; slotflow deliveries show {} will tell it", delivery.id),
    });
    lines
}
