//! How much is measured.

use crate::Engine;
use clap::{Args, ValueEnum};
use std::time::Duration;

/// What is of this scenario only.
#[derive(Clone, Debug, Args)]
pub(crate) struct Options {
    /// Of `speed`: measure only this row; may be given several times
    #[arg(long, value_name = "ROW")]
    row: Vec<Row>,
    /// Of `speed`: how often a load is sent; what counts is the median
    #[arg(long)]
    runs: Option<usize>,
    /// Of `speed`: how much of the usual history the row `backlog` fills its store with
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    rows_scale: f64,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Row {
    BareLoop,
    EndToEnd,
    Latency,
    FanOut,
    Backlog,
    ManyTenants,
    Restart,
    Footprint,
    Instances,
}

impl Row {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::BareLoop => "bare client loop",
            Self::EndToEnd => "end to end",
            Self::Latency => "latency at 100/s",
            Self::FanOut => "fan-out 1 to 10",
            Self::Backlog => "backlog",
            Self::ManyTenants => "many tenants",
            Self::Restart => "restart after kill -9",
            Self::Footprint => "footprint",
            Self::Instances => "two instances",
        }
    }

    /// Whether it makes sense on this engine: servers share a PostgreSQL, not an SQLite file.
    pub(crate) fn is_of(self, engine: Engine) -> bool {
        self != Self::Instances || engine == Engine::Postgres
    }
}

/// How much of everything.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) rows: Vec<Row>,
    /// How often a load is sent; what counts is the median.
    pub(crate) runs: usize,
    /// Bookings of one load.
    pub(crate) bookings: usize,
    /// Bookings of one load where each goes to ten webhooks.
    pub(crate) fanned_bookings: usize,
    /// Bookings before the first that counts.
    pub(crate) warm_up: usize,
    /// Bookings at a steady rate.
    pub(crate) paced_bookings: usize,
    /// Requests of the bare client loop.
    pub(crate) bare_requests: usize,
    /// Deliveries in the store of the row `backlog`.
    pub(crate) waiting: usize,
    pub(crate) finished: usize,
    /// Organizations of the row `many-tenants`, with ten webhooks each.
    pub(crate) organizations: usize,
    /// How often the server of the row `restart` is killed.
    pub(crate) kills: usize,
    /// How long a server is watched that has nothing to do.
    pub(crate) idle_span: Duration,
}

impl Plan {
    /// The time between bookings at a steady rate.
    pub(crate) const EVERY: Duration = Duration::from_millis(10);

    pub(crate) fn new(options: &Options, quick: bool) -> Self {
        let plan = if quick { Self::quick() } else { Self::full() };
        let scaled = |count: usize| (count as f64 * options.rows_scale) as usize;
        Self {
            rows: if options.row.is_empty() { Row::value_variants().to_vec() } else { options.row.clone() },
            runs: options.runs.unwrap_or(plan.runs).max(1),
            waiting: scaled(plan.waiting),
            finished: scaled(plan.finished),
            ..plan
        }
    }

    const fn full() -> Self {
        Self {
            rows: Vec::new(),
            runs: 5,
            bookings: 20_000,
            fanned_bookings: 4_000,
            warm_up: 1_000,
            paced_bookings: 3_000,
            bare_requests: 200_000,
            waiting: 1_000_000,
            finished: 5_000_000,
            organizations: 1_000,
            kills: 3,
            idle_span: Duration::from_secs(10),
        }
    }

    const fn quick() -> Self {
        Self {
            rows: Vec::new(),
            runs: 1,
            bookings: 100,
            fanned_bookings: 20,
            warm_up: 10,
            paced_bookings: 20,
            bare_requests: 500,
            waiting: 1_000,
            finished: 5_000,
            organizations: 5,
            kills: 1,
            idle_span: Duration::from_millis(500),
        }
    }
}
