//! The store's steps: each asks [`Progress`](slotflow_domain::delivery::Progress) and keeps what it says, as the
//! real stores do in one transaction.

use crate::row::{Kept, Row, Ticks, Token, moment, span};
use slotflow_domain::delivery::{Claim, Draw, Lease, Progress, RetryPolicy, Settlement, StaleClaim};
use slotflow_domain::webhook::WebhookStanding;

/// A mistake put into the store on purpose, to show that the model would find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mistake {
    /// A settlement is taken whoever holds the claim.
    SettlesWithoutToken,
    /// A claimed delivery is claimed again before its lease has ended.
    ClaimsDespiteLease,
    /// A claim does not look whether the delivery is due.
    ClaimsBeforeDue,
    /// A claim does not look whether its webhook is active.
    ClaimsDespiteStanding,
    /// A claimed delivery is never claimed again.
    NeverTakesOver,
    /// Leases that ended without an outcome are not counted.
    ForgetsLostClaims,
    /// Disabling a webhook forgets which attempts were made.
    ForgetsAttempts,
    /// Enabling a webhook leaves its deliveries held.
    ForgetsHeld,
    /// Deleting a webhook leaves its deliveries waiting.
    ForgetsWaiting,
    /// Deleting a webhook calls off what has arrived or failed, too.
    CancelsWhatIsOver,
}

/// The store's settings.
#[derive(Clone, Debug)]
pub(super) struct Store {
    pub(super) policy: RetryPolicy,
    pub(super) lease: Ticks,
    pub(super) mistake: Option<Mistake>,
}

/// What a claim came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claimed {
    NotDue,
    Granted,
    Withdrawn,
    Lost,
}

impl Store {
    fn errs(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }

    /// A lease that begins now.
    pub(super) fn new_lease(&self) -> Lease {
        Lease { token: Token::New.shown(), until: moment(self.lease.into()) }
    }

    pub(super) fn claim(&self, row: &mut Row, standing: WebhookStanding) -> Claimed {
        let progress = match row.progress() {
            it if self.errs(Mistake::ForgetsLostClaims) => {
                Progress::from_stored(it.state(), it.finished_attempts(), 0)
            }
            it => it,
        };
        let now = match row.kept {
            Kept::Delivering { until, .. } if self.errs(Mistake::ClaimsDespiteLease) => moment(until.into()),
            Kept::Pending { due } if self.errs(Mistake::ClaimsBeforeDue) => moment(due.into()),
            _ => moment(0),
        };
        let standing = match self.errs(Mistake::ClaimsDespiteStanding) {
            true => WebhookStanding::Active,
            false => standing,
        };
        if self.errs(Mistake::NeverTakesOver) && matches!(row.kept, Kept::Delivering { .. }) {
            return Claimed::NotDue;
        }
        match progress.claim(now, self.new_lease(), standing, &self.policy, Draw::LOWEST) {
            Claim::NotDue => Claimed::NotDue,
            Claim::Granted(progress) => {
                row.keep(progress);
                Claimed::Granted
            }
            Claim::Withdrawn(progress) => {
                row.keep(progress);
                Claimed::Withdrawn
            }
            Claim::Lost(progress, _) => {
                row.keep(progress);
                Claimed::Lost
            }
        }
    }

    pub(super) fn settle(
        &self,
        row: &mut Row,
        token: Token,
        settlement: Settlement,
        standing: WebhookStanding,
    ) -> Result<(), StaleClaim> {
        let token = match row.kept {
            Kept::Delivering { token, .. } if self.errs(Mistake::SettlesWithoutToken) => token,
            _ => token,
        };
        row.keep(row.progress().settle(token.shown(), settlement, standing)?);
        Ok(())
    }

    /// Takes back a claim whose lease has this much left.
    pub(super) fn release(
        &self,
        row: &mut Row,
        token: Token,
        left: Ticks,
        standing: WebhookStanding,
    ) -> Result<(), StaleClaim> {
        let taken_at = moment(left.into()).saturating_sub(span(self.lease));
        row.keep(row.progress().release(token.shown(), taken_at, standing)?);
        Ok(())
    }

    /// What waits follows its webhook's new standing.
    pub(super) fn follow(&self, row: &mut Row, standing: WebhookStanding) {
        let progress = row.progress();
        match standing {
            WebhookStanding::Disabled if self.errs(Mistake::ForgetsAttempts) => {
                row.keep(Progress::from_stored(progress.hold().state(), 0, 0));
            }
            WebhookStanding::Disabled => row.keep(progress.hold()),
            WebhookStanding::Active if self.errs(Mistake::ForgetsHeld) => {}
            WebhookStanding::Active => row.keep(progress.resume(moment(0))),
            WebhookStanding::Deleted if self.errs(Mistake::ForgetsWaiting) => {}
            WebhookStanding::Deleted if self.errs(Mistake::CancelsWhatIsOver) => row.kept = Kept::Cancelled,
            WebhookStanding::Deleted => row.keep(progress.cancel(moment(0))),
        }
    }
}
