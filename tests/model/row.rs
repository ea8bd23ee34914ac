//! A delivery as the model's store keeps it, and what its dispatchers hold of it.

use slotflow_domain::Timestamp;
use slotflow_domain::delivery::{
    AttemptNumber, ClaimToken, DeliveryState, Draw, Lease, Progress, RetryPolicy, Settlement, Verdict,
};
use std::time::Duration;
use uuid::Uuid;

/// Whole steps of the model's clock.
///
/// Every moment is kept as its distance from now, and a moment that has passed as 0: the rules only compare
/// moments with each other, so that two worlds which differ in nothing but the date are one.
pub(super) type Ticks = u8;

/// The moment that lies this far in the future, or the past if negative.
pub(super) fn moment(ticks: i64) -> Timestamp {
    Timestamp::from_millis(ticks * 1_000).expect("a model takes no centuries")
}

/// How long a tick is, in the domain's terms.
pub(super) fn span(ticks: Ticks) -> Duration {
    Duration::from_secs(ticks.into())
}

fn ticks_until(moment: Timestamp) -> Ticks {
    Ticks::try_from(moment.as_millis().max(0) / 1_000).expect("nothing lies that far ahead")
}

/// A claim's token. Nothing matters of one but whether it is the delivery's, so three are enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Token {
    /// The one of the lease that the store keeps.
    Current,
    /// Any that has been replaced or settled.
    Stale,
    /// The one of the claim that is being made.
    New,
}

impl Token {
    pub(super) fn shown(self) -> ClaimToken {
        ClaimToken::new(Uuid::from_u128(self as u128))
    }

    fn read(token: ClaimToken) -> Self {
        [Self::Current, Self::Stale, Self::New].into_iter().find(|it| it.shown() == token).expect("our token")
    }
}

/// A delivery's state without the moment of its end, which changes nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kept {
    Pending { due: Ticks },
    Delivering { token: Token, until: Ticks },
    Held,
    Delivered,
    Failed,
    Cancelled,
}

impl Kept {
    pub(super) fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Failed | Self::Cancelled)
    }
}

/// What a receiver answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Answer {
    Accepted,
    Rejected,
    Gone,
}

/// How far a dispatcher has come with a claim of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Phase {
    /// Nothing has been sent.
    Claimed,
    /// The request is on the wire.
    Sending,
    /// The request has ended, this long ago, and its outcome is to be recorded.
    Ended { answer: Answer, age: Ticks },
}

/// A claim as its dispatcher remembers it; gone with its process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Held {
    pub(super) phase: Phase,
    pub(super) token: Token,
    pub(super) until: Ticks,
    pub(super) attempt: u16,
    /// Whether the webhook was active when the claim was granted.
    pub(super) lawful: bool,
}

impl Held {
    /// Whether the dispatcher may believe that the delivery is its own to send.
    pub(super) fn is_valid(&self) -> bool {
        self.until > 0 && !matches!(self.phase, Phase::Ended { .. })
    }

    /// What the dispatcher asks the store to record, if its request has ended.
    pub(super) fn settlement(&self, policy: &RetryPolicy) -> Option<Settlement> {
        let Phase::Ended { answer, age } = self.phase else { return None };
        let verdict = match answer {
            Answer::Accepted => Verdict::Accepted,
            Answer::Rejected => Verdict::Rejected,
            Answer::Gone => Verdict::Gone,
        };
        let attempt = AttemptNumber::new(self.attempt).expect("attempts count from 1");
        Some(Settlement::of(attempt, verdict, moment(-i64::from(age)), policy, Draw::LOWEST))
    }
}

/// One delivery: what the store keeps, what its two dispatchers hold, and what the rules need to remember.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Row {
    pub(super) kept: Kept,
    pub(super) finished: u16,
    pub(super) lost: u16,
    pub(super) held: [Option<Held>; 2],
    /// The rows of the attempt log.
    pub(super) logged: u16,
    /// How many requests of the attempt that follows the log were begun.
    pub(super) requests: u16,
    /// Before when, by the policy and the receivers' answers alone, no attempt may be made.
    pub(super) not_before: Ticks,
}

impl Row {
    pub(super) fn new(progress: Progress) -> Self {
        let mut row = Self {
            kept: Kept::Held,
            finished: 0,
            lost: 0,
            held: [None; 2],
            logged: 0,
            requests: 0,
            not_before: 0,
        };
        row.keep(progress);
        row
    }

    /// The row as the domain sees it.
    pub(super) fn progress(&self) -> Progress {
        let at = moment(0);
        let state = match self.kept {
            Kept::Pending { due } => DeliveryState::Pending { due: moment(due.into()) },
            Kept::Delivering { token, until } => DeliveryState::Delivering {
                lease: Lease { token: token.shown(), until: moment(until.into()) },
            },
            Kept::Held => DeliveryState::Held,
            Kept::Delivered => DeliveryState::Delivered { at },
            Kept::Failed => DeliveryState::Failed { at },
            Kept::Cancelled => DeliveryState::Cancelled { at },
        };
        Progress::from_stored(state, self.finished, self.lost)
    }

    /// Writes down what the domain said.
    pub(super) fn keep(&mut self, progress: Progress) {
        self.kept = match progress.state() {
            DeliveryState::Pending { due } => Kept::Pending { due: ticks_until(due) },
            DeliveryState::Delivering { lease } => {
                Kept::Delivering { token: Token::read(lease.token), until: ticks_until(lease.until) }
            }
            DeliveryState::Held => Kept::Held,
            DeliveryState::Delivered { .. } => Kept::Delivered,
            DeliveryState::Failed { .. } => Kept::Failed,
            DeliveryState::Cancelled { .. } => Kept::Cancelled,
        };
        self.finished = progress.finished_attempts();
        self.lost = progress.lost_claims();
    }

    /// Whether the delivery waits for a dispatcher to take it.
    pub(super) fn is_due(&self) -> bool {
        matches!(self.kept, Kept::Pending { due: 0 } | Kept::Delivering { until: 0, .. })
    }

    /// Whether this dispatcher's claim is the one that the store knows. The model's own judgement, which the
    /// domain's is compared with.
    pub(super) fn is_current(&self, held: &Held) -> bool {
        matches!(self.kept, Kept::Delivering { token, .. } if token == held.token)
    }

    /// Lets a tick pass. `longest_delay` is the age from which an outcome grows no older.
    pub(super) fn age(&mut self, longest_delay: Ticks) {
        if let Kept::Pending { due: ticks } | Kept::Delivering { until: ticks, .. } = &mut self.kept {
            *ticks = ticks.saturating_sub(1);
        }
        self.not_before = self.not_before.saturating_sub(1);
        for held in self.held.iter_mut().flatten() {
            held.until = held.until.saturating_sub(1);
            if let Phase::Ended { answer: Answer::Rejected, age } = &mut held.phase {
                *age = (*age + 1).min(longest_delay);
            }
        }
    }

    /// Forgets what can make no difference any more.
    pub(super) fn simplify(&mut self) {
        let current = match self.kept {
            Kept::Delivering { token, .. } => Some(token),
            _ => None,
        };
        for held in self.held.iter_mut().flatten() {
            held.token = if current == Some(held.token) { Token::Current } else { Token::Stale };
            if matches!(held.phase, Phase::Ended { .. }) {
                held.until = 0;
            }
            if let Phase::Ended { age, .. } = &mut held.phase
                && held.token == Token::Stale
            {
                *age = 0;
            }
        }
        if let Kept::Delivering { token, .. } = &mut self.kept {
            *token = Token::Current;
        }
        if !matches!(self.kept, Kept::Pending { .. }) {
            self.not_before = 0;
        }
    }
}
