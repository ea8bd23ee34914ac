//! What a server answered.

use super::error::CallError;
use crate::terminal::on_one_line;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A JSON value as the text it came in, so that programs are shown what was sent, value for value.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Answer(Box<RawValue>);

impl Answer {
    /// The bytes as JSON, if they are.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// What it says, in the form that it is expected in.
    pub(crate) fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, CallError> {
        serde_json::from_str(self.0.get()).map_err(|error| CallError::misunderstood(&error))
    }

    /// It for programs, on one line.
    pub(crate) fn line(&self) -> String {
        on_one_line(self.0.get())
    }
}
