//! A process's view of the waiting deliveries.

use super::counters::Sometimes;
use super::defect::Defect;
use super::fault::FaultKind;
use super::process::Process;
use super::process_instances::ProcessInstances;
use async_trait::async_trait;
use slotflow_application::ports::{
    Abandoned, ClaimTerms, Claimed, DeliveryQueue, SettleReport, SettleTerms, Settled, StoreError,
    UnusedClaim,
};
use slotflow_domain::{Timestamp, WebhookId};
use std::future::pending;

/// Faults and defects lie between a process and the queue; the oracle looks at both sides of the queue itself.
pub(super) struct ProcessQueue {
    /// Whose view it is.
    pub(super) process: Process,
    /// What it knows of the others.
    pub(super) instances: ProcessInstances,
}

#[async_trait]
impl DeliveryQueue for ProcessQueue {
    async fn claim_due(&self, terms: ClaimTerms) -> Result<Claimed, StoreError> {
        let asked = self.process.moment();
        self.process.enter("claim").await?;
        let world = &self.process.world;
        let claimed = match world.defect() {
            Some(defect) => defect.claim(world, terms.clone()).await?,
            None => world.store().claim_due(terms.clone()).await?,
        };
        world.state().claimed(world.store(), &self.process, &terms, asked, &claimed.deliveries);
        self.process.leave("claimed").await.inspect_err(|_| {
            if !claimed.deliveries.is_empty() {
                world.sometimes(Sometimes::ClaimUnknown);
            }
        })?;
        let claims = claimed.deliveries.iter().map(|delivery| (delivery.id, delivery.lease.token));
        world.state().oracle.heard_of_claims(&self.process, claims);
        Ok(claimed)
    }

    async fn settle(&self, settled: Vec<Settled>, terms: SettleTerms) -> Result<SettleReport, StoreError> {
        let world = &self.process.world;
        self.process.enter("settle").await.inspect_err(|_| {
            if world.now() < world.state().store_down_until {
                world.sometimes(Sometimes::StoreDownWithResult);
            }
        })?;
        let report = match world.defect() {
            Some(defect) => defect.settle(world, settled.clone(), terms).await?,
            None => world.store().settle(settled.clone(), terms).await?,
        };
        world.state().settled(world.store(), &self.process, &settled, &report);
        self.process.leave("settled").await.inspect_err(|_| world.sometimes(Sometimes::RecordUnknown))?;
        Ok(report)
    }

    async fn release(&self, claims: Vec<UnusedClaim>) -> Result<(), StoreError> {
        self.process.enter("release").await?;
        let world = &self.process.world;
        world.store().release(claims.clone()).await?;
        world.state().released(world.store(), &claims);
        world.sometimes(Sometimes::ClaimGivenBack);
        self.process.leave("released").await
    }

    async fn end_leases(&self, mut abandoned: Abandoned) -> Result<u64, StoreError> {
        self.process.enter("end leases").await?;
        let world = &self.process.world;
        if world.has(Defect::LeasesOfAllEnded) {
            abandoned.by = world.state().roster.enrolled();
        } else {
            // As the database does it: who has its lock at this moment is passed over.
            abandoned.by.retain(|number| !world.state().roster.holds(*number));
        }
        let ended = world.store().end_leases(abandoned.clone()).await?;
        world.state().leases_ended(&self.process, &abandoned);
        self.process.leave("leases ended").await?;
        Ok(ended)
    }

    async fn is_active(&self, webhook_id: WebhookId) -> Result<bool, StoreError> {
        let world = &self.process.world;
        if world.has(Defect::WaitedUnasked) {
            return Ok(true);
        }
        self.process.enter("is active").await?;
        let active = world.store().is_active(webhook_id).await?;
        let given = world.now();
        self.process.leave("was active").await?;
        world.state().oracle.heard_of_activity(&self.process, webhook_id, given);
        world.sometimes(if active { Sometimes::BegunAfterWaiting } else { Sometimes::CalledOffWhileWaiting });
        Ok(active)
    }

    async fn next_due_after(&self, moment: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.process.enter("next due").await?;
        self.process.world.store().next_due_after(moment).await
    }

    async fn woken(&self) {
        let world = &self.process.world;
        if world.has(Defect::PollRemoved) {
            pending::<()>().await;
        }
        loop {
            tokio::select! {
                biased;
                () = world.store().woken() => {}
                () = self.instances.found() => {}
            }
            self.process.gate().await;
            if !world.strikes(FaultKind::WakeLost, self.process.number) {
                return;
            }
        }
    }
}
