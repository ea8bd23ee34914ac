//! A payload, printed: indented for people, or as it is sent.

use crate::output::say;
use crate::terminal::{Colour, Colours, indented, on_one_line};
use std::io::IsTerminal;

/// Prints the payload under a heading. Raw it is printed byte for byte, except for what a terminal would act on.
pub(super) fn print(payload: &str, raw: bool, colours: Colours) {
    say!("\n{}", colours.paint(Colour::Title, "payload"));
    match raw {
        true if std::io::stdout().is_terminal() => say!("{}", on_one_line(payload)),
        true => say!("{payload}"),
        false => say!("{}", indented(payload)),
    }
}
