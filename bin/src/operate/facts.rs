//! What is known of one thing, line by line.

use std::fmt::Display;

/// The width of the names.
const NAME: usize = 10;

/// Names and values, one under the other; what has no value has no line.
#[derive(Debug, Default)]
pub(super) struct Facts(Vec<String>);

impl Facts {
    pub(super) fn and(self, name: &str, value: impl Display) -> Self {
        self.and_if(name, Some(value))
    }

    pub(super) fn and_if(mut self, name: &str, value: Option<impl Display>) -> Self {
        self.0.extend(value.map(|value| format!("{name:<NAME$}  {value}")));
        self
    }

    pub(super) fn lines(self) -> Vec<String> {
        self.0
    }
}
