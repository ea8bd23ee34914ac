//! `slotflow deliveries show`

use super::delivery::Delivery;
use super::story;
use crate::failure::Failure;
use crate::operate::operator::Operator;
use crate::operate::payload;
use slotflow_domain::DeliveryId;
use std::process::ExitCode;

/// The facts, the story in order, and the payload.
pub(super) async fn run(operator: &Operator, id: DeliveryId, raw: bool) -> Result<ExitCode, Failure> {
    let answer = operator.client.get(&format!("/v1/deliveries/{id}")).await?;
    operator.print(&answer, || {
        let delivery: Delivery = answer.parse()?;
        let mut lines = story::facts(&delivery, operator.now, operator.colours);
        lines.push(String::new());
        lines.extend(story::lines(&delivery, operator.now, operator.colours));
        Ok(lines)
    })?;
    if !operator.json
        && let Some(request) = answer.parse::<Delivery>()?.request
    {
        payload::print(&request.body, raw, operator.colours);
    }
    Ok(ExitCode::SUCCESS)
}
