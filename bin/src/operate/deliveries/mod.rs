//! `slotflow deliveries …`: what became of each event at each webhook.

mod attempt;
mod delivery;
mod retry;
mod show;
mod status;
mod story;

pub(super) use delivery::Delivery;
pub(super) use story::attempt as attempt_lines;

use super::flags::{AmountFlags, SpanFlags};
use super::listing;
use super::operator::Operator;
use super::query::Query;
use crate::failure::Failure;
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::{BookingId, DeliveryId, WebhookId};
use std::process::ExitCode;

/// The words behind `slotflow deliveries`.
#[derive(Debug, Subcommand)]
pub(crate) enum DeliveriesCommand {
    /// List deliveries, newest first
    List(ListFlags),
    /// Tell one delivery's story: each attempt and what came of it, and what was sent
    Show {
        /// The delivery's id
        id: DeliveryId,
        /// Print the payload as it was sent, byte for byte, instead of indented
        #[arg(long)]
        raw: bool,
    },
    /// Deliver the same events again, as new deliveries
    Retry {
        /// The deliveries' ids
        #[arg(required = true, value_name = "ID")]
        ids: Vec<DeliveryId>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ListFlags {
    /// Only those with this status
    #[arg(long, value_parser = statuses())]
    status: Option<String>,
    /// Only those to this webhook
    #[arg(long, value_name = "ID")]
    webhook: Option<WebhookId>,
    /// Only those of this type of event, such as booking.confirmed
    #[arg(long, value_name = "TYPE")]
    event: Option<String>,
    /// Only those of this booking's events
    #[arg(long, value_name = "ID")]
    booking: Option<BookingId>,
    #[command(flatten)]
    span: SpanFlags,
    #[command(flatten)]
    amount: AmountFlags,
}

fn statuses() -> PossibleValuesParser {
    PossibleValuesParser::new(DeliveryStatus::ALL.map(DeliveryStatus::as_str))
}

/// `slotflow deliveries …`
pub(super) async fn run(operator: &Operator, command: DeliveriesCommand) -> Result<ExitCode, Failure> {
    match command {
        DeliveriesCommand::List(flags) => {
            let query = Query::of("/v1/deliveries")
                .with("status", flags.status)
                .with("webhook_id", flags.webhook)
                .with("event", flags.event)
                .with("booking_id", flags.booking)
                .within(&flags.span, operator.now);
            listing::print::<Delivery>(operator, &query, &flags.amount).await
        }
        DeliveriesCommand::Show { id, raw } => show::run(operator, id, raw).await,
        DeliveriesCommand::Retry { ids } => retry::run(operator, &ids).await,
    }
}
