//! Whose leases may end early.

use super::Grant;
use crate::simulation::counters::{Sometimes, count};
use crate::simulation::fault::FaultKind;
use crate::simulation::ledger::FaultRecord;
use crate::simulation::process::Process;
use crate::simulation::timeline::Micros;
use crate::simulation::world::State;
use slotflow_application::ports::Abandoned;
use slotflow_domain::instance::{InstanceNumber, Watch};

impl State {
    /// The store has just ended the leases of these instances, because `process` takes them for dead. They must be dead, or
    /// have been without their lock for so long that nobody could tell.
    pub fn leases_ended(&mut self, process: &Process, abandoned: &Abandoned) {
        let now = process.world.now();
        let mut wrong = Vec::new();
        let mut explained = Vec::new();
        let mut early = 0;
        for (id, known) in &mut self.oracle.deliveries {
            let Some(grant) = known.holder.and_then(|place| known.grants.get_mut(place)) else { continue };
            if !ends(grant, abandoned) {
                continue;
            }
            let holder = InstanceNumber::new(u32::try_from(grant.process).unwrap_or(0));
            let free_since = holder.and_then(|holder| self.roster.free_since(holder));
            let grace = Micros::try_from(Watch::GRACE.as_micros()).unwrap_or(Micros::MAX);
            match free_since {
                _ if self.dead.contains(&grant.process) => early += 1,
                Some(since) if now >= since + grace => explained.push((grant.process, since)),
                _ => wrong.push(format!(
                    "S6: the lease of process {} on delivery {id} was ended by process {}, and it lives",
                    grant.process, process.number
                )),
            }
            grant.until = abandoned.now;
        }
        if early > 0 {
            count(&mut self.sometimes, Sometimes::LeaseEndedEarly);
        }
        for (process, at) in explained {
            let (kind, process) = (FaultKind::LockLost, Some(process));
            self.ledger.faults.push(FaultRecord { at, until: now, kind, process });
        }
        for what in wrong {
            self.violation(what);
        }
    }
}

/// Whether a claim is one of those that end: made by one of them, no earlier than its lease allows, and not over.
fn ends(grant: &Grant, abandoned: &Abandoned) -> bool {
    let is_theirs = grant.token.instance().is_some_and(|instance| abandoned.by.contains(&instance));
    is_theirs && grant.until > abandoned.now && grant.until <= abandoned.now + abandoned.longest.as_duration()
}
