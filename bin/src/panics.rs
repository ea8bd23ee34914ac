//! What is told of a panic.

use std::io::{self, Write};
use std::panic::{self, PanicHookInfo};

/// From now on a panic tells where it was, and nothing else: its words may quote whatever was at hand, such as what a
/// client sent.
pub(crate) fn tell_only_where() {
    panic::set_hook(Box::new(tell));
}

/// In the log if there is one that takes it, else on standard error.
fn tell(panic: &PanicHookInfo<'_>) {
    let Some(place) = panic.location() else { return };
    if tracing::enabled!(tracing::Level::ERROR) {
        tracing::error!(file = place.file(), line = place.line(), column = place.column(), "a panic");
    } else {
        let _ = writeln!(io::stderr().lock(), "error: a panic at {place}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::LogFormat;
    use crate::logging;
    use std::process::Command;

    /// Says to this very test, run as a process of its own, to panic: with a log or without one.
    const ROLE: &str = "SLOTFLOW_TEST_PANICS";
    const WORDS: &str = "attendee Zaphod, whsec_c2VjcmV0";

    #[test]
    fn a_panic_tells_where_it_was_and_none_of_its_words() {
        if let Ok(role) = std::env::var(ROLE) {
            if role == "logged" {
                logging::start(LogFormat::Text, "info");
            }
            tell_only_where();
            panic!("{WORDS}");
        }
        for (role, told) in [("logged", "ERROR"), ("not logged", "error: a panic at ")] {
            let mut child = Command::new(std::env::current_exe().unwrap());
            child.args(["--exact", "panics::tests::a_panic_tells_where_it_was_and_none_of_its_words"]);
            let child =
                child.arg("--nocapture").env(ROLE, role).env("RUST_BACKTRACE", "1").env_remove("RUST_LOG");
            let output = child.output().unwrap();
            let printed =
                [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
            assert!(!output.status.success(), "{role}: it did not panic: {printed}");
            let lines: Vec<_> = printed.lines().filter(|line| line.contains("panics.rs")).collect();
            assert!(matches!(lines[..], [line] if line.contains(told)), "{role}: {printed}");
            assert!(!printed.contains("Zaphod") && !printed.contains("whsec_"), "{role}: {printed}");
        }
    }
}
