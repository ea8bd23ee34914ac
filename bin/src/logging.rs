//! Log lines.

use crate::cli::LogFormat;
use std::io::IsTerminal;
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Writes log lines to stderr from now on, at `info` unless `RUST_LOG` says otherwise.
pub(crate) fn start(format: LogFormat, default_level: &str) {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new(format!("{default_level},sea_orm_migration=warn,sqlx=warn")));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // A second start in one process changes nothing, and is no reason to stop.
    let _ = match format {
        LogFormat::Text => lines.with_target(false).finish().with(filter_fn(tells_no_values)).try_init(),
        LogFormat::Json => {
            lines.json().flatten_event(true).finish().with(filter_fn(tells_no_values)).try_init()
        }
    };
}

/// Whether a line is one that holds no value which passes through us, whatever `RUST_LOG` asks for: our own lines
/// are written so. Libraries know nothing of that. Those for databases show statements with their values, signing
/// secrets and attendees among them, and others what they read and write; so they are heard up to a level only.
fn tells_no_values(of: &Metadata<'_>) -> bool {
    let library = |name| of.target().starts_with(name);
    let loudest = if library("slotflow") {
        Level::TRACE
    } else if ["sea_orm", "sea_query", "sqlx"].into_iter().any(library) {
        Level::INFO
    } else {
        Level::DEBUG
    };
    *of.level() <= loudest
}
