//! Settings that may hold a password.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// Text as it was given, of which `Debug` shows nothing.
#[derive(Clone)]
pub(crate) struct Silent(String);

impl Silent {
    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, for whoever takes it over.
    pub(crate) fn into_inner(self) -> String {
        self.0
    }
}

impl FromStr for Silent {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Silent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}
