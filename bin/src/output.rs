//! What a command prints.

use std::fmt;
use std::io::{self, Write};
use std::process;

/// Prints a line on standard output. Whoever reads it may have gone, as `head` does after its lines: then there
/// is nothing left to do, and the process ends quietly.
macro_rules! say {
    ($($text:tt)*) => { $crate::output::line(format_args!($($text)*)) };
}
pub(crate) use say;

/// What [`say`] calls.
pub(crate) fn line(text: fmt::Arguments<'_>) {
    if writeln!(io::stdout().lock(), "{text}").is_err() {
        process::exit(0);
    }
}

/// Says on standard error, in a line of its own, what went wrong. There is nobody to tell if that fails.
pub(crate) fn complain(what: &dyn fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "error: {what}");
}

/// Says on standard error, in a line of its own, what whoever gave the command should know.
pub(crate) fn warn(what: &dyn fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "warning: {what}");
}
