//! The name of the plan that an organization is on.

use super::Plan;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// What an organization has subscribed to, in the words of whoever sells it: `free`, `team`, `price_1NaX…`.
///
/// 1 to 64 ASCII letters, digits and `-`, `_`, `.`; case matters. What it allows is said by
/// [`WebhookLimits`](super::WebhookLimits).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlanName(Arc<str>);

/// A text that cannot name a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name of a plan must be 1 to {} letters, digits and -, _, .", PlanName::MAX_LENGTH)]
pub struct NotAPlanName;

impl PlanName {
    /// Most characters.
    pub const MAX_LENGTH: usize = 64;

    /// Takes a name, exactly as it is.
    pub fn parse(text: &str) -> Result<Self, NotAPlanName> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if text.is_empty() || text.len() > Self::MAX_LENGTH || !text.bytes().all(is_allowed) {
            return Err(NotAPlanName);
        }
        Ok(Self(text.into()))
    }

    /// The name as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Plan> for PlanName {
    fn from(plan: Plan) -> Self {
        Self(plan.as_str().into())
    }
}

impl PartialEq<Plan> for PlanName {
    fn eq(&self, plan: &Plan) -> bool {
        self.as_str() == plan.as_str()
    }
}

impl FromStr for PlanName {
    type Err = NotAPlanName;

    fn from_str(text: &str) -> Result<Self, NotAPlanName> {
        Self::parse(text)
    }
}

impl fmt::Display for PlanName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_plain_and_kept_as_it_is() {
        for name in ["free", "Enterprise-2026", "price_1NaXyZ", "v1.2", &"a".repeat(64)] {
            assert_eq!(PlanName::parse(name).unwrap().as_str(), name);
        }
        for text in ["", "two words", "größer", "<b>", "a\0", &"a".repeat(65)] {
            assert_eq!(PlanName::parse(text), Err(NotAPlanName), "{text:?}");
        }
    }

    #[test]
    fn the_plans_of_the_product_have_names_like_others() {
        for plan in Plan::ALL {
            assert_eq!(PlanName::parse(plan.as_str()), Ok(PlanName::from(plan)));
            assert_eq!(PlanName::from(plan), plan);
        }
    }
}
