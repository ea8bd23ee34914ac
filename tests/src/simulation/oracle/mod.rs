//! What must be true, whatever goes wrong.
//!
//! The oracle keeps a small model of its own, written from the contract and not from the product: what was
//! committed, who holds which claim, when each attempt is due. It is told of each call of the store on the
//! store's side, below all faults, and of each POST on the receivers' side; it compares both with the model,
//! with the ledger, and with what the store shows through its public reading ports.
//!
//! | file | checks |
//! |---|---|
//! | `commits` | all or nothing, plan limits, unique URLs, one delivery per webhook subscribed at commit |
//! | `claims` | due times, one holder at a time, nothing final or called off is claimed, outcomes recorded as they were |
//! | `deaths` | leases of processes that are taken for dead |
//! | `posts` | what receivers see: numbers, bytes, signatures, repeats, tenants, caps |
//! | `words` | what the store said last before an attempt, for those whose webhook was called off meanwhile |
//! | `records` | what the log says of one delivery, against the ledger |
//! | `end` | what is left when everything is healed: nothing lost, nothing stuck |

mod claims;
mod commits;
mod deaths;
mod end;
mod posts;
mod reader;
mod records;
mod words;

use super::ledger::{Moment, Post};
use super::timeline::Micros;
use slotflow_domain::delivery::{ClaimToken, ClaimedDelivery, DeliveryStatus};
use slotflow_domain::signing::SigningSecret;
use slotflow_domain::{BookingId, DeliveryId, EventId, OrganizationId, Timestamp, WebhookId};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long after the failure of attempt 1 and 2 the next one is due (wire contract, Schedule).
const DELAYS: [Duration; 2] = [Duration::from_secs(5 * 60), Duration::from_secs(60 * 60)];

/// How many attempts a delivery has (wire contract, Schedule).
const MOST_ATTEMPTS: u16 = 3;

/// How often one attempt may be made when its outcomes are lost (wire contract, Promise).
const MOST_REPEATS: usize = 3;

/// The oracle's model of what was committed.
#[derive(Default)]
pub struct Oracle {
    deliveries: BTreeMap<DeliveryId, Known>,
    /// Every committed event of a booking, by its sequence.
    events: BTreeMap<(BookingId, u32), EventId>,
    /// Every committed event's body: a hash and the length.
    bodies: BTreeMap<EventId, (u64, usize)>,
    secrets: BTreeMap<WebhookId, SigningSecret>,
    webhooks_of: BTreeMap<OrganizationId, usize>,
    /// Webhooks whose deletion or disabling was answered, and when.
    called_off: BTreeMap<WebhookId, Micros>,
    /// When the store said of a webhook that it is active, by the process that asked.
    looks: BTreeMap<(usize, WebhookId), Vec<words::Look>>,
    last_claim: Option<(Micros, usize)>,
    /// What a claim returned before, for defects that return it again.
    pub(super) claimed_before: Option<ClaimedDelivery>,
    /// How many requests are on the wire, by process and webhook.
    on_the_wire: BTreeMap<(usize, WebhookId), usize>,
}

/// A committed delivery.
struct Known {
    organization_id: OrganizationId,
    webhook_id: WebhookId,
    event_id: EventId,
    sequence: u32,
    status: DeliveryStatus,
    attempt_count: u16,
    /// When the next attempt is due by the contract, by the clock of whoever said so, and whether that is by
    /// the schedule (not because its webhook was enabled).
    due: Timestamp,
    /// The end of the last attempt, if the schedule counts from it, with its process's skew in milliseconds.
    due_after: Option<(Micros, i64, Duration)>,
    /// Since when it could be attempted, in truth, as far as the model knows.
    due_in_truth: Micros,
    grants: Vec<Grant>,
    /// The place in `grants` of the claim that holds now.
    holder: Option<usize>,
    /// Places in the ledger.
    posts: Vec<usize>,
}

/// A claim that the store granted.
struct Grant {
    process: usize,
    attempt: u16,
    token: ClaimToken,
    until: Timestamp,
    /// When it was asked for.
    asked: Moment,
    /// When the store granted it.
    granted: Micros,
    /// When its process heard of that; never, if the answer was lost.
    heard: Option<Micros>,
    url: String,
    settled: bool,
    /// Whether its outcome came too late, and its process was told so.
    refused: bool,
    posted: bool,
}

impl Oracle {
    /// The store's fencing of the claim that holds a delivery now.
    pub fn holding_token(&self, id: DeliveryId) -> Option<ClaimToken> {
        let known = self.deliveries.get(&id)?;
        Some(known.grants.get(known.holder?)?.token)
    }

    /// A delivery that a process holds, if it holds any.
    pub fn held_by(&self, process: usize) -> Option<DeliveryId> {
        let mut held = self.deliveries.iter();
        let holds = |known: &Known| known.grants.get(known.holder?).map(|grant| grant.process);
        held.find(|(_, known)| holds(known) == Some(process)).map(|(id, _)| *id)
    }

    /// Whether a delivery has come to its end.
    pub fn is_final(&self, id: DeliveryId) -> bool {
        self.deliveries.get(&id).is_some_and(|known| known.status.is_final())
    }

    /// The claims whose leases have ended by `now`.
    pub fn lapsed(&self, now: Timestamp) -> Vec<(DeliveryId, ClaimToken)> {
        let held =
            self.deliveries.iter().filter_map(|(id, known)| Some((*id, known.grants.get(known.holder?)?)));
        held.filter(|(_, grant)| grant.until <= now).map(|(id, grant)| (id, grant.token)).collect()
    }

    /// An outcome came too late.
    fn note_refusal(&mut self, id: DeliveryId, token: ClaimToken) {
        let known = self.deliveries.get_mut(&id);
        let grant = known.and_then(|known| known.grants.iter_mut().find(|grant| grant.token == token));
        if let Some(grant) = grant {
            grant.refused = true;
        }
    }

    /// Whether a POST's outcome has been recorded.
    pub fn is_settled(&self, post: &Post) -> bool {
        self.deliveries.get(&post.delivery_id).is_some_and(|known| {
            known.grants.iter().any(|grant| Some(grant.token) == post.token && grant.settled)
        })
    }

    /// How many deliveries were committed.
    pub fn deliveries(&self) -> usize {
        self.deliveries.len()
    }

    /// A client was told that a webhook is deleted or disabled.
    pub fn called_off(&mut self, id: WebhookId, now: Micros) {
        self.called_off.entry(id).or_insert(now);
    }

    /// A client asks for a webhook to be enabled: what was said before holds no more.
    pub fn maybe_called_on(&mut self, id: WebhookId) {
        self.called_off.remove(&id);
    }
}

/// A hash of bytes (FNV-1a), with their length.
fn fingerprint(bytes: &[u8]) -> (u64, usize) {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    (hash, bytes.len())
}
