//! What is known outside the system: every request of a client with its answer, every POST, every fault.

use super::fault::FaultKind;
use super::timeline::Micros;
use slotflow_adapters::memory::VirtualClock;
use slotflow_domain::delivery::{AttemptOutcome, ClaimToken};
use slotflow_domain::instance::Watch;
use slotflow_domain::{BookingId, DeliveryId, EventId, OrganizationId, Timestamp, WebhookId};
use std::collections::BTreeMap;

/// The ledger. Nothing in it comes from the store.
#[derive(Default)]
pub struct Ledger {
    /// What clients asked for, in order.
    pub requests: Vec<ClientRequest>,
    /// What receivers saw, or should have, in order.
    pub posts: Vec<Post>,
    /// What went wrong, in order.
    pub faults: Vec<FaultRecord>,
    /// Each event's body, as the first POST of it had it: a hash and the length.
    pub bodies: BTreeMap<EventId, (u64, usize)>,
}

/// A client's request.
pub struct ClientRequest {
    /// When it was made.
    pub asked_at: Micros,
    /// When its answer came.
    pub answered_at: Option<Micros>,
    /// What was asked.
    pub wish: Wish,
    /// What was answered.
    pub answer: Answer,
}

/// What a client asks.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the fields say whom and what it is about")]
pub enum Wish {
    /// Register a URL.
    Register { organization_id: OrganizationId, url: String },
    /// Delete a webhook.
    Delete { organization_id: OrganizationId, webhook_id: WebhookId },
    /// Change a webhook.
    Update { organization_id: OrganizationId, webhook_id: WebhookId, active: Option<bool> },
    /// Book, under a name that no other request has.
    Book { organization_id: OrganizationId, name: String },
    /// Cancel.
    Cancel { organization_id: OrganizationId, booking_id: BookingId },
    /// Change the plan.
    Plan { organization_id: OrganizationId },
}

/// What a client knows of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// No answer yet, or never: its process died.
    None,
    /// It was done.
    Acknowledged(Done),
    /// A rule forbade it: nothing was done.
    Refused,
    /// The store failed: all of it was done, or nothing.
    Unknown,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// This webhook was registered.
    Webhook(WebhookId),
    /// This booking was made or cancelled.
    Booking(BookingId),
    /// Something else.
    Other,
}

/// One POST.
pub struct Post {
    /// Which process made it.
    pub process: usize,
    /// The delivery that its header names.
    pub delivery_id: DeliveryId,
    /// The webhook it went to.
    pub webhook_id: WebhookId,
    /// The attempt that its header names.
    pub attempt: u16,
    /// The claim it was made under.
    pub token: Option<ClaimToken>,
    /// When its process set out to make it: when it was signed, and when its attempt began for the log.
    pub asked: Moment,
    /// When it began, in truth and by its process's clock.
    pub began: Moment,
    /// When it ended, likewise; nothing while it is on the wire, or if its process died.
    pub ended: Option<Moment>,
    /// Whether the receiver answered 2xx, even if nobody heard it.
    pub accepted: bool,
    /// What its process was told.
    pub reported: Option<(AttemptOutcome, Option<u16>)>,
}

/// A moment, in truth and by a process's clock.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// In truth.
    pub truth: Micros,
    /// By the clock.
    pub wall: Timestamp,
}

impl Moment {
    /// How far the clock was ahead of the truth.
    pub fn skew_millis(&self) -> i64 {
        let true_millis = i64::try_from(self.truth / 1_000).unwrap_or(i64::MAX);
        self.wall.as_millis() - VirtualClock::START_MILLIS - true_millis
    }
}

/// Something that went wrong.
#[derive(Clone, Copy, Debug)]
pub struct FaultRecord {
    /// When.
    pub at: Micros,
    /// Until when, if it lasts.
    pub until: Micros,
    /// What.
    pub kind: FaultKind,
    /// With which process; nothing if with all.
    pub process: Option<usize>,
}

impl FaultRecord {
    /// Whether an attempt may be repeated for it: not for a wake-up that is lost, nor for a lock that is lost for less than
    /// the others wait.
    pub fn may_repeat(&self) -> bool {
        match self.kind {
            FaultKind::WakeLost => false,
            FaultKind::LockLost => u128::from(self.until - self.at) >= Watch::GRACE.as_micros(),
            _ => true,
        }
    }
}

impl Ledger {
    /// Whether a fault that may repeat an attempt, and touches one of `processes`, lies between two moments.
    pub fn fault_between(&self, from: Micros, until: Micros, processes: &[usize]) -> bool {
        self.faults.iter().any(|fault| {
            fault.may_repeat()
                && fault.at <= until
                && fault.until >= from
                // A wrong clock takes over what is anybody's.
                && (fault.kind == FaultKind::ClockStep
                    || fault.process.is_none_or(|process| processes.contains(&process)))
        })
    }
}
