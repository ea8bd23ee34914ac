//! What can happen in the model's world.

use crate::row::Answer;
use crate::world::Standing;

/// A dispatcher's claim on a delivery, by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Which {
    pub(super) dispatcher: usize,
    pub(super) delivery: usize,
}

impl Which {
    fn each() -> impl Iterator<Item = Self> {
        (0..2).flat_map(|dispatcher| (0..2).map(move |delivery| Self { dispatcher, delivery }))
    }
}

/// What can happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// A new delivery, claimed at birth by one of the dispatchers or by none.
    Publish {
        first_attempt_by: Option<usize>,
    },
    Claim(Which),
    BeginRequest(Which),
    EndRequest(Which, Answer),
    /// The outcome arrives at the store. Unless the reply gets lost, the dispatcher is done with it.
    Settle(Which, Reply),
    /// A claim with too little lease left is handed back.
    GiveBack(Which),
    /// The same, but the store cannot be reached.
    Abandon(Which),
    Crash {
        dispatcher: usize,
    },
    Restart {
        dispatcher: usize,
    },
    Change(Standing),
    TimePasses,
}

/// Whether a dispatcher hears of what the store did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Heard,
    Lost,
}

impl Action {
    /// All that can happen, in a fixed order.
    pub(super) fn every() -> impl Iterator<Item = Self> {
        let of_claims = Which::each().flat_map(|which| {
            [
                Self::Claim(which),
                Self::BeginRequest(which),
                Self::EndRequest(which, Answer::Accepted),
                Self::EndRequest(which, Answer::Rejected),
                Self::EndRequest(which, Answer::Gone),
                Self::Settle(which, Reply::Heard),
                Self::Settle(which, Reply::Lost),
                Self::GiveBack(which),
                Self::Abandon(which),
            ]
        });
        let of_dispatchers = (0..2).flat_map(|dispatcher| {
            [
                Self::Publish { first_attempt_by: Some(dispatcher) },
                Self::Crash { dispatcher },
                Self::Restart { dispatcher },
            ]
        });
        of_claims.chain(of_dispatchers).chain([
            Self::Publish { first_attempt_by: None },
            Self::Change(Standing::Active),
            Self::Change(Standing::Disabled),
            Self::Change(Standing::Deleted),
            Self::TimePasses,
        ])
    }

    /// Whether it happens in the end if nothing else does, as nobody needs to be unkind or to ask for it.
    pub(super) fn is_fair(self) -> bool {
        match self {
            Self::Claim(_)
            | Self::BeginRequest(_)
            | Self::EndRequest(..)
            | Self::Settle(_, Reply::Heard)
            | Self::Abandon(_)
            | Self::Restart { .. }
            | Self::TimePasses => true,
            Self::Publish { .. }
            | Self::Settle(_, Reply::Lost)
            | Self::GiveBack(_)
            | Self::Crash { .. }
            | Self::Change(_) => false,
        }
    }
}
