//! What the demo shows: with colour on a terminal, plain elsewhere.

use crate::output::say;
use crate::receiver::{Arrival, Signature};
use std::io::IsTerminal;
use std::time::Instant;

/// Where the demo is shown.
pub(super) struct Screen {
    started: Instant,
    colour: bool,
}

impl Screen {
    /// Shows things from now on. Colour only on a terminal, and not if `NO_COLOR` is set (no-color.org).
    pub(super) fn start() -> Self {
        let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { started: Instant::now(), colour }
    }

    pub(super) fn title(&self, text: &str) {
        say!("\n{}", self.paint("1", text));
    }

    pub(super) fn step(&self, text: &str) {
        say!("{}  {text}", self.time(Instant::now()));
    }

    pub(super) fn plain(&self, text: &str) {
        say!("{text}");
    }

    /// One line for a request that arrived.
    pub(super) fn arrival(&self, arrival: &Arrival) {
        let (signature, signature_colour) = match &arrival.signature {
            Signature::Valid => ("signature valid".to_owned(), "32"),
            Signature::Invalid(why) => (format!("SIGNATURE INVALID: {why}"), "31"),
            Signature::Unchecked => ("signature not checked".to_owned(), "33"),
        };
        let status_colour = if arrival.status.is_success() { "32" } else { "31" };
        say!(
            "{}    → {:<8} {:<18} attempt {}  {}  answered {}",
            self.time(arrival.at),
            arrival.path,
            arrival.header("x-slotflow-event"),
            arrival.header("x-slotflow-attempt"),
            self.paint(signature_colour, &signature),
            self.paint(status_colour, arrival.status.as_str()),
        );
    }

    /// Good or bad news.
    pub(super) fn verdict(&self, good: bool, text: &str) {
        say!("\n{}", self.paint(if good { "1;32" } else { "1;31" }, text));
    }

    fn time(&self, moment: Instant) -> String {
        self.paint("2", &format!("{:6.3} s", moment.duration_since(self.started).as_secs_f64()))
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
