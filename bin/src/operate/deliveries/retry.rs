//! `slotflow deliveries retry`

use crate::failure::Failure;
use crate::operate::operator::Operator;
use crate::output::complain;
use crate::terminal::CleanText;
use serde::Deserialize;
use slotflow_domain::DeliveryId;
use std::process::ExitCode;

/// The new delivery that a call made.
#[derive(Deserialize)]
struct Made {
    delivery_id: CleanText,
}

/// Each by itself: one that cannot be made again does not keep the others from it.
pub(super) async fn run(operator: &Operator, ids: &[DeliveryId]) -> Result<ExitCode, Failure> {
    let mut code = ExitCode::SUCCESS;
    for id in ids {
        match operator.client.post(&format!("/v1/deliveries/{id}/retry"), None).await {
            Ok(answer) => operator.print(&answer, || {
                let made: Made = answer.parse()?;
                Ok(vec![format!("{id} is delivered again as {}", made.delivery_id)])
            })?,
            Err(error) if error.concerns_all() => return Err(error.into()),
            Err(error) => {
                complain(&format_args!("{id}: {error}"));
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}
