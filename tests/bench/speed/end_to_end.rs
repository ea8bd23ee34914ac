//! Bookings through the API to one webhook: how many a second, and what they cost.
//!
//! Each run has a server and a database of its own, warmed up by some bookings that do not count.

use super::databases::Databases;
use super::finding::{Aim, Finding, Unit};
use super::plan::Plan;
use super::stage::{Scene, Stage};
use crate::Engine;
use crate::samples::median;

/// What one run came to.
struct Run {
    per_second: f64,
    server_cpu: f64,
    database_cpu: Option<f64>,
    resident_idle: f64,
    resident_after: f64,
}

pub(crate) async fn measure(
    databases: &Databases,
    engine: Engine,
    plan: &Plan,
) -> anyhow::Result<Vec<Finding>> {
    let mut runs = Vec::with_capacity(plan.runs);
    for _ in 0..plan.runs {
        let run = run_once(databases, engine, plan).await?;
        eprintln!("{}, end to end: {:.0}/s", engine.name(), run.per_second);
        runs.push(run);
    }
    let of = |part: fn(&Run) -> Option<f64>| median(runs.iter().filter_map(part));
    let per_thousand = |part| 1e6 / plan.bookings as f64 * of(part);
    let mut findings = vec![
        Finding::new("events", of(|run| Some(run.per_second)), Unit::PerSecond)
            .aiming(Aim::AtLeast(12_000.0)),
        Finding::new("server", per_thousand(|run| Some(run.server_cpu)), Unit::CpuMillisecondsPerThousand),
        Finding::new("resident, idle", of(|run| Some(run.resident_idle)), Unit::Mebibytes)
            .aiming(Aim::AtMost(20.0)),
        Finding::new("resident, after the run", of(|run| Some(run.resident_after)), Unit::Mebibytes)
            .aiming(Aim::AtMost(60.0)),
    ];
    if engine == Engine::Postgres {
        let cpu = per_thousand(|run| run.database_cpu);
        findings.insert(2, Finding::new("PostgreSQL", cpu, Unit::CpuMillisecondsPerThousand));
    }
    Ok(findings)
}

async fn run_once(databases: &Databases, engine: Engine, plan: &Plan) -> anyhow::Result<Run> {
    let mut stage = Stage::set(databases, engine, Scene::ONE_WEBHOOK).await?;
    let resident_idle = stage.resident_mib();
    stage.run(plan.warm_up, None).await?;
    let before = stage.cpu().await?;
    let round = stage.run(plan.bookings, None).await?;
    let after = stage.cpu().await?;
    let resident_after = stage.resident_mib();
    stage.stop().await?;
    Ok(Run {
        per_second: round.per_second(),
        server_cpu: after.servers - before.servers,
        database_cpu: after.database.zip(before.database).map(|(after, before)| after - before),
        resident_idle,
        resident_after,
    })
}
