//! Colour: only on a terminal, and never the only thing that says something.

use std::io::IsTerminal;

/// What a text may be painted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    Good,
    Bad,
    Waiting,
    Moving,
    Faint,
    Title,
    GoodNews,
    BadNews,
}

impl Colour {
    /// The parameters of the terminal's "select graphic rendition".
    const fn code(self) -> &'static str {
        match self {
            Self::Good => "32",
            Self::Bad => "31",
            Self::Waiting => "33",
            Self::Moving => "36",
            Self::Faint => "2",
            Self::Title => "1",
            Self::GoodNews => "1;32",
            Self::BadNews => "1;31",
        }
    }
}

/// Whether there is colour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Colours {
    on: bool,
}

impl Colours {
    /// On if standard output is a terminal, unless `NO_COLOR` says otherwise (no-color.org).
    pub(crate) fn of_stdout() -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { on: std::io::stdout().is_terminal() && !unwanted }
    }

    #[cfg(test)]
    pub(crate) const NONE: Self = Self { on: false };

    /// The text in this colour.
    pub(crate) fn paint(self, colour: Colour, text: &str) -> String {
        if self.on { format!("\u{1b}[{}m{text}\u{1b}[0m", colour.code()) } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_there_is_only_the_text() {
        assert_eq!(Colours::NONE.paint(Colour::Bad, "failed"), "failed");
        assert_eq!(Colours { on: true }.paint(Colour::Bad, "failed"), "\u{1b}[31mfailed\u{1b}[0m");
    }
}
