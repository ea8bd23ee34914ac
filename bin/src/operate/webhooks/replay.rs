//! `slotflow webhooks replay`

use super::ReplayFlags;
use crate::failure::Failure;
use crate::operate::operator::Operator;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::process::ExitCode;

/// How many events are delivered again.
#[derive(Deserialize)]
struct Accepted {
    queued: u64,
}

/// Asks for past events to be delivered again, or how many that would be.
pub(super) async fn run(operator: &Operator, flags: ReplayFlags) -> Result<ExitCode, Failure> {
    let ReplayFlags { id, since, until, status, dry_run } = flags;
    let moment = |moment: super::Moment| moment.seen_from(operator.now).to_string();
    let mut body = Map::from_iter([("since".to_owned(), Value::from(moment(since)))]);
    body.extend(until.map(|until| ("until".to_owned(), moment(until).into())));
    body.extend(status.map(|status| ("status".to_owned(), status.into())));
    let query = if dry_run { "?dry_run=true" } else { "" };
    let path = format!("/v1/webhooks/{id}/replay{query}");
    let answer = operator.client.post(&path, Some(&Value::Object(body))).await?;
    operator.print(&answer, || Ok(vec![told(&answer.parse()?, dry_run)]))?;
    Ok(ExitCode::SUCCESS)
}

fn told(Accepted { queued }: &Accepted, dry_run: bool) -> String {
    let events = if *queued == 1 { "1 event".to_owned() } else { format!("{queued} events") };
    if dry_run {
        format!("{events} would be delivered again; nothing was sent")
    } else {
        format!("{events} will be delivered again; slotflow deliveries list --webhook shows how that goes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dry_run_says_that_it_was_one() {
        assert_eq!(told(&Accepted { queued: 1 }, true), "1 event would be delivered again; nothing was sent");
        assert!(told(&Accepted { queued: 0 }, false).starts_with("0 events will be delivered again"));
    }
}
