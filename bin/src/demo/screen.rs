//! What the demo shows: with colour on a terminal, plain elsewhere.

use crate::output::say;
use crate::receiver::{Arrival, Signature};
use crate::terminal::{Colour, Colours};
use std::time::Instant;

/// Where the demo is shown.
pub(super) struct Screen {
    started: Instant,
    colours: Colours,
}

impl Screen {
    /// Shows things from now on.
    pub(super) fn start() -> Self {
        Self { started: Instant::now(), colours: Colours::of_stdout() }
    }

    pub(super) fn title(&self, text: &str) {
        say!("\n{}", self.colours.paint(Colour::Title, text));
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
            Signature::Valid => ("signature valid".to_owned(), Colour::Good),
            Signature::Invalid(why) => (format!("SIGNATURE INVALID: {why}"), Colour::Bad),
            Signature::Unchecked => ("signature not checked".to_owned(), Colour::Waiting),
        };
        let status_colour = if arrival.status.is_success() { Colour::Good } else { Colour::Bad };
        say!(
            "{}    → {:<8} {:<18} attempt {}  {}  answered {}",
            self.time(arrival.at),
            arrival.path,
            arrival.header("x-slotflow-event"),
            arrival.header("x-slotflow-attempt"),
            self.colours.paint(signature_colour, &signature),
            self.colours.paint(status_colour, arrival.status.as_str()),
        );
    }

    /// Good or bad news.
    pub(super) fn verdict(&self, good: bool, text: &str) {
        say!("\n{}", self.colours.paint(if good { Colour::GoodNews } else { Colour::BadNews }, text));
    }

    fn time(&self, moment: Instant) -> String {
        self.colours
            .paint(Colour::Faint, &format!("{:6.3} s", moment.duration_since(self.started).as_secs_f64()))
    }
}
