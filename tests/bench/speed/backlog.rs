//! The same load on an empty store and on one in which millions of deliveries wait or are finished.

use super::comparison::{deliveries_per_second, p99};
use super::databases::Databases;
use super::finding::{Aim, Finding, Unit};
use super::history;
use super::plan::Plan;
use super::stage::{Scene, Stage};
use crate::Engine;
use std::time::Instant;

/// The webhooks that what is in the store was, or is to be, sent to.
const WEBHOOKS: usize = 100;

pub(crate) async fn measure(
    databases: &Databases,
    engine: Engine,
    plan: &Plan,
) -> anyhow::Result<Vec<Finding>> {
    let scene = Scene { silent: WEBHOOKS - 1, ..Scene::ONE_WEBHOOK };
    let mut full = Stage::set(databases, engine, scene).await?;
    // SQLite has one writer: it is filled while no server runs.
    full.stop().await?;
    let began = Instant::now();
    history::fill(&full.url(), plan.waiting, plan.finished).await?;
    eprintln!("{}, backlog: filled in {:.0} s", engine.name(), began.elapsed().as_secs_f64());
    full.start().await?;
    let mut empty = Stage::set(databases, engine, scene).await?;

    let rates = deliveries_per_second([&mut empty, &mut full], plan.bookings, plan).await?;
    let latencies = p99([&mut empty, &mut full], plan).await?;
    empty.stop().await?;
    full.stop().await?;
    Ok(vec![
        Finding::new("events, empty store", rates.first, Unit::PerSecond),
        Finding::new(
            format!("events, {} waiting, {} finished", plan.waiting, plan.finished),
            rates.second,
            Unit::PerSecond,
        ),
        Finding::new("events, against empty", rates.ratio(), Unit::Times).aiming(Aim::AtLeast(0.85)),
        Finding::new("p99 at 100/s, empty store", latencies.first, Unit::Milliseconds),
        Finding::new("p99 at 100/s, full store", latencies.second, Unit::Milliseconds),
        Finding::new("p99, against empty", latencies.ratio(), Unit::Times).aiming(Aim::AtMost(1.2)),
    ])
}
