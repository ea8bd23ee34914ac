//! Load spread over many organizations with ten webhooks each, against one organization's.
//!
//! Once each booking goes to one webhook, while nine wait for what never comes, and once to all ten. The webhooks
//! share one receiver, and so the sender's connections to it: what is measured is the store and the dispatcher.

use super::comparison::deliveries_per_second;
use super::databases::Databases;
use super::finding::{Aim, Finding, Unit};
use super::plan::Plan;
use super::stage::{Scene, Stage};
use crate::Engine;

/// Of each organization.
const WEBHOOKS: usize = 10;

pub(crate) async fn measure(
    databases: &Databases,
    engine: Engine,
    plan: &Plan,
) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for (listening, bookings) in [(1, plan.bookings), (WEBHOOKS, plan.fanned_bookings)] {
        let alone = Scene { listening, ..Scene::ONE_WEBHOOK };
        let crowd = Scene { organizations: plan.organizations, silent: WEBHOOKS - listening, ..alone };
        let mut one = Stage::set(databases, engine, alone).await?;
        let mut many = Stage::set(databases, engine, crowd).await?;
        let rates = deliveries_per_second([&mut one, &mut many], bookings, plan).await?;
        one.stop().await?;
        many.stop().await?;
        let organizations = plan.organizations;
        findings.extend([
            Finding::new(
                format!("deliveries, 1 organization, 1 to {listening}"),
                rates.first,
                Unit::PerSecond,
            ),
            Finding::new(
                format!("deliveries, {organizations} organizations, 1 to {listening}"),
                rates.second,
                Unit::PerSecond,
            ),
            Finding::new(format!("many against one, 1 to {listening}"), rates.ratio(), Unit::Times)
                .aiming(Aim::AtLeast(0.8)),
        ]);
    }
    Ok(findings)
}
