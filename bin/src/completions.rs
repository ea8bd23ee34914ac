//! `slotflow completions`: what a shell needs to complete commands and flags.

use crate::cli::Cli;
use crate::failure::Failure;
use crate::output::say;
use clap::CommandFactory;
use clap_complete::Shell;
use std::process::ExitCode;

/// Prints the script for this shell.
pub(crate) fn run(shell: Shell) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    // Into memory first: on a closed pipe the generator would panic.
    clap_complete::generate(shell, &mut Cli::command(), "slotflow", &mut script);
    say!("{}", String::from_utf8(script).map_err(anyhow::Error::from)?.trim_end());
    Ok(ExitCode::SUCCESS)
}
