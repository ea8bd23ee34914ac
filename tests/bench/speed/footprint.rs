//! What a server takes that has nothing to do, how soon it is ready, and how large it is.

use super::databases::Databases;
use super::finding::{Aim, Finding, Unit};
use super::plan::Plan;
use super::requests::get;
use super::stage::{ARGUMENTS, Scene, Stage};
use super::wire::Connection;
use crate::samples::Samples;
use crate::{Engine, usage};
use anyhow::ensure;
use slotflow_tests::command_line::slotflow;
use slotflow_tests::process::CapturedProcess;
use slotflow_tests::server::free_port;
use slotflow_tests::server_binary::server_binary;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often is asked whether it is ready.
const LOOK_AGAIN: Duration = Duration::from_micros(500);
/// How long a server settles down after its last delivery before it counts as idle.
const SETTLING: Duration = Duration::from_secs(2);

pub(crate) async fn measure(
    databases: &Databases,
    engine: Engine,
    plan: &Plan,
) -> anyhow::Result<Vec<Finding>> {
    let mut stage = Stage::set(databases, engine, Scene::ONE_WEBHOOK).await?;
    stage.run(plan.warm_up, None).await?;
    sleep(SETTLING.min(plan.idle_span)).await;
    let (server, database) = idle_cpu(&mut stage, plan).await?;
    stage.stop().await?;

    let mut starts = Samples::default();
    for _ in 0..plan.runs {
        starts.push(start(&stage.url()).await?);
    }
    let megabytes = std::fs::metadata(server_binary()?)?.len() as f64 / 1e6;
    let mut findings = vec![
        Finding::new("idle CPU, server", server, Unit::Percent).aiming(Aim::AtMost(0.1)),
        Finding::new("start to readyz", starts.median(), Unit::Milliseconds)
            .aiming(Aim::at_most(engine, 50.0, 100.0)),
        Finding::new("binary", megabytes, Unit::Megabytes).aiming(Aim::AtMost(30.0)),
    ];
    if engine == Engine::Postgres {
        findings.insert(1, Finding::new("idle CPU, PostgreSQL", database, Unit::Percent));
    }
    Ok(findings)
}

/// The percentage of one processor that the server and PostgreSQL use while nothing happens.
async fn idle_cpu(stage: &mut Stage, plan: &Plan) -> anyhow::Result<(f64, f64)> {
    let servers = stage.process_ids();
    let database = stage.postmaster().await?.into_iter().flat_map(|id| {
        let mut family = usage::children(id);
        family.push(id);
        family
    });
    let database: Vec<u32> = database.collect();
    let used = |ids: &[u32]| ids.iter().copied().map(usage::exact_cpu_seconds).sum::<f64>();
    let before = (used(&servers), used(&database));
    let began = Instant::now();
    sleep(plan.idle_span).await;
    let percent = |before: f64, after: f64| 100.0 * (after - before) / began.elapsed().as_secs_f64();
    Ok((percent(before.0, used(&servers)), percent(before.1, used(&database))))
}

/// From the start of the process until it answers that it is ready.
async fn start(url: &str) -> anyhow::Result<Duration> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
    let mut command = slotflow().await?;
    command.args(["serve", "--listen", &address.to_string(), "--database-url", url]).args(ARGUMENTS);
    let began = Instant::now();
    let mut server = CapturedProcess::start("slotflow serve", command)?;
    while !is_ready(address).await {
        ensure!(began.elapsed() < PATIENCE, "the server was not ready\n{}", server.output());
        ensure!(server.exit_status()?.is_none(), "the server ended\n{}", server.output());
        sleep(LOOK_AGAIN).await;
    }
    let took = began.elapsed();
    server.terminate(PATIENCE).await?;
    Ok(took)
}

async fn is_ready(address: SocketAddr) -> bool {
    let Ok(mut connection) = Connection::open(address).await else { return false };
    connection.call(&get("/readyz")).await.is_ok_and(|status| status == 200)
}
