//! Two servers on one database against one, each with half of the connections.

use super::comparison::deliveries_per_second;
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
    let mut one = Stage::set(databases, engine, Scene::ONE_WEBHOOK).await?;
    let mut two = Stage::set(databases, engine, Scene { servers: 2, ..Scene::ONE_WEBHOOK }).await?;
    let rates = deliveries_per_second([&mut one, &mut two], plan.bookings, plan).await?;
    one.stop().await?;
    two.stop().await?;
    Ok(vec![
        Finding::new("events, one instance", rates.first, Unit::PerSecond),
        Finding::new("events, two instances", rates.second, Unit::PerSecond),
        Finding::new("two against one", rates.ratio(), Unit::Times).aiming(Aim::AtLeast(0.9)),
    ])
}
