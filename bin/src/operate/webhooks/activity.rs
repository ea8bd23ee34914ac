//! `slotflow webhooks pause` and `resume`

use super::webhook::Webhook;
use crate::failure::Failure;
use crate::operate::operator::Operator;
use serde_json::{Value, json};
use slotflow_domain::WebhookId;
use std::process::ExitCode;

/// Disables the webhook.
pub(super) async fn pause(operator: &Operator, id: WebhookId) -> Result<ExitCode, Failure> {
    let change = json!({"active": false});
    change_to(operator, id, &change, "is paused: what comes for it is held until slotflow webhooks resume")
        .await
}

/// Enables the webhook; what was held is delivered, or discarded.
pub(super) async fn resume(operator: &Operator, id: WebhookId, discard: bool) -> Result<ExitCode, Failure> {
    let (change, told) = if discard {
        (json!({"active": true, "held": "discard"}), "is active; what was held for it is cancelled")
    } else {
        (json!({"active": true}), "is active; what was held for it is delivered now")
    };
    change_to(operator, id, &change, told).await
}

async fn change_to(
    operator: &Operator,
    id: WebhookId,
    change: &Value,
    told: &str,
) -> Result<ExitCode, Failure> {
    let answer = operator.client.patch(&format!("/v1/webhooks/{id}"), change).await?;
    operator.print(&answer, || {
        let webhook: Webhook = answer.parse()?;
        Ok(vec![format!("webhook {} ({}) {told}", webhook.id, webhook.url)])
    })?;
    Ok(ExitCode::SUCCESS)
}
