//! Making events of the rows that wait in the outbox table.

use crate::dispatcher::backoff::Backoff;
use crate::ports::{Clock, Directory, Entropy, OutboxReader, Store, StoreError, UnitOfWork};
use crate::{FirstAttempts, publish_all};
use slotflow_domain::event::{EventCatalog, OutboxPosition, OutboxRow, OutboxRowRefused};
use slotflow_domain::{Event, EventId, OrganizationId, Timestamp};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Makes events of what waits in the table `outbox`, in the background, until told to stop. It writes them through the port
/// [`Outbox`](crate::ports::Outbox), as publishing from Rust does; what it cannot make events of is shown by
/// [`OutboxRows`](super::OutboxRows).
///
/// Any number of them may run on one store. A row is removed in the unit of work that adds its event and the event's
/// deliveries, under the row's lock: whoever dies on the way leaves the row, and each becomes one event. A row that is no
/// event is set aside with its reason; one of a type that only a newer process may know is left to that for a minute; one that
/// the store cannot deal with is passed over. None of them is in the way of others.
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

/// What a pass came to.
#[derive(Default)]
pub(super) struct Pass {
    pub(super) dealt_with: usize,
    /// How many rows the store could not deal with, and what it said of the first.
    pub(super) failed: usize,
    pub(super) first_failure: Option<(OutboxPosition, StoreError)>,
}

impl OutboxRelay {
    /// How long to wait where no row waits: 1 s. After a failure of the store it grows to 5 s.
    pub const POLL: Duration = Duration::from_secs(1);
    /// Most rows in one unit of work: 64.
    pub const BATCH: usize = 64;
    /// How much of a reason is kept, in characters: a schema's may quote at length.
    const LONGEST_REASON: usize = 500;

    /// Runs until `stop` is cancelled. What is under way then is as good as done or not begun: a batch is all or nothing.
    pub async fn run(self, stop: CancellationToken) {
        let mut backoff = Backoff::new();
        while !stop.is_cancelled() {
            let pause = match self.pass_until(&stop).await {
                Ok(Pass { first_failure: None, .. }) => {
                    backoff.reset();
                    Self::POLL
                }
                Ok(Pass { failed, first_failure: Some((position, error)), .. }) => {
                    tracing::error!(%error, %position, rows = failed, "outbox rows cannot become events");
                    backoff.next().max(Self::POLL)
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
    /// The store's, if it cannot be reached. Rows that it could not deal with wait on.
    pub async fn pass(&self) -> Result<usize, StoreError> {
        Ok(self.pass_until(&CancellationToken::new()).await?.dealt_with)
    }

    /// A pass that ends early, between two batches, when it is told to stop.
    pub(super) async fn pass_until(&self, stop: &CancellationToken) -> Result<Pass, StoreError> {
        let mut pass = Pass::default();
        if !self.reader.has_outbox_rows().await? {
            return Ok(pass);
        }
        let mut after = None;
        while !stop.is_cancelled() {
            // Whoever keeps a webhook locked keeps up the rows that want it, and no others.
            let mut work = self.store.begin_shared().await?;
            let rows = work.lock_outbox_rows(after, Self::BATCH).await?;
            let Some(last) = rows.last() else { break };
            after = Some(last.position);
            match self.relay(work, &rows).await {
                Ok(count) => pass.dealt_with += count,
                Err(error @ StoreError::Unavailable(_)) => return Err(error),
                Err(_) => self.one_by_one(&rows, &mut pass).await?,
            }
            if rows.len() < Self::BATCH {
                break;
            }
        }
        Ok(pass)
    }

    /// The same rows, each in a unit of work of its own, so that one that the store fails at stands alone.
    async fn one_by_one(&self, rows: &[OutboxRow], pass: &mut Pass) -> Result<(), StoreError> {
        for position in rows.iter().map(|row| row.position) {
            let (work, rows) = self.lock(position).await?;
            match self.relay(work, &rows).await {
                Ok(count) => pass.dealt_with += count,
                Err(error @ StoreError::Unavailable(_)) => return Err(error),
                // Somebody has what it needs: it is looked at again.
                Err(StoreError::Contended(_)) => {}
                Err(StoreError::Refused(error)) => {
                    tracing::warn!(%error, %position, "the store refuses what an outbox row asks for");
                    pass.dealt_with += self.set_aside(position).await?;
                }
                // Nothing that this row says: it waits until the store has been mended.
                Err(error) => {
                    pass.failed += 1;
                    pass.first_failure.get_or_insert((position, error));
                }
            }
        }
        Ok(())
    }

    /// A unit of work with this row, or none if somebody else was faster.
    async fn lock(
        &self,
        position: OutboxPosition,
    ) -> Result<(Box<dyn UnitOfWork>, Vec<OutboxRow>), StoreError> {
        let mut work = self.store.begin_shared().await?;
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

    /// Makes events of the good rows, sets the bad ones aside, and answers how many those were.
    async fn relay(&self, mut work: Box<dyn UnitOfWork>, rows: &[OutboxRow]) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let judged = self.judge(rows, now).await?;
        let published =
            publish_all(work.as_mut(), self.entropy.as_ref(), &self.first_attempts, &judged.events).await?;
        work.remove_outbox_rows(&judged.accepted).await?;
        for (position, reason) in &judged.refused {
            let reason: String = reason.to_string().chars().take(Self::LONGEST_REASON).collect();
            work.refuse_outbox_row(*position, &reason, now).await?;
        }
        work.commit().await?;
        published.committed();
        // The reason may quote what the row says, so it is told beside the row only.
        for (position, _) in &judged.refused {
            tracing::warn!(%position, "an outbox row is no event: it was set aside, with its reason");
        }
        Ok(judged.accepted.len() + judged.refused.len())
    }

    async fn judge(&self, rows: &[OutboxRow], now: Timestamp) -> Result<Judged, StoreError> {
        let mut judged = Judged::default();
        let mut known = BTreeMap::new();
        for row in rows {
            // Schemas are somebody else's code, and nobody has looked at what it is given here.
            let accepted = catch_unwind(AssertUnwindSafe(|| row.accept(&self.catalog, now)))
                .unwrap_or(Err(OutboxRowRefused::SchemaFailed));
            match accepted {
                Ok(accepted) if self.exists(accepted.organization_id, &mut known).await? => {
                    judged.events.push(accepted.accepted(EventId::new(self.entropy.id(now)), now));
                    judged.accepted.push(row.position);
                }
                Ok(accepted) => {
                    let reason = OutboxRowRefused::UnknownOrganization(accepted.organization_id);
                    judged.refused.push((row.position, reason));
                }
                Err(reason) if row.is_left_to_others(&reason, now) => {}
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
