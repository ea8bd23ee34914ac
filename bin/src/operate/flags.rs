//! What every command to a running server takes.

use super::moment::Moment;
use crate::client::ServerUrl;
use clap::{Args, Subcommand};
use slotflow_domain::organization::ApiKey;
use std::path::PathBuf;

/// A command, and where it goes.
#[derive(Debug, Args)]
pub(crate) struct Operated<C: Subcommand> {
    #[command(flatten)]
    pub(super) flags: OperatorFlags,
    #[command(subcommand)]
    pub(super) command: C,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Connection and output")]
pub(super) struct OperatorFlags {
    /// Where the server is
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "SLOTFLOW_SERVER",
        default_value = "http://127.0.0.1:8080"
    )]
    pub(super) server: ServerUrl,
    /// An API key of the organization. Set SLOTFLOW_API_KEY rather than this flag: whoever is on this machine
    /// can see the flags of what runs on it
    #[arg(long, global = true, value_name = "KEY", env = "SLOTFLOW_API_KEY", hide_env_values = true, value_parser = ApiKey::parse)]
    pub(super) api_key: Option<ApiKey>,
    /// PEM file of further certificate authorities that the server's certificate may come from
    #[arg(long, global = true, value_name = "FILE", env = "SLOTFLOW_CA_FILE")]
    pub(super) ca_file: Option<PathBuf>,
    /// Print the API's JSON, for programs: an object, or of a list one object per line
    #[arg(long, global = true)]
    pub(super) json: bool,
}

/// How much of a list is wanted.
#[derive(Debug, Args)]
pub(super) struct AmountFlags {
    /// How many, newest first
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) limit: u32,
    /// All there are
    #[arg(long, conflicts_with = "limit")]
    pub(super) all: bool,
}

/// Of when.
#[derive(Debug, Args)]
pub(super) struct SpanFlags {
    /// Created at this time or later: 2026-03-10T14:05:00Z, 2026-03-10 (its first moment, UTC), or how long
    /// ago: 2h, 3d
    #[arg(long, value_name = "TIME")]
    pub(super) since: Option<Moment>,
    /// Created at this time or earlier
    #[arg(long, value_name = "TIME")]
    pub(super) until: Option<Moment>,
}

impl AmountFlags {
    /// The most that is to be shown.
    pub(super) fn most(&self) -> usize {
        if self.all { usize::MAX } else { usize::try_from(self.limit).unwrap_or(usize::MAX) }
    }
}
