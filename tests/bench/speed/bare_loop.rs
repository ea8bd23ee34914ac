//! The same client straight to the receiver: what the machine could do if there were nothing in between.

use super::load::Load;
use super::plan::Plan;
use super::requests::{booking, post};
use super::sink::Sink;
use std::sync::Arc;

/// Different bodies; they are sent in turns.
const BODIES: usize = 1_000;

/// Requests per second.
pub(crate) async fn measure(plan: &Plan) -> anyhow::Result<f64> {
    let sink = Sink::start().await?;
    let requests = Arc::new((0..BODIES).map(|number| post("/0", "none", &booking(number))).collect());
    let load = |count: usize| Load { requests: Arc::clone(&requests), count, every: None };
    load(plan.warm_up).send(&[sink.address], Arc::default()).await?.all_answered(200)?;
    let calls = load(plan.bare_requests).send(&[sink.address], Arc::default()).await?.all_answered(200)?;
    Ok(plan.bare_requests as f64 / (calls.ended - calls.began).as_secs_f64())
}
