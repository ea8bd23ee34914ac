//! Does a webhook that hangs make others wait?
//!
//! A real server; webhook A's receiver answers no request within the timeout, and 50,000 deliveries are due to it.
//! Webhook B, of the same organization, and C, of another, are well. Bookings come at a steady rate, and what
//! counts is the time from the sending of a booking's request, commit and all, until its event arrives at B or C:
//! without A's backlog (A is disabled, its deliveries are held) and with it (A is enabled), in turns, so that both
//! see the same machine.

mod stage;

use crate::Engine;
use crate::samples::Samples;
use crate::table::{Cell, Table};
use anyhow::Context;
use stage::Stage;
use std::time::Duration;

/// How it is measured.
struct Plan {
    /// How many deliveries are due to the webhook that hangs.
    backlog: usize,
    /// How often both conditions are measured.
    turns: usize,
    /// How long each time.
    span: Duration,
    /// The time between bookings, half of which are of either organization.
    every: Duration,
}

const FULL: Plan =
    Plan { backlog: 50_000, turns: 3, span: Duration::from_secs(20), every: Duration::from_millis(20) };

const QUICK: Plan =
    Plan { backlog: 200, turns: 1, span: Duration::from_secs(1), every: Duration::from_millis(50) };

/// What was seen at the receivers of one kind of webhook.
#[derive(Default)]
struct Arrivals {
    alone: Samples,
    beside: Samples,
}

/// Measures on every engine.
pub(crate) async fn measure(engines: &[Engine], quick: bool) -> anyhow::Result<Table> {
    let plan = if quick { QUICK } else { FULL };
    let mut table = Table::new(&[
        "database",
        "webhook",
        "backlog",
        "events",
        "p50",
        "p99",
        "p50 ratio",
        "p99 ratio",
        "server CPU",
    ]);
    for engine in engines {
        measure_on(*engine, &plan, &mut table).await.with_context(|| engine.name())?;
    }
    Ok(table)
}

async fn measure_on(engine: Engine, plan: &Plan, table: &mut Table) -> anyhow::Result<()> {
    let database = engine.fresh().await?;
    let mut stage = Stage::set(&database.url()).await?;
    stage.hold_backlog(&database.url(), plan.backlog).await?;
    stage.book(Duration::from_secs(1), plan.every).await?;

    let mut webhooks =
        [("same organization", Arrivals::default()), ("another organization", Arrivals::default())];
    let mut cpu = (0.0, 0.0);
    for turn in 0..plan.turns {
        for beside in [false, true] {
            stage.let_it_hang(beside).await?;
            let seen = stage.book(plan.span, plan.every).await?;
            let spent = if beside { &mut cpu.1 } else { &mut cpu.0 };
            *spent += seen.server_cpu / plan.turns as f64;
            for ((_, arrivals), samples) in webhooks.iter_mut().zip(seen.latencies) {
                eprintln!(
                    "{}, turn {turn}, {}: p50 {:.2} ms, p99 {:.2} ms",
                    engine.name(),
                    if beside { "with the backlog" } else { "without it" },
                    samples.median(),
                    samples.p99()
                );
                if beside { &mut arrivals.beside } else { &mut arrivals.alone }.extend(samples);
            }
        }
    }
    for (name, Arrivals { alone, beside }) in webhooks {
        let row = |backlog: usize, samples: &Samples, ratios: [Cell; 2], cpu: f64| {
            let [p50, p99] = ratios;
            vec![
                Cell::Text(engine.name().to_owned()),
                Cell::Text(name.to_owned()),
                Cell::Count(backlog),
                Cell::Count(samples.count()),
                Cell::Millis(samples.median()),
                Cell::Millis(samples.p99()),
                p50,
                p99,
                Cell::Percent(cpu * 100.0),
            ]
        };
        table.push(row(0, &alone, [Cell::Nothing, Cell::Nothing], cpu.0));
        let ratios = [beside.median() / alone.median(), beside.p99() / alone.p99()].map(Cell::Ratio);
        table.push(row(plan.backlog, &beside, ratios, cpu.1));
    }
    Ok(())
}
