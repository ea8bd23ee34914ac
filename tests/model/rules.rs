//! What must hold in the model's world.

use crate::protocol::Protocol;
use crate::row::{Kept, Row};
use crate::world::{Standing, World};
use stateright::Property;

/// A rule about what happens, noted in the world when a step breaks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Rule {
    /// A settlement or a release under a claim that has passed on changes nothing; any other settlement counts.
    StaleChangesNothing,
    /// Attempts are sent and logged as 1, 2, 3, without a gap.
    AttemptsInOrder,
    /// No request is made under a claim that came after its webhook was disabled or deleted.
    OnlyForActiveWebhooks,
    /// No attempt is claimed before the policy's delay since the last one's end is over.
    NotBeforeDue,
    /// A final state never changes.
    FinalStaysFinal,
    /// There is no way round in a circle.
    EveryStepUsesSomethingUp,
}

pub(super) const STALE_CHANGES_NOTHING: &str = "a stale settlement changes nothing";
pub(super) const ATTEMPTS_IN_ORDER: &str = "attempts are 1, 2, 3 without a gap";
pub(super) const ONLY_FOR_ACTIVE_WEBHOOKS: &str =
    "no request for a webhook disabled or deleted before its claim";
pub(super) const NOT_BEFORE_DUE: &str = "no attempt before it is due";
pub(super) const FINAL_STAYS_FINAL: &str = "a final state never changes";
pub(super) const EVERY_RUN_ENDS: &str = "every step uses something up, so every run ends";
pub(super) const EVERY_END_IS_GOOD: &str = "where nothing goes on by itself, each delivery is final or held";
pub(super) const ONE_VALID_CLAIM: &str = "no two dispatchers hold a valid claim of one delivery";
pub(super) const THREE_REQUESTS: &str = "at most three requests of one attempt";
pub(super) const WAITING_AS_WEBHOOK_STANDS: &str = "held only while disabled, and nothing waits once deleted";

fn was_kept(world: &World, rule: Rule) -> bool {
    world.broken != Some(rule)
}

pub(super) fn properties() -> Vec<Property<Protocol>> {
    let mut properties = safety();
    properties.extend(liveness());
    properties
}

fn safety() -> Vec<Property<Protocol>> {
    vec![
        Property::always(STALE_CHANGES_NOTHING, |_, world: &World| {
            was_kept(world, Rule::StaleChangesNothing)
        }),
        Property::always(ATTEMPTS_IN_ORDER, |_, world: &World| {
            was_kept(world, Rule::AttemptsInOrder) && world.rows().all(|row| row.finished == row.logged)
        }),
        Property::always(ONLY_FOR_ACTIVE_WEBHOOKS, |_, world: &World| {
            was_kept(world, Rule::OnlyForActiveWebhooks)
        }),
        Property::always(NOT_BEFORE_DUE, |_, world: &World| was_kept(world, Rule::NotBeforeDue)),
        Property::always(FINAL_STAYS_FINAL, |_, world: &World| was_kept(world, Rule::FinalStaysFinal)),
        Property::always(ONE_VALID_CLAIM, |_, world: &World| {
            world.rows().all(|row| row.held.iter().flatten().filter(|held| held.is_valid()).count() < 2)
        }),
        Property::always(THREE_REQUESTS, |_, world: &World| world.rows().all(|row| row.requests <= 3)),
        Property::always(WAITING_AS_WEBHOOK_STANDS, |_, world: &World| {
            world.rows().all(|row| match (row.kept, world.webhook) {
                (Kept::Held, webhook) => webhook == Standing::Disabled,
                (Kept::Pending { .. }, webhook) => webhook == Standing::Active,
                _ => true,
            })
        }),
    ]
}

/// Together: whatever happens, every run comes to an end, and there every delivery has come to its own.
///
/// Not the checker's `eventually`, which may miss a run that joins the way of another.
fn liveness() -> Vec<Property<Protocol>> {
    vec![
        Property::always(EVERY_RUN_ENDS, |_, world: &World| was_kept(world, Rule::EveryStepUsesSomethingUp)),
        Property::always(EVERY_END_IS_GOOD, |protocol: &Protocol, world: &World| {
            let settled = |row: &Row| row.kept.is_final() || row.kept == Kept::Held;
            world.rows().all(settled) || world.broken.is_some() || protocol.goes_on(world)
        }),
    ]
}
