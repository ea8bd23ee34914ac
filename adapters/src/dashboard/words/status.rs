//! Where a delivery is in its life, in a word, with a sign beside its colour.

use askama::Template;
use askama::filters::HtmlSafe;
use slotflow_domain::delivery::DeliveryStatus;

/// A status as pages show it. Templates write it as it is: `{{ status }}` comes out as a badge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Template)]
#[template(path = "words/status.html")]
pub(in crate::dashboard) struct StatusWord {
    /// Its name, which the style sheet knows too.
    pub(in crate::dashboard) name: &'static str,
    /// For people.
    pub(in crate::dashboard) word: &'static str,
    /// What tells it apart without colour.
    pub(in crate::dashboard) sign: &'static str,
    /// What it means.
    pub(in crate::dashboard) meaning: &'static str,
}

/// Its template escapes what there is to escape.
impl HtmlSafe for StatusWord {}

impl From<DeliveryStatus> for StatusWord {
    fn from(status: DeliveryStatus) -> Self {
        let (word, sign, meaning) = match status {
            DeliveryStatus::Pending => ("Waiting", "◷", "It waits for its next attempt."),
            DeliveryStatus::Delivering => ("Sending", "↗", "An attempt is being made."),
            DeliveryStatus::Held => {
                ("Held", "‖", "Its webhook is paused. It is sent when the webhook is resumed.")
            }
            DeliveryStatus::Delivered => ("Delivered", "✓", "The receiver has accepted it."),
            DeliveryStatus::Failed => {
                ("Failed", "✕", "Nothing more is tried by itself. You can send it again.")
            }
            DeliveryStatus::Cancelled => ("Cancelled", "⊘", "It is not sent any more."),
        };
        Self { name: status.as_str(), word, sign, meaning }
    }
}
