//! `slotflow`: outbound webhooks for bookings, as one binary.
//!
//! This crate composes: settings in, adapters made, use cases given them, server run. It decides nothing.
//!
//! | module | holds |
//! |---|---|
//! | [`cli`] | the words and flags, and what is said of wrong ones |
//! | [`settings`] | flags of the server, checked and typed |
//! | [`composition`] | which adapter goes where |
//! | [`serve`] | the server: API, dispatcher, signals, shutdown in order |
//! | [`http_server`] | the accept loop |
//! | [`backup`] | `backup`: a copy of an SQLite database in use |
//! | [`secret_keys`], [`rekey`] | what signing secrets are encrypted with, and changing that |
//! | [`organizations`] | `org …` and `key …` |
//! | [`operate`] | `deliveries …`, `events …` and `webhooks …`, on a running server |
//! | [`client`] | a client of a running server |
//! | [`terminal`] | how things look: tables, colours, and clean text |
//! | [`silent`], [`panics`] | what must not be printed: passwords in settings, the words of a panic |
//! | [`completions`] | scripts for shells |
//! | [`receiver`], [`listen`] | a receiver that checks signatures and prints what arrives |
//! | [`traces`] | spans for a collector, if they are built in |
//! | [`demo`] | all of it at once, in one process |

mod backup;
mod cli;
mod client;
mod completions;
mod composition;
mod demo;
mod descriptors;
mod failure;
mod http_server;
mod listen;
mod logging;
mod operate;
mod organizations;
mod outbox;
mod output;
mod panics;
mod patient_stream;
mod receiver;
mod rekey;
mod secret_keys;
mod serve;
mod settings;
mod shutdown;
mod silent;
mod terminal;
mod traces;

use clap::Parser;
use cli::{Cli, Command};
use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    panics::tell_only_where();
    let outcome = match Cli::try_parse() {
        Ok(cli) => run(cli),
        Err(error) => return cli::explain(&error),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        let database_url = cli.database_url.into_inner();
        match cli.command {
            Command::Serve(flags) => serve::run(&database_url, flags).await,
            Command::Migrate => composition::migrate(&database_url).await,
            Command::Rekey(flags) => rekey::run(&database_url, flags).await,
            Command::Backup(flags) => backup::run(&database_url, flags).await,
            Command::Org { command } => organizations::organization(&database_url, command).await,
            Command::Key { command } => organizations::key(&database_url, command).await,
            Command::Outbox { command } => outbox::run(&database_url, command).await,
            Command::Listen(flags) => listen::run(flags).await,
            Command::Demo(flags) => demo::run(flags).await,
            Command::Deliveries(asked) => operate::deliveries(asked).await,
            Command::Events(asked) => operate::events(asked).await,
            Command::Webhooks(asked) => operate::webhooks(asked).await,
            Command::Completions { shell } => completions::run(shell),
        }
    });
    // What still runs by now has had its time; a stuck connection must not keep the process.
    runtime.shutdown_background();
    outcome
}
