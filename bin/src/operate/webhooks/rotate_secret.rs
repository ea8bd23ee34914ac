//! `slotflow webhooks rotate-secret`

use crate::failure::Failure;
use crate::operate::operator::Operator;
use crate::terminal::{CleanText, short};
use serde::Deserialize;
use serde_json::json;
use slotflow_domain::WebhookId;
use std::process::ExitCode;
use std::time::Duration;

/// The one answer whose secret is shown: the receiver has to be told it.
#[derive(Deserialize)]
struct Rotated {
    signing_secret: CleanText,
}

/// Gives the webhook a new secret, beside which the old one stays good for the overlap.
pub(super) async fn run(
    operator: &Operator,
    id: WebhookId,
    overlap: Option<Duration>,
) -> Result<ExitCode, Failure> {
    // The API counts whole seconds.
    let overlap = overlap.map(|overlap| Duration::from_secs(overlap.as_secs()));
    let body = overlap.map(|overlap| json!({"overlap_seconds": overlap.as_secs()}));
    let answer = operator.client.post(&format!("/v1/webhooks/{id}/rotate-secret"), body.as_ref()).await?;
    operator.print(&answer, || {
        let Rotated { signing_secret } = answer.parse()?;
        Ok(vec![signing_secret.to_string(), told(overlap)])
    })?;
    Ok(ExitCode::SUCCESS)
}

fn told(overlap: Option<Duration>) -> String {
    let old = match overlap {
        // What is claimed already goes out under the secrets of its claim.
        Some(Duration::ZERO) => {
            "What is sent from now on is not signed with the old one; a request already under way may be, for up to \
             15 s (longer with --lease)."
                .to_owned()
        }
        Some(overlap) => format!("For {} deliveries are signed with the old one too.", short(overlap)),
        None => "For a while deliveries are signed with the old one too.".to_owned(),
    };
    format!("That is the new signing secret. {old}")
}
