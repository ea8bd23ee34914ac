//! What an operator does, against a running server: see what became of each delivery, and mend it.
//!
//! Everything goes through the API, with a key: what these commands can see and do is what the key's
//! organization can.
//!
//! | module | is |
//! |---|---|
//! | `deliveries`, `events`, `webhooks` | the commands, one file each |
//! | `flags` | what all of them take |
//! | `operator` | the connection, and how answers are to be printed |
//! | `listing` | lists: page after page, as a table or as JSON |
//! | `moment` | `2h`, `2026-03-10`: the times that people give |
//! | `query` | a path with what is asked for behind it |
//! | `time` | the times that the server tells |
//! | `facts`, `payload` | what is known of one thing, and what is sent of it |

mod deliveries;
mod events;
mod facts;
mod flags;
mod listing;
mod moment;
mod operator;
mod payload;
mod query;
mod time;
mod webhooks;

pub(crate) use deliveries::DeliveriesCommand;
pub(crate) use events::EventsCommand;
pub(crate) use flags::Operated;
pub(crate) use webhooks::WebhooksCommand;

use crate::failure::Failure;
use operator::Operator;
use std::process::ExitCode;

/// `slotflow deliveries …`
pub(crate) async fn deliveries(asked: Operated<DeliveriesCommand>) -> Result<ExitCode, Failure> {
    deliveries::run(&Operator::new(asked.flags)?, asked.command).await
}

/// `slotflow events …`
pub(crate) async fn events(asked: Operated<EventsCommand>) -> Result<ExitCode, Failure> {
    events::run(&Operator::new(asked.flags)?, asked.command).await
}

/// `slotflow webhooks …`
pub(crate) async fn webhooks(asked: Operated<WebhooksCommand>) -> Result<ExitCode, Failure> {
    webhooks::run(&Operator::new(asked.flags)?, asked.command).await
}
