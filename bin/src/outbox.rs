//! `slotflow outbox …`

use crate::cli::OutboxCommand;
use crate::composition;
use crate::failure::Failure;
use crate::output::say;
use serde::Serialize;
use slotflow_application::OutboxRows;
use slotflow_application::ports::RefusedOutboxRow;
use slotflow_domain::Timestamp;
use slotflow_domain::event::OutboxPosition;
use std::process::ExitCode;
use std::sync::Arc;

/// How many rows are read at once.
const PAGE: usize = 100;

#[derive(Serialize)]
struct RowLine<'a> {
    position: i64,
    organization_id: &'a str,
    event_type: &'a str,
    reason: &'a str,
    refused_at: Timestamp,
}

/// `slotflow outbox …`
pub(crate) async fn run(database_url: &str, command: OutboxCommand) -> Result<ExitCode, Failure> {
    let store = composition::open_as_it_is(database_url).await?;
    let rows = OutboxRows { store: Arc::new(store.clone()), reader: Arc::new(store.clone()) };
    match command {
        OutboxCommand::List => {
            let mut after = None;
            loop {
                let page = rows.refused(after, PAGE).await?;
                page.iter().try_for_each(print)?;
                let Some(last) = page.last() else { break };
                after = Some(last.position);
            }
        }
        OutboxCommand::Retry { position } => {
            if !rows.try_again(OutboxPosition::new(position)).await? {
                return Err(Failure::Failed(anyhow::anyhow!("no row at position {position} was set aside")));
            }
        }
    }
    store.close().await?;
    Ok(ExitCode::SUCCESS)
}

fn print(row: &RefusedOutboxRow) -> Result<(), Failure> {
    let line = RowLine {
        position: row.position.get(),
        organization_id: &row.organization_id,
        event_type: &row.event_type,
        reason: &row.reason,
        refused_at: row.refused_at,
    };
    say!("{}", serde_json::to_string(&line).map_err(anyhow::Error::from)?);
    Ok(())
}
