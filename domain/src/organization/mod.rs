//! Organizations: the tenants that own webhooks, bookings, events and deliveries.

mod api_key;
mod plan;
mod plan_name;
mod webhook_limits;

pub use api_key::{ApiKey, ApiKeyDigest, NotAnApiKey};
pub use plan::{Plan, UnknownPlan, WebhookLimit};
pub use plan_name::{NotAPlanName, PlanName};
pub use webhook_limits::WebhookLimits;

use crate::{OrganizationId, Rejection, Timestamp, plain_text};
use std::fmt;

/// A tenant. Whatever one organization owns does not exist for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its identifier.
    pub id: OrganizationId,
    /// What people call it.
    pub name: OrganizationName,
    /// What it may have.
    pub plan: PlanName,
    /// When it was created.
    pub created_at: Timestamp,
}

/// The name of an organization: 1 to 200 characters on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationName(String);

impl OrganizationName {
    /// Takes a name, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Rejection> {
        plain_text::check("name", text, 1..=200)?;
        Ok(Self(text.to_owned()))
    }

    /// The name as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrganizationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
