//! Each booking to ten webhooks of its organization.

use super::databases::Databases;
use super::finding::{Aim, Finding, Unit};
use super::plan::Plan;
use super::stage::{Scene, Stage};
use crate::Engine;
use crate::samples::median;

const WEBHOOKS: usize = 10;

pub(crate) async fn measure(
    databases: &Databases,
    engine: Engine,
    plan: &Plan,
) -> anyhow::Result<Vec<Finding>> {
    let mut stage =
        Stage::set(databases, engine, Scene { listening: WEBHOOKS, ..Scene::ONE_WEBHOOK }).await?;
    stage.run(plan.warm_up, None).await?;
    let mut rates = Vec::with_capacity(plan.runs);
    for _ in 0..plan.runs {
        let rate = stage.run(plan.fanned_bookings, None).await?.per_second() * WEBHOOKS as f64;
        eprintln!("{}, fan-out: {rate:.0} deliveries/s", engine.name());
        rates.push(rate);
    }
    stage.stop().await?;
    let rate = Finding::new("deliveries", median(rates), Unit::PerSecond);
    Ok(vec![rate.aiming(Aim::AtLeast(25_000.0))])
}
