//! How webhooks fare: what their attempts came to, hour by hour, and what follows from it.
//!
//! An attempt's end is an [`EndedAttempt`]; [`tally`] counts many of them up into a [`WebhookHour`] per webhook
//! and hour, which stores add to what they have ([`WebhookHour::absorb`]). These rules read those hours:
//!
//! | rule | says |
//! |---|---|
//! | [`WebhookHealth::of`] | whether a webhook is well, for its owner |
//! | [`Attention::of`] | whether its owner should look after it, and why |
//! | [`AutoDisable::judge`] | whether it has failed for so long that it is disabled |
//! | [`Series::of`] | how a whole organization's webhooks fared over a day or a week |

mod attention;
mod auto_disable;
mod ended_attempt;
mod hour;
mod series;
mod totals;
mod webhook_health;

pub use attention::Attention;
pub use auto_disable::{AutoDisable, BadAutoDisable};
pub use ended_attempt::{EndedAttempt, tally};
pub use hour::{Streak, WebhookHour, hour_of};
pub use series::{OrganizationHour, Series, SeriesStep, Span};
pub use totals::Totals;
pub use webhook_health::{SuccessRate, WebhookHealth};
