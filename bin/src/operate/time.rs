//! The times that the server tells.

use crate::terminal::relative;
use serde::de::{Deserialize, Deserializer, Error};
use slotflow_domain::Timestamp;

/// A time out of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Time(pub(super) Timestamp);

impl Time {
    /// `3m ago`, `in 54m`.
    pub(super) fn relative(self, now: Timestamp) -> String {
        relative(self.0, now)
    }

    /// `2026-03-10T14:05:00.000Z (3m ago)`
    pub(super) fn in_full(self, now: Timestamp) -> String {
        format!("{} ({})", self.0, self.relative(now))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Timestamp::parse_rfc3339(&text).map(Self).map_err(D::Error::custom)
    }
}
