//! An attempt as the API tells of it.

use crate::operate::time::Time;
use crate::terminal::CleanText;
use serde::Deserialize;
use std::time::Duration;

/// An attempt, and what came of it.
#[derive(Debug, Deserialize)]
pub(in crate::operate) struct Attempt {
    pub(super) number: u32,
    pub(super) started_at: Time,
    duration_ms: u64,
    pub(super) outcome: CleanText,
    pub(super) response_status: Option<u16>,
    /// As it came; whoever prints it cleans it.
    pub(super) response_body: Option<String>,
    #[serde(default)]
    pub(super) response_truncated: bool,
    pub(super) error: Option<CleanText>,
    pub(super) address: Option<CleanText>,
    #[serde(default)]
    phases: Option<Phases>,
}

/// What its time went into, in milliseconds.
#[derive(Debug, Default, Deserialize)]
struct Phases {
    dns_ms: Option<f64>,
    connect_ms: Option<f64>,
    tls_ms: Option<f64>,
    first_byte_ms: Option<f64>,
}

impl Attempt {
    /// How long it took.
    pub(super) fn duration(&self) -> Duration {
        Duration::from_millis(self.duration_ms)
    }

    /// What its time went into, as far as that is known: `DNS 1.2 ms, TLS 30.5 ms`.
    pub(super) fn phases(&self) -> Option<String> {
        let phases = self.phases.as_ref()?;
        let told: Vec<_> = [
            ("DNS", phases.dns_ms),
            ("connecting", phases.connect_ms),
            ("TLS", phases.tls_ms),
            ("first byte", phases.first_byte_ms),
        ]
        .into_iter()
        .filter_map(|(name, millis)| millis.map(|millis| format!("{name} {millis:.1} ms")))
        .collect();
        (!told.is_empty()).then(|| told.join(", "))
    }

    /// Whether the receiver took it.
    pub(super) fn succeeded(&self) -> bool {
        self.outcome.as_str() == "success"
    }
}
