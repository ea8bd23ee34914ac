//! Whether a webhook is sent to, and if not, why.

use std::fmt;
use std::str::FromStr;

/// Whether a registered webhook is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookActivity {
    /// It is.
    Active,
    /// It is not for now; its deliveries are held.
    Disabled(DisabledReason),
}

impl WebhookActivity {
    /// How the webhook stands, as its deliveries see it.
    pub const fn standing(self) -> WebhookStanding {
        match self {
            Self::Active => WebhookStanding::Active,
            Self::Disabled(_) => WebhookStanding::Disabled,
        }
    }

    /// Why it is disabled, if it is.
    pub const fn disabled_reason(self) -> Option<DisabledReason> {
        match self {
            Self::Active => None,
            Self::Disabled(reason) => Some(reason),
        }
    }
}

/// Why a webhook is disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisabledReason {
    /// Its organization asked for it.
    Requested,
    /// Its receiver answered `410 Gone` (Standard Webhooks: stop sending).
    Gone,
    /// Every attempt failed for too long ([`AutoDisable`](crate::health::AutoDisable)).
    Failing,
}

/// A name that no reason has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such reason for being disabled")]
pub struct UnknownDisabledReason;

impl DisabledReason {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Requested, Self::Gone, Self::Failing];

    /// The reason's name, as stores keep it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }
}

/// In words, for whoever owns the webhook.
impl fmt::Display for DisabledReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Requested => "disabled on request",
            Self::Gone => "the receiver answered 410 Gone",
            Self::Failing => "every attempt failed for too long",
        })
    }
}

impl FromStr for DisabledReason {
    type Err = UnknownDisabledReason;

    fn from_str(text: &str) -> Result<Self, UnknownDisabledReason> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text).ok_or(UnknownDisabledReason)
    }
}

/// How a webhook stands, as far as its deliveries are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookStanding {
    /// Deliveries are made.
    Active,
    /// Deliveries are held.
    Disabled,
    /// Deliveries are called off.
    Deleted,
}
