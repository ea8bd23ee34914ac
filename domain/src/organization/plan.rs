//! The product's own plans, and how many webhooks each allows.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

/// What the server's organizations subscribe to. Who embeds the application may have plans of their own, see
/// [`WebhookLimits`](super::WebhookLimits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Plan {
    /// Two webhooks.
    Free,
    /// Ten webhooks.
    Starter,
    /// As many webhooks as wanted.
    Growth,
}

/// A name that no plan has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of free, starter, growth")]
pub struct UnknownPlan;

impl Plan {
    /// Every plan, smallest first.
    pub const ALL: [Self; 3] = [Self::Free, Self::Starter, Self::Growth];

    /// How many webhooks the plan allows (the mission's table of limits): free 2, starter 10, growth without limit.
    pub const fn webhook_limit(self) -> WebhookLimit {
        match self {
            Self::Free => WebhookLimit::at_most(2),
            Self::Starter => WebhookLimit::at_most(10),
            Self::Growth => WebhookLimit::Unlimited,
        }
    }

    /// The plan's name: `free`, `starter` or `growth`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Starter => "starter",
            Self::Growth => "growth",
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Plan {
    type Err = UnknownPlan;

    fn from_str(text: &str) -> Result<Self, UnknownPlan> {
        Self::ALL.into_iter().find(|plan| plan.as_str() == text).ok_or(UnknownPlan)
    }
}

/// How many webhooks an organization may have at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookLimit {
    /// Up to this many.
    AtMost(NonZeroU32),
    /// No limit.
    Unlimited,
}

impl WebhookLimit {
    /// A limit of `count`; zero would be no product, and is taken as one.
    pub const fn at_most(count: u32) -> Self {
        match NonZeroU32::new(count) {
            Some(count) => Self::AtMost(count),
            None => Self::AtMost(NonZeroU32::MIN),
        }
    }

    /// Whether one more may join `registered`. After a downgrade there may already be too many; those stay.
    pub const fn admits_one_more(self, registered: u32) -> bool {
        match self {
            Self::AtMost(limit) => registered < limit.get(),
            Self::Unlimited => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_those_of_the_plans() {
        assert!(Plan::Free.webhook_limit().admits_one_more(1));
        assert!(!Plan::Free.webhook_limit().admits_one_more(2));
        assert!(Plan::Starter.webhook_limit().admits_one_more(9));
        assert!(!Plan::Starter.webhook_limit().admits_one_more(10));
        assert!(Plan::Growth.webhook_limit().admits_one_more(u32::MAX));
    }

    #[test]
    fn a_downgraded_organization_gets_no_more_until_it_is_below() {
        assert!(!Plan::Free.webhook_limit().admits_one_more(7));
    }

    #[test]
    fn names_round_trip_and_are_exact() {
        for plan in Plan::ALL {
            assert_eq!(plan.to_string().parse(), Ok(plan));
        }
        assert_eq!("Free".parse::<Plan>(), Err(UnknownPlan));
    }
}
