//! `slotflow webhooks …`: where events go, how that goes, and mending it.

mod activity;
mod list;
mod replay;
mod rotate_secret;
mod show;
mod test;
mod webhook;

use super::moment::Moment;
use super::operator::Operator;
use crate::failure::Failure;
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use slotflow_domain::WebhookId;
use std::process::ExitCode;
use std::time::Duration;

/// The words behind `slotflow webhooks`.
#[derive(Debug, Subcommand)]
pub(crate) enum WebhooksCommand {
    /// List webhooks, oldest first, the disabled ones too
    List,
    /// Show one webhook and how its deliveries go
    Show {
        /// The webhook's id
        id: WebhookId,
    },
    /// Send a test event, and show what came of it; exit code 1 unless it arrived
    Test {
        /// The webhook's id
        id: WebhookId,
        /// Do not wait for the result
        #[arg(long)]
        no_wait: bool,
    },
    /// Deliver past events again, each as a new delivery
    Replay(ReplayFlags),
    /// Disable a webhook: what is due for it is held
    Pause {
        /// The webhook's id
        id: WebhookId,
    },
    /// Enable a webhook: what was held for it is delivered
    Resume {
        /// The webhook's id
        id: WebhookId,
        /// Cancel what was held instead of delivering it
        #[arg(long)]
        discard: bool,
    },
    /// Give a webhook a new signing secret, and print it
    RotateSecret {
        /// The webhook's id
        id: WebhookId,
        /// How long deliveries are signed with the old secret too, such as 24h [default: the server's]
        #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration)]
        overlap: Option<Duration>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ReplayFlags {
    /// The webhook's id
    id: WebhookId,
    /// Events from this time on: 2026-03-10T14:05:00Z, 2026-03-10 (its first moment, UTC), or how long ago:
    /// 2h, 3d
    #[arg(long, value_name = "TIME")]
    since: Moment,
    /// Events before this time [default: now]
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
    /// Only those whose delivery to this webhook ended so
    #[arg(long, value_parser = PossibleValuesParser::new(["failed", "cancelled", "delivered"]))]
    status: Option<String>,
    /// Only say how many it would be
    #[arg(long)]
    dry_run: bool,
}

/// `slotflow webhooks …`
pub(super) async fn run(operator: &Operator, command: WebhooksCommand) -> Result<ExitCode, Failure> {
    match command {
        WebhooksCommand::List => list::run(operator).await,
        WebhooksCommand::Show { id } => show::run(operator, id).await,
        WebhooksCommand::Test { id, no_wait } => test::run(operator, id, no_wait).await,
        WebhooksCommand::Replay(flags) => replay::run(operator, flags).await,
        WebhooksCommand::Pause { id } => activity::pause(operator, id).await,
        WebhooksCommand::Resume { id, discard } => activity::resume(operator, id, discard).await,
        WebhooksCommand::RotateSecret { id, overlap } => rotate_secret::run(operator, id, overlap).await,
    }
}
