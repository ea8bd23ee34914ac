//! How fast is it? Bookings into the API of a real server, events out to a receiver, on one machine.
//!
//! | module | what |
//! |---|---|
//! | `plan` | which rows there are, and how much of everything |
//! | `finding` | what was measured, beside what is aimed at |
//! | `bare_loop`, `end_to_end`, `latency`, `fan_out`, `backlog`, `many_tenants`, `restart`, `footprint`, `instances` | a row each |
//! | `comparison` | two stages under the same load, in turns |
//! | `stage` | servers, organizations, webhooks and the receiver of a row |
//! | `databases` | databases that sync as they do by default |
//! | `history` | what the store of `backlog` is filled with |
//! | `load`, `requests` | the client: 64 connections, and what is sent on them |
//! | `sink` | the receiver |
//! | `wire` | the least of HTTP/1.1 that both need |
//!
//! Nothing may be lost in any of them: each booking is waited for at each of its webhooks, and an arrival that was
//! there before is an error.

mod backlog;
mod bare_loop;
mod comparison;
mod databases;
mod end_to_end;
mod fan_out;
mod finding;
mod footprint;
mod history;
mod instances;
mod latency;
mod load;
mod many_tenants;
mod plan;
mod requests;
mod restart;
mod sink;
mod stage;
mod wire;

use crate::Engine;
use crate::table::Table;
use anyhow::Context;
use databases::Databases;
use finding::{Finding, Findings, Unit};
use plan::{Plan, Row};

pub(crate) use plan::Options;

/// Measures each row on every engine, and the bare client loop before each.
pub(crate) async fn measure(engines: &[Engine], quick: bool, options: &Options) -> anyhow::Result<Table> {
    let plan = Plan::new(options, quick);
    let databases = Databases::start(engines, quick).await?;
    let mut findings = Findings::new();
    for row in &plan.rows {
        if *row == Row::BareLoop {
            let rate = bare_loop::measure(&plan).await?;
            findings.push(row.name(), None, rate, Finding::new("requests", rate, Unit::PerSecond));
            continue;
        }
        for engine in engines.iter().filter(|engine| row.is_of(**engine)) {
            let bare_loop = bare_loop::measure(&plan).await?;
            let found = measure_row(*row, &databases, *engine, &plan).await;
            for finding in found.with_context(|| format!("{}, {}", engine.name(), row.name()))? {
                findings.push(row.name(), Some(*engine), bare_loop, finding);
            }
        }
    }
    Ok(findings.into_table())
}

async fn measure_row(
    row: Row,
    databases: &Databases,
    engine: Engine,
    plan: &Plan,
) -> anyhow::Result<Vec<Finding>> {
    match row {
        Row::BareLoop => Ok(Vec::new()),
        Row::EndToEnd => end_to_end::measure(databases, engine, plan).await,
        Row::Latency => latency::measure(databases, engine, plan).await,
        Row::FanOut => fan_out::measure(databases, engine, plan).await,
        Row::Backlog => backlog::measure(databases, engine, plan).await,
        Row::ManyTenants => many_tenants::measure(databases, engine, plan).await,
        Row::Restart => restart::measure(databases, engine, plan).await,
        Row::Footprint => footprint::measure(databases, engine, plan).await,
        Row::Instances => instances::measure(databases, engine, plan).await,
    }
}
