//! From the sending of a booking's request, its commit included, until its event has arrived, at 100 a second.

use super::databases::Databases;
use super::finding::{Aim, Finding, Unit};
use super::plan::Plan;
use super::stage::{Scene, Stage};
use crate::Engine;

pub(crate) async fn measure(
    databases: &Databases,
    engine: Engine,
    plan: &Plan,
) -> anyhow::Result<Vec<Finding>> {
    let mut stage = Stage::set(databases, engine, Scene::ONE_WEBHOOK).await?;
    stage.run(plan.warm_up, None).await?;
    let samples = stage.run(plan.paced_bookings, Some(Plan::EVERY)).await?.latencies;
    stage.stop().await?;
    let finding = |name, value, aim| Finding::new(name, value, Unit::Milliseconds).aiming(aim);
    Ok(vec![
        finding("request sent to arrival, p50", samples.median(), Aim::at_most(engine, 0.7, 1.0)),
        finding("request sent to arrival, p99", samples.p99(), Aim::at_most(engine, 2.0, 3.0)),
    ])
}
