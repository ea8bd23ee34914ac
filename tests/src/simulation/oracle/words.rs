//! The store's last word before an attempt: what a webhook's deletion or disabling must not have come before.
//!
//! A claimed attempt begins when its process hears that it has the claim. One that had to wait for a slot begins
//! when its process hears, after waiting, that its webhook is active, or has heard so no more than 5 ms ago. So between
//! the store's last word and the beginning lies the way of that answer and nothing else but these 5 ms, and what was
//! called off before that word is never sent.

use super::{Grant, Oracle};
use crate::simulation::process::Process;
use crate::simulation::timeline::Micros;
use slotflow_domain::delivery::ClaimToken;
use slotflow_domain::{DeliveryId, WebhookId};

/// How long an answer holds.
const HOLDS: Micros = 5_000;

/// The store's answer that a webhook is active.
pub(super) struct Look {
    /// When the store gave it.
    given: Micros,
    /// When the process heard it.
    heard: Micros,
}

impl Oracle {
    /// A process has heard that it holds these claims.
    pub fn heard_of_claims(
        &mut self,
        process: &Process,
        claims: impl IntoIterator<Item = (DeliveryId, ClaimToken)>,
    ) {
        for (id, token) in claims {
            let known = self.deliveries.get_mut(&id);
            let grant = known.and_then(|known| known.grants.iter_mut().find(|grant| grant.token == token));
            if let Some(grant) = grant {
                grant.heard = Some(process.world.now());
            }
        }
    }

    /// A process has heard that a webhook was active at the moment `given`.
    pub fn heard_of_activity(&mut self, process: &Process, webhook_id: WebhookId, given: Micros) {
        let looks = self.looks.entry((process.number, webhook_id)).or_default();
        looks.push(Look { given, heard: process.world.now() });
    }

    /// When the store had its last word before this attempt: the grant of its claim if it began when its process heard
    /// of that, the look at its webhook if it began when its process heard of that one, or a moment later. One that waited and asked
    /// nobody must not begin once its webhook is called off, at whatever moment.
    pub(super) fn last_word(looks: Option<&Vec<Look>>, grant: &Grant, began: Micros) -> Micros {
        if grant.heard == Some(began) {
            return grant.granted;
        }
        let look =
            looks.and_then(|looks| looks.iter().rev().find(|look| began - HOLDS.min(began) <= look.heard));
        look.map_or(began, |look| look.given)
    }
}
