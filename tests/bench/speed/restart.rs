//! A server that is killed in the middle of a load and started again at once: how long until the last event that
//! had been acknowledged has arrived? It is killed several times, as all may have arrived just before.

use super::databases::Databases;
use super::finding::{Aim, Finding, Unit};
use super::plan::Plan;
use super::stage::{Scene, Stage};
use crate::Engine;
use anyhow::ensure;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How often is looked whether half of the load is through.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// What one kill came to.
struct Kill {
    acknowledged: usize,
    until_ready: Duration,
    until_last_arrival: Duration,
}

pub(crate) async fn measure(
    databases: &Databases,
    engine: Engine,
    plan: &Plan,
) -> anyhow::Result<Vec<Finding>> {
    let mut stage = Stage::set(databases, engine, Scene::ONE_WEBHOOK).await?;
    stage.run(plan.warm_up, None).await?;
    let mut kills = Vec::with_capacity(plan.kills);
    for _ in 0..plan.kills {
        kills.push(kill_once(&mut stage, plan.bookings).await?);
    }
    stage.stop().await?;
    let repeated = stage.sink.repeated();
    let worst = |part: fn(&Kill) -> Duration| kills.iter().map(part).max().unwrap_or_default().as_secs_f64();
    let seconds = |name, value| Finding::new(name, value, Unit::Seconds);
    let acknowledged: usize = kills.iter().map(|kill| kill.acknowledged).sum();
    Ok(vec![
        seconds("kill to ready again, worst", worst(|kill| kill.until_ready)),
        seconds(
            "kill to the last acknowledged event's arrival, worst",
            worst(|kill| kill.until_last_arrival),
        )
        .aiming(Aim::AtMost(5.0)),
        Finding::new("acknowledged before the kills", acknowledged as f64, Unit::Count),
        Finding::new("deliveries made twice", repeated as f64, Unit::Count),
    ])
}

/// Kills the server when half of the load is acknowledged, starts it again, and waits for all that was.
async fn kill_once(stage: &mut Stage, bookings: usize) -> anyhow::Result<Kill> {
    let (numbers, load) = stage.prepare(bookings, None);
    let (addresses, answered) = (stage.addresses()?, Arc::<AtomicUsize>::default());
    let sending = tokio::spawn({
        let answered = Arc::clone(&answered);
        async move { load.send(&addresses, answered).await }
    });
    while answered.load(Ordering::Relaxed) < bookings / 2 {
        ensure!(!sending.is_finished(), "the load was through before the server was killed");
        sleep(LOOK_AGAIN).await;
    }
    stage.kill().await?;
    let killed_at = Instant::now();
    stage.start().await?;
    let until_ready = killed_at.elapsed();

    let calls = sending.await??.calls;
    let mut acknowledged = 0;
    let mut last = killed_at;
    for call in calls.iter().filter(|call| call.status == Some(201)) {
        let number = numbers.start + call.number;
        last = last.max(stage.wait_for_arrivals(number..number + 1).await?);
        acknowledged += 1;
    }
    stage.wait_until_recorded().await?;
    Ok(Kill { acknowledged, until_ready, until_last_arrival: last - killed_at })
}
