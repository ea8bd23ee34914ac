//! How a webhook fares, as its owner sees it.

use crate::dashboard::overview::rate;
use crate::dashboard::words::attention::AttentionWords;
use crate::dashboard::words::{When, amount, attention};
use slotflow_domain::Timestamp;
use slotflow_domain::health::{Attention, WebhookHealth};
use slotflow_domain::webhook::{DisabledReason, Webhook, WebhookActivity};

/// What is said of a webhook's health.
pub(super) struct HealthView {
    pub(super) state: StateTag,
    /// Why it needs its owner, if it does.
    pub(super) attention: Option<AttentionWords>,
    pub(super) is_active: bool,
    pub(super) success_rate: String,
    pub(super) delivered: String,
    pub(super) failed: String,
    pub(super) any_failed: bool,
    pub(super) last_success: Option<When>,
    pub(super) last_failure: Option<When>,
}

/// Whether it is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StateTag {
    /// For the style sheet.
    pub(super) kind: &'static str,
    pub(super) word: &'static str,
}

impl HealthView {
    pub(super) fn new(webhook: &Webhook, health: &WebhookHealth, now: Timestamp) -> Self {
        let reason = Attention::of(webhook, health, now);
        Self {
            state: webhook.activity.into(),
            attention: reason.map(|reason| attention::words(reason, now)),
            is_active: webhook.activity == WebhookActivity::Active,
            success_rate: rate(health.success_rate_24h),
            delivered: amount::number(health.delivered_24h),
            failed: amount::number(health.failed_24h),
            any_failed: health.failed_24h > 0,
            last_success: When::maybe(health.last_success_at, now),
            last_failure: When::maybe(health.last_failure_at, now),
        }
    }
}

impl From<WebhookActivity> for StateTag {
    fn from(activity: WebhookActivity) -> Self {
        let (kind, word) = match activity {
            WebhookActivity::Active => ("good", "Active"),
            WebhookActivity::Disabled(DisabledReason::Requested) => ("held", "Paused"),
            WebhookActivity::Disabled(DisabledReason::Gone) => ("bad", "Disabled: gone"),
            WebhookActivity::Disabled(DisabledReason::Failing) => ("bad", "Disabled: failing"),
        };
        Self { kind, word }
    }
}
