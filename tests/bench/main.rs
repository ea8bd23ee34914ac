//! What the product costs, measured. Nothing here asserts a time: it prints what it saw, and
//! `docs/performance.md` says what that was and on which machine.
//!
//! | module | measures |
//! |---|---|
//! | `speed` | bookings in, events out: how many a second, how soon, at which cost |
//! | `claims` | taking due deliveries from backlogs of a thousand to a million |
//! | `listings` | each list and filter over a million deliveries |
//! | `pages` | how soon the dashboard's pages are there, of a million deliveries |
//! | `fairness` | how long others wait beside a webhook that hangs on 50,000 deliveries |
//! | `retention` | removing half a million old deliveries, and what others notice of it |
//! | `instructions` | what the pure pieces take, counted and not timed |
//! | `sizing` | how much of the disk bookings and deliveries take |
//! | `table`, `samples` | how results are shown and summed up |
//! | `usage` | what processes use |
//!
//! Numbers of different runs do not compare on a machine that does other things too. Each scenario therefore
//! measures its base line in the same run and shows ratios.

mod claims;
mod fairness;
mod instructions;
mod listings;
mod pages;
mod retention;
mod samples;
mod sizing;
mod speed;
mod table;
mod usage;

use anyhow::Context;
use clap::{Parser, ValueEnum};
use slotflow_tests::database::Fresh;
use std::path::PathBuf;
use table::Table;

/// Measures what Slotflow Webhooks costs.
#[derive(Debug, Parser)]
struct Flags {
    /// What to measure
    scenario: Scenario,
    /// On which database
    #[arg(long, default_value = "both")]
    database: Databases,
    /// Only see whether it works: small, and its numbers mean nothing
    #[arg(long)]
    quick: bool,
    /// Write the results to this file too
    #[arg(long)]
    json: Option<PathBuf>,
    #[command(flatten)]
    speed: speed::Options,
    #[command(flatten)]
    counted: instructions::Counted,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Scenario {
    Claims,
    Fairness,
    Retention,
    Sizing,
    Listings,
    Pages,
    Speed,
    Instructions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Databases {
    Sqlite,
    Postgres,
    Both,
}

/// A kind of database to measure on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    async fn fresh(self) -> anyhow::Result<Fresh> {
        let database = match self {
            Self::Sqlite => Fresh::sqlite(),
            Self::Postgres => Fresh::postgres().await,
        };
        database.with_context(|| format!("{} is not on this machine", self.name()))
    }
}

impl Databases {
    fn engines(self) -> Vec<Engine> {
        match self {
            Self::Sqlite => vec![Engine::Sqlite],
            Self::Postgres => vec![Engine::Postgres],
            Self::Both => vec![Engine::Sqlite, Engine::Postgres],
        }
    }
}

fn main() -> anyhow::Result<()> {
    let flags = Flags::parse();
    let table = match flags.scenario {
        // Without a runtime, whose threads would be counted.
        Scenario::Instructions => instructions::measure(flags.quick, &flags.counted)?,
        _ => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            Some(runtime.block_on(timed(&flags))?)
        }
    };
    let Some(table) = table else { return Ok(()) };
    print!("{table}");
    if let Some(path) = flags.json {
        let text = serde_json::to_string_pretty(&table.to_json())?;
        std::fs::write(&path, text + "\n").with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

/// The table of a scenario that is measured with servers and databases.
async fn timed(flags: &Flags) -> anyhow::Result<Table> {
    let engines = flags.database.engines();
    match flags.scenario {
        Scenario::Claims => claims::measure(&engines, flags.quick).await,
        Scenario::Fairness => fairness::measure(&engines, flags.quick).await,
        Scenario::Retention => retention::measure(&engines, flags.quick).await,
        Scenario::Sizing => sizing::measure(&engines, flags.quick).await,
        Scenario::Listings => listings::measure(&engines, flags.quick).await,
        Scenario::Pages => pages::measure(&engines, flags.quick).await,
        Scenario::Speed => speed::measure(&engines, flags.quick, &flags.speed).await,
        Scenario::Instructions => anyhow::bail!("counted, not timed"),
    }
}
