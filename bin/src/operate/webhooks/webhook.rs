//! A webhook as the API tells of it.

use crate::operate::time::Time;
use crate::terminal::{CleanText, Colour};
use serde::Deserialize;

/// A webhook. Its signing secret is shown where it is new, and nowhere else.
#[derive(Debug, Deserialize)]
pub(super) struct Webhook {
    pub(super) id: CleanText,
    pub(super) url: CleanText,
    pub(super) events: Vec<CleanText>,
    pub(super) active: bool,
    pub(super) disabled_reason: Option<CleanText>,
    pub(super) created_at: Time,
    pub(super) health: Option<Health>,
}

/// How its deliveries go.
#[derive(Debug, Deserialize)]
pub(super) struct Health {
    pub(super) delivered_24h: u64,
    pub(super) failed_24h: u64,
    pub(super) last_success_at: Option<Time>,
    pub(super) last_failure_at: Option<Time>,
    pub(super) consecutive_failures: u64,
    pub(super) oldest_pending_at: Option<Time>,
}

impl Webhook {
    /// `active` or `disabled`, and its colour.
    pub(super) const fn state(&self) -> (&'static str, Colour) {
        if self.active { ("active", Colour::Good) } else { ("disabled", Colour::Waiting) }
    }

    /// The types of its events.
    pub(super) fn events(&self) -> String {
        self.events.iter().map(CleanText::as_str).collect::<Vec<_>>().join(", ")
    }
}
