//! Making events of the rows that wait in the outbox table.

use crate::dispatcher::backoff::Backoff;
use crate::ports::{Clock, Directory, Entropy, OutboxReader, Store, StoreError, UnitOfWork};
use crate::{FirstAttempts, publish_all};
use slotflow_domain::event::{EventCatalog, OutboxPosition, OutboxRow, OutboxRowRefused};
use slotflow_domain::{Event, EventId, OrganizationId, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Makes events of what waits in the outbox table, until told to stop.
///
/// Any number of them may run on one store. A row is removed in the unit of work that adds its event and the event's
/// deliveries, under the row's lock: whoever dies on the way leaves the row, and each becomes one event. A row that is no
/// event is set aside with its reason, and one that the store cannot deal with is passed over: neither is in the way of others.
#[derive(Clone)]
pub struct OutboxRelay {
    /// Where changes go.
    pub store: Arc<dyn Store>,
    /// Where it is seen whether rows wait.
    pub reader: Arc<dyn OutboxReader>,
    /// Where organizations are found.
    pub directory: Arc<dyn Directory>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Sending slots for first attempts.
    pub first_attempts: FirstAttempts,
    /// Which events there are.
    pub catalog: EventCatalog,
}

/// What a unit of work makes of the rows that it has locked.
#[derive(Default)]
struct Judged {
    events: Vec<Event>,
    accepted: Vec<OutboxPosition>,
    refused: Vec<(OutboxPosition, OutboxRowRefused)>,
}

impl OutboxRelay {
    /// How long to wait where no row waits.
    pub const POLL: Duration = Duration::from_secs(1);
    /// Most rows in one unit of work.
    pub const BATCH: usize = 64;

    /// Runs until `stop` is cancelled. What is under way then is as good as done or not begun: a batch is all or nothing.
    pub async fn run(self, stop: CancellationToken) {
        let mut backoff = Backoff::new();
        while !stop.is_cancelled() {
            let pause = match self.pass_until(&stop).await {
                Ok(_) => {
                    backoff.reset();
                    Self::POLL
                }
                Err(error) => {
                    tracing::warn!(%error, "reading the outbox table failed; trying again");
                    backoff.next().max(Self::POLL)
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                () = self.clock.sleep_until(self.clock.now() + pause) => {}
            }
        }
    }

    /// Goes once through all rows that wait, and answers how many it has dealt with.
    ///
    /// # Errors
    /// The store's, if it may work later.
    pub async fn pass(&self) -> Result<usize, StoreError> {
        self.pass_until(&CancellationToken::new()).await
    }

    /// A pass that ends early, between two batches, when it is told to stop.
    async fn pass_until(&self, stop: &CancellationToken) -> Result<usize, StoreError> {
        let mut dealt_with = 0;
        if !self.reader.has_outbox_rows().await? {
            return Ok(dealt_with);
        }
        let mut after = None;
        while !stop.is_cancelled() {
            let mut work = self.store.begin().await?;
            let rows = work.lock_outbox_rows(after, Self::BATCH).await?;
            let Some(last) = rows.last() else { break };
            after = Some(last.position);
            dealt_with += match self.relay(work, &rows).await {
                Ok(()) => rows.len(),
                Err(error) if error.is_transient() => return Err(error),
                Err(_) => self.one_by_one(&rows).await?,
            };
            if rows.len() < Self::BATCH {
                break;
            }
        }
        Ok(dealt_with)
    }

    /// The same rows, each in a unit of work of its own, so that one that the store fails at stands alone.
    async fn one_by_one(&self, rows: &[OutboxRow]) -> Result<usize, StoreError> {
        let mut dealt_with = 0;
        for position in rows.iter().map(|row| row.position) {
            let (work, rows) = self.lock(position).await?;
            match self.relay(work, &rows).await {
                Ok(()) => dealt_with += rows.len(),
                Err(StoreError::Refused(error)) => {
                    tracing::warn!(%error, %position, "the store refuses what an outbox row asks for");
                    dealt_with += self.set_aside(position).await?;
                }
                Err(error) if error.is_transient() => return Err(error),
                // Nothing that this row says: it waits until the store has been mended.
                Err(error) => tracing::error!(%error, %position, "an outbox row cannot become an event"),
            }
        }
        Ok(dealt_with)
    }

    /// A unit of work with this row, or none if somebody else was faster.
    async fn lock(
        &self,
        position: OutboxPosition,
    ) -> Result<(Box<dyn UnitOfWork>, Vec<OutboxRow>), StoreError> {
        let mut work = self.store.begin().await?;
        let mut rows = work.lock_outbox_rows(Some(position.before()), 1).await?;
        rows.retain(|row| row.position == position);
        Ok((work, rows))
    }

    async fn set_aside(&self, position: OutboxPosition) -> Result<usize, StoreError> {
        let (mut work, rows) = self.lock(position).await?;
        let reason = OutboxRowRefused::Store.to_string();
        for row in &rows {
            work.refuse_outbox_row(row.position, &reason, self.clock.now()).await?;
        }
        work.commit().await?;
        Ok(rows.len())
    }

    /// Makes events of the good rows, and sets the others aside.
    async fn relay(&self, mut work: Box<dyn UnitOfWork>, rows: &[OutboxRow]) -> Result<(), StoreError> {
        let now = self.clock.now();
        let judged = self.judge(rows, now).await?;
        let published =
            publish_all(work.as_mut(), self.entropy.as_ref(), &self.first_attempts, &judged.events).await?;
        work.remove_outbox_rows(&judged.accepted).await?;
        for (position, reason) in &judged.refused {
            work.refuse_outbox_row(*position, &reason.to_string(), now).await?;
        }
        work.commit().await?;
        published.committed();
        // The reason may quote what the row says, so it is told beside the row only.
        for (position, _) in &judged.refused {
            tracing::warn!(%position, "an outbox row is no event: it was set aside, with its reason");
        }
        Ok(())
    }

    async fn judge(&self, rows: &[OutboxRow], now: Timestamp) -> Result<Judged, StoreError> {
        let mut judged = Judged::default();
        let mut known = BTreeMap::new();
        for row in rows {
            match row.accept(&self.catalog, now) {
                Ok(accepted) if self.exists(accepted.organization_id, &mut known).await? => {
                    let id = EventId::new(self.entropy.id(now));
                    let (organization_id, at) = (accepted.organization_id, accepted.happened_at);
                    judged.events.push(accepted.event.happened(id, organization_id, at));
                    judged.accepted.push(row.position);
                }
                Ok(accepted) => {
                    let reason = OutboxRowRefused::UnknownOrganization(accepted.organization_id);
                    judged.refused.push((row.position, reason));
                }
                Err(reason) => judged.refused.push((row.position, reason)),
            }
        }
        Ok(judged)
    }

    /// Whether there is such an organization, asked once for all its rows.
    async fn exists(
        &self,
        id: OrganizationId,
        known: &mut BTreeMap<OrganizationId, bool>,
    ) -> Result<bool, StoreError> {
        if let Some(exists) = known.get(&id) {
            return Ok(*exists);
        }
        let exists = self.directory.organization(id).await?.is_some();
        known.insert(id, exists);
        Ok(exists)
    }
}
