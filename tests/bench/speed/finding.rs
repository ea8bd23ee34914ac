//! What was measured, in its unit and beside what is aimed at.

use crate::Engine;
use crate::table::{Cell, Table};

/// One number.
pub(crate) struct Finding {
    measured: String,
    value: f64,
    unit: Unit,
    aim: Aim,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Requests, events or deliveries in a second.
    PerSecond,
    /// How many.
    Count,
    Seconds,
    Milliseconds,
    /// Milliseconds of processor time for a thousand events.
    CpuMillisecondsPerThousand,
    /// Of one processor, or of the bare loop.
    Percent,
    /// To the same without what the row is about.
    Times,
    Mebibytes,
    Megabytes,
}

impl Unit {
    const fn name(self) -> &'static str {
        match self {
            Self::PerSecond => "/s",
            Self::Count => "",
            Self::Seconds => "s",
            Self::Milliseconds => "ms",
            Self::CpuMillisecondsPerThousand => "CPU ms / 1,000",
            Self::Percent => "%",
            Self::Times => "x",
            Self::Mebibytes => "MiB",
            Self::Megabytes => "MB",
        }
    }
}

/// What would be good. It is printed and nothing more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Aim {
    AtLeast(f64),
    AtMost(f64),
    None,
}

impl Aim {
    /// One that differs between databases.
    pub(crate) fn at_most(engine: Engine, sqlite: f64, postgres: f64) -> Self {
        Self::AtMost(match engine {
            Engine::Sqlite => sqlite,
            Engine::Postgres => postgres,
        })
    }

    fn text(self) -> String {
        match self {
            Self::AtLeast(value) => format!(">= {value}"),
            Self::AtMost(value) => format!("<= {value}"),
            Self::None => String::new(),
        }
    }
}

impl Finding {
    pub(crate) fn new(measured: impl Into<String>, value: f64, unit: Unit) -> Self {
        Self { measured: measured.into(), value, unit, aim: Aim::None }
    }

    pub(crate) fn aiming(self, aim: Aim) -> Self {
        Self { aim, ..self }
    }
}

/// All findings, each beside the bare loop of its time.
pub(crate) struct Findings(Table);

impl Findings {
    pub(crate) fn new() -> Self {
        Self(Table::new(&["row", "database", "measured", "value", "unit", "aim", "bare loop", "share of it"]))
    }

    /// `bare_loop` is in requests per second, measured right before.
    pub(crate) fn push(&mut self, row: &str, engine: Option<Engine>, bare_loop: f64, finding: Finding) {
        let share = match finding.unit {
            Unit::PerSecond => Cell::Percent(100.0 * finding.value / bare_loop),
            _ => Cell::Nothing,
        };
        self.0.push(vec![
            Cell::Text(row.to_owned()),
            engine.map_or(Cell::Nothing, |engine| Cell::Text(engine.name().to_owned())),
            Cell::Text(finding.measured),
            Cell::Number(finding.value),
            Cell::Text(finding.unit.name().to_owned()),
            Cell::Text(finding.aim.text()),
            Cell::Number(bare_loop),
            share,
        ]);
    }

    pub(crate) fn into_table(self) -> Table {
        self.0
    }
}
