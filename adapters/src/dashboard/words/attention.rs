//! Why a webhook needs its owner, and what to do about it.

use super::{When, amount};
use slotflow_domain::Timestamp;
use slotflow_domain::health::Attention;

/// A reason as pages show it.
pub(in crate::dashboard) struct AttentionWords {
    /// How bad it is, for the style sheet: `bad`, `wait` or `held`.
    pub(in crate::dashboard) kind: &'static str,
    /// In two words.
    pub(in crate::dashboard) title: &'static str,
    /// What happened and what helps.
    pub(in crate::dashboard) why: String,
}

pub(in crate::dashboard) fn words(reason: Attention, now: Timestamp) -> AttentionWords {
    let (kind, title, why) = match reason {
        Attention::Gone => (
            "bad",
            "Gone",
            "The receiver answered 410 Gone, so nothing is sent to it any more. Resume it if that was a mistake, or delete it."
                .to_owned(),
        ),
        Attention::DisabledForFailing => (
            "bad",
            "Disabled",
            "Every attempt failed for days, so it was disabled. What is meant for it is held, tests too: mend the receiver, then resume it."
                .to_owned(),
        ),
        Attention::Failing { attempts, since } => (
            "bad",
            "Failing",
            format!(
                "The last {} failed, the first of them {}.",
                amount::of(attempts, "attempt", "attempts"),
                When::new(since, now).relative
            ),
        ),
        Attention::GaveUp { deliveries } => (
            "bad",
            "Gave up",
            format!("{} failed for good within a day. Send them again once the receiver is well.", amount::of(deliveries, "delivery", "deliveries")),
        ),
        Attention::Late { oldest_pending_at } => (
            "wait",
            "Behind",
            format!(
                "The oldest delivery that waits was made {}: more comes in than the receiver takes.",
                When::new(oldest_pending_at, now).relative
            ),
        ),
        Attention::Paused => ("held", "Paused", "You have paused it. What is meant for it is held until you resume it.".to_owned()),
    };
    AttentionWords { kind, title, why }
}
