//! `slotflow events …`: what happened, and where it was sent.

mod event;
mod list;
mod show;

use super::flags::{AmountFlags, SpanFlags};
use super::listing;
use super::operator::Operator;
use super::query::Query;
use crate::failure::Failure;
use clap::{Args, Subcommand};
use event::Event;
use slotflow_domain::{BookingId, EventId};
use std::process::ExitCode;

/// The words behind `slotflow events`.
#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// List events, newest first, those that no webhook wanted included
    List(ListFlags),
    /// Show one event: its payload and its deliveries
    Show {
        /// The event's id
        id: EventId,
        /// Print the payload as it is sent, byte for byte, instead of indented
        #[arg(long)]
        raw: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ListFlags {
    /// Only those of this type, such as booking.confirmed
    #[arg(long, value_name = "TYPE")]
    event: Option<String>,
    /// Only those of this booking
    #[arg(long, value_name = "ID")]
    booking: Option<BookingId>,
    #[command(flatten)]
    span: SpanFlags,
    #[command(flatten)]
    amount: AmountFlags,
}

/// `slotflow events …`
pub(super) async fn run(operator: &Operator, command: EventsCommand) -> Result<ExitCode, Failure> {
    match command {
        EventsCommand::List(flags) => {
            let query = Query::of("/v1/events")
                .with("event", flags.event)
                .with("booking_id", flags.booking)
                .within(&flags.span, operator.now);
            listing::print::<Event>(operator, &query, &flags.amount).await
        }
        EventsCommand::Show { id, raw } => show::run(operator, id, raw).await,
    }
}
