//! What is said of an input that breaks a rule.

use std::borrow::Cow;

/// A well-formed input that breaks a rule: which member, and which rule.
///
/// The message is written for whoever sent the input. It never quotes a secret, and of the input only
/// what is needed to find the mistake.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {rule}")]
pub struct Rejection {
    /// The member at fault, as it is called in the request (`url`, `metadata`, …).
    pub field: &'static str,
    /// The rule that it breaks, as a clause that can follow the field's name.
    pub rule: Cow<'static, str>,
}

impl Rejection {
    /// A rejection of `field` for breaking `rule`.
    pub fn new(field: &'static str, rule: impl Into<Cow<'static, str>>) -> Self {
        Self { field, rule: rule.into() }
    }
}
