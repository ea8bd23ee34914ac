//! `slotflow listen`: prints each delivery, so that a newcomer needs no other program.

use crate::cli::ListenFlags;
use crate::failure::Failure;
use crate::output::say;
use crate::receiver::{Arrival, Behaviour, Receiver, Signature};
use crate::shutdown;
use crate::terminal::clean;
use anyhow::Context;
use axum::http::StatusCode;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Arrivals that may wait to be printed; beyond that the receiver answers more slowly.
const WAITING: usize = 64;

/// `slotflow listen`
pub(crate) async fn run(flags: ListenFlags) -> Result<ExitCode, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, flags.port))
        .await
        .with_context(|| format!("listening on port {} failed", flags.port))?;
    let address = listener.local_addr()?;
    let stop = shutdown::on_signal()?;
    let behaviour = Behaviour {
        status: StatusCode::from_u16(flags.status).map_err(anyhow::Error::from)?,
        delay: flags.delay,
    };
    let (arrivals, mut arrived) = mpsc::channel(WAITING);
    let receiver = Receiver::new(behaviour, BTreeMap::new(), arrivals);
    match flags.secret {
        Some(secret) => receiver.trust(secret),
        None => say!(
            "Signatures are not checked; set SLOTFLOW_LISTEN_SECRET to the webhook's signing secret to check them."
        ),
    }
    say!("Listening on http://{address}/ (Ctrl-C ends)");

    let running = tokio::spawn(receiver.run(listener, stop));
    while let Some(arrival) = arrived.recv().await {
        print(&arrival);
    }
    running.await?;
    Ok(ExitCode::SUCCESS)
}

fn print(arrival: &Arrival) {
    let signature = match &arrival.signature {
        Signature::Valid => "signature valid".to_owned(),
        Signature::Invalid(why) => format!("SIGNATURE INVALID ({why})"),
        Signature::Unchecked => "signature not checked".to_owned(),
    };
    say!(
        "\n{event}  attempt {attempt}  {signature}  answered {status}\n  event {id}  delivery {delivery}\n{body}",
        event = printable(arrival.header("x-slotflow-event")),
        attempt = printable(arrival.header("x-slotflow-attempt")),
        status = arrival.status.as_u16(),
        id = printable(arrival.header("webhook-id")),
        delivery = printable(arrival.header("x-slotflow-delivery")),
        body = indented(&arrival.body),
    );
}

/// Header text for a terminal; a dash for none.
fn printable(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { clean(text) }
}

/// The body as it came: reformatting it could hide what a signature was made over.
fn indented(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.lines().map(|line| format!("  {}", clean(line))).collect::<Vec<_>>().join("\n")
}
