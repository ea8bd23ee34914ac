//! A server that is killed in the middle of a load and started again at once: how long until the last event that
//! had been acknowledged has arrived?

use super::databases::Databases;
use super::finding::{Aim, Finding, Unit};
use super::plan::Plan;
use super::stage::{Scene, Stage};
use crate::Engine;
use anyhow::{Context, ensure};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How often is looked whether half of the load is through.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

pub(crate) async fn measure(
    databases: &Databases,
    engine: Engine,
    plan: &Plan,
) -> anyhow::Result<Vec<Finding>> {
    let mut stage = Stage::set(databases, engine, Scene::ONE_WEBHOOK).await?;
    stage.run(plan.warm_up, None).await?;
    let (numbers, load) = stage.prepare(plan.bookings, None);
    let (addresses, answered) = (stage.addresses()?, Arc::<AtomicUsize>::default());
    let sending = tokio::spawn({
        let answered = Arc::clone(&answered);
        async move { load.send(&addresses, answered).await }
    });
    while answered.load(Ordering::Relaxed) < plan.bookings / 2 {
        ensure!(!sending.is_finished(), "the load was through before the server was killed");
        sleep(LOOK_AGAIN).await;
    }
    stage.kill().await?;
    let killed_at = Instant::now();
    stage.start().await?;
    let ready = killed_at.elapsed();

    let calls = sending.await??.calls;
    let mut acknowledged = 0;
    let mut last = None;
    for call in calls.iter().filter(|call| call.status == Some(201)) {
        let number = numbers.start + call.number;
        last = last.max(Some(stage.wait_for_arrivals(number..number + 1).await?));
        acknowledged += 1;
    }
    let last = last.context("nothing was acknowledged")?;
    stage.wait_until_recorded().await?;
    stage.stop().await?;
    let repeated = stage.sink.repeated();
    let seconds = |name, span: Duration| Finding::new(name, span.as_secs_f64(), Unit::Seconds);
    Ok(vec![
        seconds("kill to ready again", ready),
        seconds("kill to the last acknowledged event's arrival", last.saturating_duration_since(killed_at))
            .aiming(Aim::AtMost(5.0)),
        Finding::new("acknowledged before", acknowledged as f64, Unit::Count),
        Finding::new("deliveries made twice", repeated as f64, Unit::Count),
    ])
}
