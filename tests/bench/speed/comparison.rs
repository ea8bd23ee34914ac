//! Two stages under the same load, in turns, so that both see the same machine.

use super::plan::Plan;
use super::stage::Stage;
use crate::samples::{Samples, median};

/// Medians of what was seen on each of two stages.
pub(crate) struct Pair {
    pub(crate) first: f64,
    pub(crate) second: f64,
}

impl Pair {
    /// The second to the first.
    pub(crate) fn ratio(&self) -> f64 {
        self.second / self.first
    }
}

/// Deliveries per second, each booking going to all webhooks that listen.
pub(crate) async fn deliveries_per_second(
    mut stages: [&mut Stage; 2],
    bookings: usize,
    plan: &Plan,
) -> anyhow::Result<Pair> {
    let mut rates = [Vec::new(), Vec::new()];
    for stage in &mut stages {
        stage.run(plan.warm_up, None).await?;
    }
    for _ in 0..plan.runs {
        for (stage, rates) in stages.iter_mut().zip(&mut rates) {
            let rate = stage.run(bookings, None).await?.per_second() * stage.scene.listening as f64;
            rates.push(rate);
        }
    }
    eprintln!("in turns, deliveries/s: {rates:.0?}");
    let [first, second] = rates.map(median);
    Ok(Pair { first, second })
}

/// The p99 in milliseconds from request to arrival, at a steady rate.
pub(crate) async fn p99(mut stages: [&mut Stage; 2], plan: &Plan) -> anyhow::Result<Pair> {
    /// Times that each has its turn.
    const TURNS: usize = 3;
    let mut samples = [Samples::default(), Samples::default()];
    for _ in 0..TURNS {
        for (stage, samples) in stages.iter_mut().zip(&mut samples) {
            samples.extend(stage.run(plan.paced_bookings / TURNS, Some(Plan::EVERY)).await?.latencies);
        }
    }
    let [first, second] = samples.map(|samples| samples.p99());
    Ok(Pair { first, second })
}
