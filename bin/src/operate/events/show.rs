//! `slotflow events show`

use super::event::Event;
use crate::failure::Failure;
use crate::operate::deliveries::Delivery;
use crate::operate::facts::Facts;
use crate::operate::listing;
use crate::operate::operator::Operator;
use crate::operate::payload;
use serde::Deserialize;
use slotflow_domain::EventId;
use std::process::ExitCode;

/// What is told of an event by itself, beside what lists tell of it.
#[derive(Deserialize)]
struct Detail {
    /// As it is sent; whoever prints it cleans it.
    payload: String,
    deliveries: Vec<Delivery>,
}

/// The facts, the deliveries, and the payload.
pub(super) async fn run(operator: &Operator, id: EventId, raw: bool) -> Result<ExitCode, Failure> {
    let answer = operator.client.get(&format!("/v1/events/{id}")).await?;
    operator.print(&answer, || {
        let event: Event = answer.parse()?;
        let detail: Detail = answer.parse()?;
        let mut lines = facts(&event, operator).lines();
        if !detail.deliveries.is_empty() {
            lines.push(String::new());
            lines.extend(listing::table(operator, &detail.deliveries));
        }
        Ok(lines)
    })?;
    if !operator.json {
        payload::print(&answer.parse::<Detail>()?.payload, raw, operator.colours);
    }
    Ok(ExitCode::SUCCESS)
}

fn facts(event: &Event, operator: &Operator) -> Facts {
    Facts::default()
        .and("event", &event.id)
        .and("type", &event.event)
        .and_if("booking", event.booking_id.as_ref())
        .and("created", event.created_at.in_full(operator.now))
        .and("deliveries", event.deliveries())
}
