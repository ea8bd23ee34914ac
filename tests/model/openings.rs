//! When each thing can happen.

use crate::action::{Action, Reply, Which};
use crate::protocol::Protocol;
use crate::row::{Phase, Row};
use crate::world::{Standing, World};
use stateright::Model;

impl Protocol {
    /// Whether the state alone lets this happen.
    pub(super) fn is_open(&self, world: &World, action: Action) -> bool {
        let phase = |which| world.held(which).map(|held| held.phase);
        let short = |which| world.held(which).is_some_and(|held| held.until < self.needed);
        match action {
            Action::Publish { first_attempt_by } => {
                world.left.publications > 0
                    && match first_attempt_by {
                        Some(dispatcher) => world.up[dispatcher] && world.webhook == Standing::Active,
                        None => world.webhook != Standing::Deleted,
                    }
            }
            Action::Claim(Which { dispatcher, delivery }) => {
                let row = world.rows[delivery].as_ref();
                world.up[dispatcher]
                    && row.is_some_and(|row| !row.kept.is_final() && row.held[dispatcher].is_none())
            }
            Action::BeginRequest(which) => phase(which) == Some(Phase::Claimed) && !short(which),
            Action::EndRequest(which, _) => phase(which) == Some(Phase::Sending),
            Action::Settle(which, reply) => {
                matches!(phase(which), Some(Phase::Ended { .. }))
                    && (reply == Reply::Heard || world.left.lost_replies > 0)
            }
            Action::GiveBack(which) => {
                phase(which) == Some(Phase::Claimed) && short(which) && world.left.give_backs > 0
            }
            Action::Abandon(which) => phase(which) == Some(Phase::Claimed) && short(which),
            Action::Crash { dispatcher } => world.up[dispatcher] && world.left.crashes > 0,
            Action::Restart { dispatcher } => !world.up[dispatcher],
            Action::Change(standing) => {
                world.left.changes > 0 && world.webhook != Standing::Deleted && world.webhook != standing
            }
            Action::TimePasses => world.left.slow_ticks != Some(0) || !self.is_somebodys_turn(world),
        }
    }

    /// Whether something other than a moment is being waited for.
    pub(super) fn is_somebodys_turn(&self, world: &World) -> bool {
        Action::every().any(|action| match action {
            Action::TimePasses => false,
            Action::Claim(which) => {
                world.rows[which.delivery].as_ref().is_some_and(Row::is_due) && self.is_open(world, action)
            }
            action => action.is_fair() && self.is_open(world, action),
        })
    }

    /// Whether something happens here by itself.
    pub(super) fn goes_on(&self, world: &World) -> bool {
        Action::every()
            .filter(|action| action.is_fair() && self.is_open(world, *action))
            .any(|action| self.next_state(world, action).is_some())
    }
}
