//! The model's world: one webhook, its deliveries, and what is left of its unkindness.

use crate::action::Which;
use crate::row::{Held, Row};
use crate::rules::Rule;
use slotflow_domain::webhook::WebhookStanding;

/// How a webhook stands, as a state of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Standing {
    Active,
    Disabled,
    Deleted,
}

impl From<Standing> for WebhookStanding {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Active => Self::Active,
            Standing::Disabled => Self::Disabled,
            Standing::Deleted => Self::Deleted,
        }
    }
}

/// How often the world may be unkind. What is left of each is part of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Budget {
    /// Deliveries still to be made.
    pub(super) publications: u8,
    /// Processes that die.
    pub(super) crashes: u8,
    /// Times the webhook is disabled, enabled or deleted by its organization.
    pub(super) changes: u8,
    /// Claims handed back unused. (Without a bound a process could stall after each claim for ever.)
    pub(super) give_backs: u8,
    /// Ticks that pass while somebody has something to do; without a bound if `None`.
    pub(super) slow_ticks: Option<u8>,
    /// Outcomes that are recorded without their dispatcher hearing of it, so that it tries again.
    pub(super) lost_replies: u8,
}

/// One webhook, its deliveries, and two dispatchers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct World {
    pub(super) webhook: Standing,
    /// Whether each dispatcher's process runs.
    pub(super) up: [bool; 2],
    pub(super) rows: [Option<Row>; 2],
    pub(super) left: Budget,
    /// The first rule that was broken on the way here.
    pub(super) broken: Option<Rule>,
}

impl World {
    pub(super) fn held(&self, which: Which) -> Option<&Held> {
        self.rows[which.delivery].as_ref()?.held[which.dispatcher].as_ref()
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().flatten()
    }

    /// The same world with its dispatchers and deliveries in a fixed order: neither has a name.
    pub(super) fn in_order(mut self) -> Self {
        for row in self.rows.iter_mut().flatten() {
            row.simplify();
        }
        self.rows.sort();
        let mut swapped = self.clone();
        swapped.up.reverse();
        for row in swapped.rows.iter_mut().flatten() {
            row.held.reverse();
        }
        swapped.rows.sort();
        self.min(swapped)
    }
}
