//! The command line: words, flags, and what is said of wrong ones.

use crate::http_server;
use crate::operate::{DeliveriesCommand, EventsCommand, Operated, WebhooksCommand};
use crate::secret_keys;
use crate::silent::Silent;
use clap::builder::BoolishValueParser;
use clap::error::{ContextKind, ContextValue};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use slotflow_domain::event::{EventDefinition, NotAnEventType};
use slotflow_domain::organization::{OrganizationName, Plan};
use slotflow_domain::webhook::{Cidr, NotACidr};
use slotflow_domain::{ApiKeyId, OrganizationId, signing::SigningSecret};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Outbound webhooks for bookings: one binary, on SQLite or PostgreSQL.
#[derive(Debug, Parser)]
#[command(name = "slotflow", version, about, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// Where everything is kept: sqlite://FILE or postgres://USER@HOST/DATABASE
    #[arg(
        long,
        global = true,
        env = "SLOTFLOW_DATABASE_URL",
        default_value = "sqlite://slotflow.db",
        hide_env_values = true
    )]
    pub(crate) database_url: Silent,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server
    #[command(after_help = secret_keys::HELP)]
    Serve(ServeFlags),
    /// Bring the database up to date and exit
    Migrate,
    /// Encrypt every signing secret anew, with the first key
    #[command(after_help = secret_keys::HELP)]
    Rekey(RekeyFlags),
    /// Copy an SQLite database while it is in use
    Backup(BackupFlags),
    /// Organizations and their plans
    Org {
        #[command(subcommand)]
        command: OrganizationCommand,
    },
    /// API keys
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Events that others write into the outbox table in plain SQL (where tables have their plain names)
    Outbox {
        #[command(subcommand)]
        command: OutboxCommand,
    },
    /// See what became of deliveries on a running server, and make them again
    Deliveries(Operated<DeliveriesCommand>),
    /// See what happened, and where it was sent
    Events(Operated<EventsCommand>),
    /// See how webhooks do on a running server; test, replay, pause and resume them
    Webhooks(Operated<WebhooksCommand>),
    /// Receive webhooks on this machine and print them
    Listen(ListenFlags),
    /// See it all at work: server, receiver, bookings and deliveries in one process
    Demo(DemoFlags),
    /// Print a script that completes these commands in your shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RekeyFlags {
    /// Give each webhook whose secret cannot be read, as its key is lost, a new one, and print its id. What is
    /// unreadable with the keys that are set is lost for good by this: make a backup first
    #[arg(long)]
    pub(crate) renew_unreadable: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BackupFlags {
    /// The file to make; there must be none of this name yet
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OrganizationCommand {
    /// Create an organization with its first API key; prints one JSON object
    Create {
        /// What people call it
        #[arg(long, value_parser = parse_name)]
        name: OrganizationName,
        /// free, starter or growth
        #[arg(long, default_value = "free")]
        plan: Plan,
    },
    /// List organizations, one JSON object per line
    List,
    /// Put an organization on another plan
    SetPlan {
        /// The organization's id
        organization: OrganizationId,
        /// free, starter or growth
        plan: Plan,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Add a key to an organization; prints one JSON object
    Create {
        /// The organization's id
        organization: OrganizationId,
    },
    /// List an organization's keys, one JSON object per line
    List {
        /// The organization's id
        organization: OrganizationId,
    },
    /// Revoke a key; it is refused at once
    Revoke {
        /// The key's id (not its text)
        key: ApiKeyId,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum OutboxCommand {
    /// List the rows that are no events and were set aside, one JSON object per line
    List,
    /// Have a row that was set aside judged again, once what was wrong is mended
    Retry {
        /// Its position
        position: i64,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ServeFlags {
    /// Address and port of the API
    #[arg(long, env = "SLOTFLOW_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Serve /metrics on this address and port, and not on the API's
    #[arg(long, env = "SLOTFLOW_METRICS_LISTEN")]
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// Connections of clients at once; further ones wait until one ends
    #[arg(long, env = "SLOTFLOW_MAX_CONNECTIONS", value_name = "N", default_value_t = http_server::MAX_CONNECTIONS, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) max_connections: u16,
    /// Requests per second that each API key may make of this instance, twice as many at once [default: no limit]
    #[arg(long, env = "SLOTFLOW_RATE_LIMIT", value_name = "N")]
    pub(crate) rate_limit: Option<NonZeroU32>,
    /// For development: allow http and private networks, and create a first organization
    #[arg(long, env = "SLOTFLOW_DEV", value_parser = BoolishValueParser::new())]
    pub(crate) dev: bool,
    /// Take http:// URLs too
    #[arg(long, env = "SLOTFLOW_ALLOW_HTTP", value_parser = BoolishValueParser::new())]
    pub(crate) allow_http: bool,
    /// Deliver to private networks and this machine too
    #[arg(long, env = "SLOTFLOW_ALLOW_PRIVATE_NETWORKS", value_parser = BoolishValueParser::new())]
    pub(crate) allow_private_networks: bool,
    /// For networks that reach IPv4 through NAT64
    #[arg(long, env = "SLOTFLOW_ALLOW_NAT64", value_parser = BoolishValueParser::new())]
    pub(crate) allow_nat64: bool,
    /// Deliver to these networks too: 10.1.0.0/16,fd00::/8; may be given again
    #[arg(long, env = "SLOTFLOW_ALLOW_CIDR", value_name = "CIDR", value_delimiter = ',', value_parser = parse_cidr)]
    pub(crate) allow_cidr: Vec<Cidr>,
    /// Never deliver to these networks, whatever is allowed
    #[arg(long, env = "SLOTFLOW_DENY_CIDR", value_name = "CIDR", value_delimiter = ',', value_parser = parse_cidr)]
    pub(crate) deny_cidr: Vec<Cidr>,
    /// Deliver through this HTTP proxy only: `http://USER:PASSWORD@HOST:PORT`, or without the user
    #[arg(long, env = "SLOTFLOW_EGRESS_PROXY", value_name = "URL", hide_env_values = true)]
    pub(crate) egress_proxy: Option<Silent>,
    /// Look the host up when a webhook is registered
    #[arg(
        long,
        env = "SLOTFLOW_RESOLVE_ON_REGISTRATION",
        default_value_t = true,
        default_missing_value = "true",
        num_args = 0..=1,
        require_equals = true,
        action = clap::ArgAction::Set,
        value_parser = BoolishValueParser::new()
    )]
    pub(crate) resolve_on_registration: bool,
    /// Events of these types too, beside those of bookings, from rows of the outbox table: order.paid,order.refunded
    #[arg(long, env = "SLOTFLOW_EVENT_TYPES", value_name = "TYPES", value_delimiter = ',', value_parser = parse_event_type)]
    pub(crate) event_types: Vec<EventDefinition>,
    /// Delays before the second attempt, the third, …; "none" for a single attempt
    #[arg(long, env = "SLOTFLOW_RETRY_DELAYS", default_value = "5m,60m")]
    pub(crate) retry_delays: String,
    /// How long an attempt may take in all
    #[arg(long, env = "SLOTFLOW_REQUEST_TIMEOUT", default_value = "10s", value_parser = humantime::parse_duration)]
    pub(crate) request_timeout: Duration,
    /// How long a claimed delivery is kept from others [default: the request timeout + 20s]
    #[arg(long, env = "SLOTFLOW_LEASE", value_parser = humantime::parse_duration)]
    pub(crate) lease: Option<Duration>,
    /// Requests on the wire at once
    #[arg(long, env = "SLOTFLOW_CONCURRENCY", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) concurrency: u16,
    /// Requests on the wire at once to any one webhook
    #[arg(long, env = "SLOTFLOW_WEBHOOK_CONCURRENCY", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) webhook_concurrency: u16,
    /// How long finished deliveries and their events are kept: at least 1h, or off
    #[arg(long, env = "SLOTFLOW_RETENTION", default_value = "30d")]
    pub(crate) retention: String,
    /// Disable a webhook whose every attempt failed for this long; "off" to never do that
    #[arg(long, env = "SLOTFLOW_DISABLE_AFTER", default_value = "5d")]
    pub(crate) disable_after: String,
    /// …and in which at least so many deliveries began to fail
    #[arg(long, env = "SLOTFLOW_DISABLE_AFTER_DELIVERIES", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) disable_after_deliveries: u32,
    /// Tell receivers, in a traceparent header, which span of the trace that caused an event each attempt is
    #[arg(long, env = "SLOTFLOW_SEND_TRACEPARENT", value_parser = BoolishValueParser::new())]
    pub(crate) send_traceparent: bool,
    /// Send spans to this OpenTelemetry collector (OTLP over HTTP, http://127.0.0.1:4318); needs the feature otlp
    #[arg(long, env = "SLOTFLOW_OTLP_ENDPOINT", value_name = "URL")]
    pub(crate) otlp_endpoint: Option<String>,
    /// PEM file of further certificate authorities that receivers may use
    #[arg(long, env = "SLOTFLOW_EXTRA_CA_FILE")]
    pub(crate) extra_ca_file: Option<PathBuf>,
    /// Serve the dashboard, at /dashboard
    #[arg(
        long,
        env = "SLOTFLOW_DASHBOARD",
        default_value_t = true,
        default_missing_value = "true",
        num_args = 0..=1,
        require_equals = true,
        action = clap::ArgAction::Set,
        value_parser = BoolishValueParser::new()
    )]
    pub(crate) dashboard: bool,
    /// Bring the database up to date at start
    #[arg(
        long,
        env = "SLOTFLOW_MIGRATE",
        default_value_t = true,
        default_missing_value = "true",
        num_args = 0..=1,
        require_equals = true,
        action = clap::ArgAction::Set,
        value_parser = BoolishValueParser::new()
    )]
    pub(crate) migrate: bool,
    /// How log lines look
    #[arg(long, env = "SLOTFLOW_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// One JSON object per line
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct ListenFlags {
    /// Port on this machine
    #[arg(long, env = "SLOTFLOW_LISTEN_PORT", default_value_t = 9000)]
    pub(crate) port: u16,
    /// The webhook's signing secret, to check signatures with. Set SLOTFLOW_LISTEN_SECRET rather than this flag:
    /// whoever is on this machine can see the flags of what runs on it
    #[arg(long, env = "SLOTFLOW_LISTEN_SECRET", hide_env_values = true, value_parser = SigningSecret::parse)]
    pub(crate) secret: Option<SigningSecret>,
    /// What to answer
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(200..=599))]
    pub(crate) status: u16,
    /// How long to take over it
    #[arg(long, default_value = "0s", value_parser = humantime::parse_duration)]
    pub(crate) delay: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct DemoFlags {
    /// End when everything has arrived, instead of waiting for Ctrl-C
    #[arg(long)]
    pub(crate) once: bool,
}

fn parse_name(text: &str) -> Result<OrganizationName, String> {
    OrganizationName::parse(text).map_err(|rejection| rejection.rule.into_owned())
}

/// Lists are often written with spaces.
fn parse_event_type(text: &str) -> Result<EventDefinition, NotAnEventType> {
    EventDefinition::new(text.trim())
}

/// With spaces too.
fn parse_cidr(text: &str) -> Result<Cidr, NotACidr> {
    text.trim().parse()
}

/// Prints help where it was asked for; else says in one line what was wrong: exit code 2.
pub(crate) fn explain(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() || error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    {
        let _ = error.print();
        return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
    }
    let text = error.render().to_string();
    let first_paragraph = text.split("\n\n").next().unwrap_or_default();
    // Before anything is done to the text: what is looked for must be in it as it was given.
    let text = without_secret(error, first_paragraph.to_owned());
    let line: Vec<_> = text.split_whitespace().collect();
    eprintln!("{}", line.join(" "));
    ExitCode::from(2)
}

/// What was given as a secret is not repeated, even if it is none: most likely it is one with a typing error.
/// Nor is what looks like one, wherever it was given.
fn without_secret(error: &clap::Error, mut text: String) -> String {
    let given = |kind| match error.get(kind) {
        Some(ContextValue::String(given)) if !given.is_empty() => Some(given.as_str()),
        _ => None,
    };
    let (argument, value) = (given(ContextKind::InvalidArg), given(ContextKind::InvalidValue));
    if let (Some(flag), Some(value)) = (argument, value)
        && holds_secret(flag, value)
    {
        text = text.replace(value, "…");
    }
    // As a whole, since there may be spaces in it.
    for given in [argument, value, given(ContextKind::InvalidSubcommand)].into_iter().flatten() {
        if may_hold_password(given) {
            text = text.replace(given, "…");
        }
    }
    let words = text.split(' ').map(|word| {
        if may_hold_password(word) {
            return "…".to_owned();
        }
        let secret = SECRET_PREFIXES.iter().filter_map(|prefix| word.find(prefix)).min();
        secret.and_then(|at| word.get(..at)).map_or_else(|| word.to_owned(), |before| format!("{before}…"))
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Whether it is, or has in it, a URL with a user, such as a database's.
fn may_hold_password(text: &str) -> bool {
    text.contains("://") && text.contains('@')
}

/// How API keys and signing secrets begin.
const SECRET_PREFIXES: [&str; 3] = ["sk_live_", "sk_test_", "whsec_"];

fn holds_secret(flag: &str, value: &str) -> bool {
    flag.starts_with("--secret")
        || flag.starts_with("--api-key")
        // A URL may hold a password, where it should not.
        || (flag.starts_with("--server") && value.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(arguments: &[&str]) -> String {
        let error = Cli::try_parse_from(arguments).unwrap_err();
        without_secret(&error, error.to_string())
    }

    #[test]
    fn the_command_line_is_sound() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn no_secret_is_repeated() {
        for arguments in [
            &["slotflow", "events", "list", "--api-key", "sk_live_hunter2"][..],
            &["slotflow", "events", "list", "--api-key", "hunter2"],
            &["slotflow", "events", "list", "sk_live_hunter2"],
            &["slotflow", "events", "show", "sk_test_hunter2"],
            &["slotflow", "events", "list", "--server", "https://user:hunter2@acme.dev"],
            &["slotflow", "listen", "--secret", "whsec_hunter2"],
            &["slotflow", "listen", "--port=whsec_hunter2"],
            &["slotflow", "serve", "postgres://me:hunter2@db/x"],
            &["slotflow", "serve", "postgres://me:hun ter2 hunter2@db/x"],
            &["slotflow", "postgres://me:hunter2 @db/x"],
            &["slotflow", "serve", "--listen", "postgres://me:hunter2@db/x"],
            &["slotflow", "serve", "--listen=postgres://me:hun ter2 hunter2@db/x"],
            &["slotflow", "serve", "--allow-cidr", "10.0.0.0/8,http://me:hunter2@proxy:3128"],
            &["slotflow", "org", "create", "--plan", "postgres://me:hunter2@db/x", "--name", "Acme"],
        ] {
            let told = complaint(arguments);
            assert!(told.contains('…') && !told.contains("hunter2"), "{told}");
        }
        let told = complaint(&["slotflow", "events", "list", "--server", "ftp://acme.dev"]);
        assert!(told.contains("'ftp://acme.dev'"), "{told}");
    }

    #[test]
    fn what_was_understood_shows_no_password_either() {
        let arguments = ["slotflow", "--database-url", "postgres://me:hunter2@db/x", "serve"];
        let cli = Cli::try_parse_from(
            [&arguments[..], &["--egress-proxy", "http://me:hunter2@proxy:3128"]].concat(),
        );
        let cli = cli.unwrap();
        assert_eq!(cli.database_url.as_str(), "postgres://me:hunter2@db/x");
        let shown = format!("{cli:?}");
        assert!(shown.contains("egress_proxy") && !shown.contains("hunter2"), "{shown}");
    }
}
