//! The delivery state machine.

use super::{
    Attempt, AttemptNumber, ClaimToken, Draw, Lease, LeaseDuration, RetryPolicy, Settlement, Verdict,
};
use crate::Timestamp;
use crate::instance::InstanceNumber;
use crate::webhook::WebhookStanding;
use std::fmt;
use std::str::FromStr;

/// How far a delivery has come.
///
/// Pure: each method answers with the progress that follows, and the caller stores it. For every sequence
/// of calls, in any order, with `now` jumping either way: attempts are numbered 1, 2, 3 without gaps and
/// never exceed the policy's; none begins before it is due; a final state never changes; and a state that
/// is not final has a way to a final one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    state: DeliveryState,
    finished_attempts: u16,
    lost_claims: u16,
}

/// Where a delivery is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// Waiting for its next attempt.
    Pending {
        /// When that is due.
        due: Timestamp,
    },
    /// Claimed: an attempt is being made.
    Delivering {
        /// The claim it is made under.
        lease: Lease,
    },
    /// Waiting for its webhook to be enabled.
    Held,
    /// Arrived. Final.
    Delivered {
        /// When.
        at: Timestamp,
    },
    /// Given up. Final.
    Failed {
        /// When.
        at: Timestamp,
    },
    /// Called off. Final.
    Cancelled {
        /// When.
        at: Timestamp,
    },
}

/// What a claim on a delivery comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is not due, or somebody else has it. Nothing changes.
    NotDue,
    /// It is yours: make [`Progress::next_attempt`] and settle under the lease's token.
    Granted(Progress),
    /// Its webhook is disabled or deleted: it is now held or cancelled.
    Withdrawn(Progress),
    /// Its attempt was lost too often and counts as failed: record the attempt, and store what follows.
    Lost(Progress, Box<Attempt>),
}

/// The claim that a settlement was made under is no longer the delivery's claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the delivery has been claimed by someone else, or settled")]
pub struct StaleClaim;

impl Progress {
    /// How many leases of one attempt may end without an outcome: 3. The attempt is repeated until then
    /// and counts as failed after, so that a request that kills its process is not made for ever.
    pub const MAX_LOST_CLAIMS: u16 = 3;

    /// The beginning: due at once, unless the webhook is not active.
    pub fn first(standing: WebhookStanding, now: Timestamp) -> Self {
        let state = match standing {
            WebhookStanding::Active => DeliveryState::Pending { due: now },
            WebhookStanding::Disabled => DeliveryState::Held,
            WebhookStanding::Deleted => DeliveryState::Cancelled { at: now },
        };
        Self { state, finished_attempts: 0, lost_claims: 0 }
    }

    /// The beginning of a delivery that is claimed as it is made: its first attempt follows the commit without
    /// another look at the store. If it does not, the lease ends like any other.
    pub const fn claimed_first(lease: Lease) -> Self {
        Self { state: DeliveryState::Delivering { lease }, finished_attempts: 0, lost_claims: 0 }
    }

    /// Progress as a store kept it.
    pub const fn from_stored(state: DeliveryState, finished_attempts: u16, lost_claims: u16) -> Self {
        Self { state, finished_attempts, lost_claims }
    }

    /// Where the delivery is.
    pub const fn state(&self) -> DeliveryState {
        self.state
    }

    /// How many attempts are over.
    pub const fn finished_attempts(&self) -> u16 {
        self.finished_attempts
    }

    /// How many leases of the next attempt have ended without an outcome, in a row.
    pub const fn lost_claims(&self) -> u16 {
        self.lost_claims
    }

    /// The attempt that is being made, or would be next.
    pub const fn next_attempt(&self) -> AttemptNumber {
        AttemptNumber::after(self.finished_attempts)
    }

    /// Takes a due delivery under `lease`, as far as its webhook's `standing` allows.
    ///
    /// Due is what is pending and past its time, and what was claimed under a lease that has ended: its
    /// attempt is then made again *as the same attempt*. One that is lost for good fails as [`Settlement::of`] says, with
    /// this `draw`.
    pub fn claim(
        &self,
        now: Timestamp,
        lease: Lease,
        standing: WebhookStanding,
        policy: &RetryPolicy,
        draw: Draw,
    ) -> Claim {
        let lost_claims = match self.state {
            DeliveryState::Pending { due } if due <= now => self.lost_claims,
            DeliveryState::Delivering { lease } if lease.until <= now => self.lost_claims.saturating_add(1),
            _ => return Claim::NotDue,
        };
        if lost_claims >= Self::MAX_LOST_CLAIMS {
            let attempt = Attempt::lost(self.next_attempt(), now);
            let settlement = Settlement::of(attempt.number, Verdict::Rejected, now, policy, draw);
            return Claim::Lost(self.ended(settlement, standing), Box::new(attempt));
        }
        let moved = |state| Self { state, lost_claims, ..*self };
        match standing {
            WebhookStanding::Active => Claim::Granted(moved(DeliveryState::Delivering { lease })),
            WebhookStanding::Disabled => Claim::Withdrawn(moved(DeliveryState::Held)),
            WebhookStanding::Deleted => Claim::Withdrawn(moved(DeliveryState::Cancelled { at: now })),
        }
    }

    /// Ends the attempt made under `token`. A claim that has passed to someone else changes nothing.
    pub fn settle(
        &self,
        token: ClaimToken,
        settlement: Settlement,
        standing: WebhookStanding,
    ) -> Result<Self, StaleClaim> {
        self.held_under(token)?;
        Ok(self.ended(settlement, standing))
    }

    /// Gives back a claim that was not used: the delivery is due since `taken_at`, the moment of the claim, as
    /// if never taken. Not since now: a clock that went back could put that before the time it was due.
    pub fn release(
        &self,
        token: ClaimToken,
        taken_at: Timestamp,
        standing: WebhookStanding,
    ) -> Result<Self, StaleClaim> {
        self.held_under(token)?;
        let state = match standing {
            WebhookStanding::Active => DeliveryState::Pending { due: taken_at },
            WebhookStanding::Disabled => DeliveryState::Held,
            WebhookStanding::Deleted => DeliveryState::Cancelled { at: taken_at },
        };
        Ok(Self { state, ..*self })
    }

    /// `dead` is an instance that is no more: a claim of its ends at `now` instead of with its lease. All else is as if the
    /// lease had ended by itself: whoever takes it over counts the loss, and an outcome that comes before that is taken.
    ///
    /// Only a lease that may have begun by `now`, being no longer than `longest`, is ended: where it began later, the
    /// clock went back or is behind, and the delivery may not be due yet. Such a lease ends by itself.
    #[must_use]
    pub fn abandoned_by(&self, dead: InstanceNumber, now: Timestamp, longest: LeaseDuration) -> Self {
        match self.state {
            DeliveryState::Delivering { lease }
                if lease.token.instance() == Some(dead)
                    && lease.until > now
                    && longest.began(lease) <= now =>
            {
                Self { state: DeliveryState::Delivering { lease: Lease { until: now, ..lease } }, ..*self }
            }
            _ => *self,
        }
    }

    /// Its webhook was disabled: what waits is held, and the attempts made so far still count.
    #[must_use]
    pub fn hold(&self) -> Self {
        match self.state {
            DeliveryState::Pending { .. } => Self { state: DeliveryState::Held, ..*self },
            _ => *self,
        }
    }

    /// Its webhook was enabled: what was held is due at once.
    #[must_use]
    pub fn resume(&self, now: Timestamp) -> Self {
        match self.state {
            DeliveryState::Held => Self { state: DeliveryState::Pending { due: now }, ..*self },
            _ => *self,
        }
    }

    /// Its webhook was deleted: what waits, held or not, is called off.
    #[must_use]
    pub fn cancel(&self, now: Timestamp) -> Self {
        match self.state {
            DeliveryState::Pending { .. } | DeliveryState::Held => {
                Self { state: DeliveryState::Cancelled { at: now }, ..*self }
            }
            _ => *self,
        }
    }

    /// Its webhook was enabled with the wish to drop what was held.
    #[must_use]
    pub fn discard(&self, now: Timestamp) -> Self {
        match self.state {
            DeliveryState::Held => self.cancel(now),
            _ => *self,
        }
    }

    fn held_under(&self, token: ClaimToken) -> Result<(), StaleClaim> {
        match self.state {
            DeliveryState::Delivering { lease } if lease.token == token => Ok(()),
            _ => Err(StaleClaim),
        }
    }

    fn ended(&self, settlement: Settlement, standing: WebhookStanding) -> Self {
        Self {
            state: settlement.state_under(standing),
            finished_attempts: self.finished_attempts.saturating_add(1),
            lost_claims: 0,
        }
    }
}

impl DeliveryState {
    /// The state's name.
    pub const fn status(&self) -> DeliveryStatus {
        match self {
            Self::Pending { .. } => DeliveryStatus::Pending,
            Self::Delivering { .. } => DeliveryStatus::Delivering,
            Self::Held => DeliveryStatus::Held,
            Self::Delivered { .. } => DeliveryStatus::Delivered,
            Self::Failed { .. } => DeliveryStatus::Failed,
            Self::Cancelled { .. } => DeliveryStatus::Cancelled,
        }
    }

    /// When somebody should look at the delivery again: when it is due, or when its lease ends.
    pub const fn wake_at(&self) -> Option<Timestamp> {
        match self {
            Self::Pending { due } => Some(*due),
            Self::Delivering { lease } => Some(lease.until),
            _ => None,
        }
    }

    /// When the delivery came to its end.
    pub const fn completed_at(&self) -> Option<Timestamp> {
        match self {
            Self::Delivered { at } | Self::Failed { at } | Self::Cancelled { at } => Some(*at),
            _ => None,
        }
    }
}

/// The name of a delivery's state, without its particulars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveryStatus {
    /// Waiting for its next attempt.
    Pending,
    /// An attempt is being made.
    Delivering,
    /// Waiting for its webhook to be enabled.
    Held,
    /// Arrived.
    Delivered,
    /// Given up.
    Failed,
    /// Called off.
    Cancelled,
}

/// A name that no delivery status has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of pending, delivering, held, delivered, failed, cancelled")]
pub struct UnknownStatus;

impl DeliveryStatus {
    /// Every status, in the order of a delivery's life.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Delivering, Self::Held, Self::Delivered, Self::Failed, Self::Cancelled];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivering => "delivering",
            Self::Held => "held",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more happens by itself.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Failed | Self::Cancelled)
    }
}

impl fmt::Display for DeliveryStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for DeliveryStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(UnknownStatus)
    }
}
