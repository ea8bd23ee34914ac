//! Taking due deliveries.

use super::bulk::in_list;
use super::candidates::{Candidate, Search};
use super::lost::{self, Lost};
use super::rows::{delivery_row, event_row, webhook_row};
use super::statement::{all, execute, values};
use super::stored_row::{StoredRow, corrupt};
use super::{SecretKeys, SqlStore, dialect::Dialect, progress_writer, secret_keys, transaction};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use slotflow_application::ports::{ClaimTerms, Claimed, LostAttempt, StoreError};
use slotflow_domain::delivery::{Claim, ClaimedDelivery, Draw, Progress};
use slotflow_domain::{DeliveryId, EventId, OrganizationId, Timestamp, WebhookId};
use std::collections::BTreeSet;

/// Takes what is due, as far as there is room: searches without locks, then takes what it found under locks,
/// until the room is used up or the search has seen all.
///
/// What was taken before an error is answered all the same, as it is committed: nobody else would make those
/// attempts before the leases end, and nobody else would tell of those that were lost.
pub(super) async fn claim_due(store: &SqlStore, terms: &ClaimTerms) -> Result<Claimed, StoreError> {
    let mut search = Search::new(terms.now, &terms.room);
    let mut claimed = Claimed::default();
    loop {
        let wanted = terms.room.total.saturating_sub(claimed.deliveries.len());
        match claim_some(store, terms, &mut search, wanted).await {
            Ok(Some(some)) => {
                claimed.deliveries.extend(some.deliveries);
                claimed.lost.extend(some.lost);
            }
            Ok(None) => return Ok(claimed),
            Err(error) if claimed.deliveries.is_empty() && claimed.lost.is_empty() => return Err(error),
            Err(error) => {
                tracing::warn!(%error, claimed = claimed.deliveries.len(), "claiming ended early");
                return Ok(claimed);
            }
        }
    }
}

/// Takes some; nothing once there is no room or nothing to be found.
async fn claim_some(
    store: &SqlStore,
    terms: &ClaimTerms,
    search: &mut Search<'_>,
    wanted: usize,
) -> Result<Option<Claimed>, StoreError> {
    if wanted == 0 {
        return Ok(None);
    }
    // On the writing connection: of a reading one SQLite forgets all pages whenever another connection has
    // written, so that each of its looks would find nothing in memory, and cost more the deeper the trees are.
    let candidates = search.next(store.writer(), wanted).await?;
    if candidates.is_empty() {
        return Ok(None);
    }
    let transaction = store.begin_writing().await?;
    let outcome = take(&transaction, terms, &candidates, store.secret_keys()).await;
    let (claimed, announced) = transaction::finish(transaction, outcome).await?;
    if announced {
        store.wake_up().ring();
    }
    let got: BTreeSet<_> = claimed.deliveries.iter().map(|delivery| delivery.id).collect();
    for candidate in candidates.iter().filter(|candidate| !got.contains(&candidate.id)) {
        search.give_back(candidate.webhook_id);
    }
    Ok(Some(claimed))
}

/// What a batch of claims comes to.
#[derive(Default)]
struct Claims {
    granted: Vec<ClaimedDelivery>,
    /// What the granted ones have become.
    made: Vec<(DeliveryId, Progress)>,
    withdrawn: Vec<(DeliveryId, Progress)>,
    lost: Vec<Lost>,
    corrupt: Vec<(DeliveryId, StoreError)>,
    /// What the last one was passed over for, which others may be able to send.
    locked: Option<StoreError>,
}

/// Asks the rule about each candidate that is still due and that nobody else holds, and writes what it says:
/// one statement to read, one to write, and one more of each rare kind. Answers also whether somebody was told of
/// a delivery that was lost for the last time.
async fn take<C: ConnectionTrait>(
    connection: &C,
    terms: &ClaimTerms,
    candidates: &[Candidate],
    keys: &SecretKeys,
) -> Result<(Claimed, bool), StoreError> {
    let mut claims = Claims::default();
    for row in lock_due(connection, terms.now, candidates).await? {
        let id = DeliveryId::new(StoredRow(&row).uuid("id")?);
        match judge(&row, id, terms, keys, &mut claims) {
            Ok(()) => {}
            Err(error) if secret_keys::is_missing_key(&error) => claims.locked = Some(error),
            Err(error) => claims.corrupt.push((id, error)),
        }
    }
    if let Some(error) = &claims.locked {
        tracing::error!(%error, "deliveries are left to instances that have the key");
    }
    progress_writer::write_claims(connection, &claims.made).await?;
    progress_writer::write(connection, &claims.withdrawn).await?;
    for (id, error) in &claims.corrupt {
        fail_corrupt(connection, *id, error, terms.now).await?;
    }
    let announced = lost::write(connection, &claims.lost, terms, keys).await?;
    let lost = claims.lost.into_iter().map(|lost| lost.told).collect();
    Ok((Claimed { deliveries: claims.granted, lost }, announced))
}

/// Reads and locks the candidates with all that an attempt needs, each found by its primary key. They are
/// looked at again under the lock: what somebody else claimed meanwhile is not due any more. The sign before `wake_at`
/// keeps its index out of it, by which all that is due would be read.
async fn lock_due<C: ConnectionTrait>(
    connection: &C,
    now: Timestamp,
    candidates: &[Candidate],
) -> Result<Vec<QueryResult>, StoreError> {
    let (sql, values) = lock_due_statement(Dialect::of(connection), now, candidates);
    all(connection, sql, values).await
}

pub(super) fn lock_due_statement(
    dialect: Dialect,
    now: Timestamp,
    candidates: &[Candidate],
) -> (String, Vec<Value>) {
    let mut values = values![now.as_millis()];
    let ids = candidates.iter().map(|candidate| candidate.id.as_uuid());
    let list = in_list(ids, &mut values, Value::Uuid(None));
    let sql = format!(
        "SELECT d.id, d.organization_id, d.webhook_id, d.event_id, d.status, d.wake_at, d.claim_token, \
         d.finished_attempts, d.lost_claims, d.completed_at, w.url, w.secret, w.retiring_secret, \
         w.retiring_until, w.disabled_reason, w.deleted_at, e.event_type, e.sequence, e.payload, \
         e.trace_context \
         FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id JOIN events e ON e.id = d.event_id \
         WHERE d.id IN ({list}) AND +d.wake_at <= $1 ORDER BY d.wake_at, d.id{}",
        dialect.for_claim()
    );
    (sql, values)
}

fn judge(
    row: &QueryResult,
    id: DeliveryId,
    terms: &ClaimTerms,
    keys: &SecretKeys,
    claims: &mut Claims,
) -> Result<(), StoreError> {
    let row = StoredRow(row);
    let progress = delivery_row::read_progress(&row)?;
    let standing = webhook_row::standing(&row)?;
    let policy = terms.policy.for_event(&event_row::event_type(&row)?).into_owned();
    let draw = Draw::of(id, progress.next_attempt());
    match progress.claim(terms.now, terms.lease, standing, &policy, draw) {
        Claim::NotDue => {}
        Claim::Granted(progress) => {
            claims.granted.push(claimed(&row, id, terms, keys, &progress)?);
            claims.made.push((id, progress));
        }
        Claim::Withdrawn(progress) => claims.withdrawn.push((id, progress)),
        Claim::Lost(progress, attempt) => {
            let told = LostAttempt {
                organization_id: OrganizationId::new(row.uuid("organization_id")?),
                webhook_id: WebhookId::new(row.uuid("webhook_id")?),
                event_id: EventId::new(row.uuid("event_id")?),
                delivery_id: id,
                cause: row.maybe_named("trace_context")?,
                attempt: *attempt,
                status: progress.state().status(),
            };
            claims.lost.push(Lost { event_type: event_row::event_type(&row)?, progress, told });
        }
    }
    Ok(())
}

fn claimed(
    row: &StoredRow<'_>,
    id: DeliveryId,
    terms: &ClaimTerms,
    keys: &SecretKeys,
    progress: &Progress,
) -> Result<ClaimedDelivery, StoreError> {
    let webhook_id = WebhookId::new(row.uuid("webhook_id")?);
    let secrets = webhook_row::secrets(row, webhook_id, keys)?.signing_at(terms.now);
    Ok(ClaimedDelivery {
        id,
        organization_id: OrganizationId::new(row.uuid("organization_id")?),
        webhook_id,
        lease: terms.lease,
        attempt: progress.next_attempt(),
        url: webhook_row::url(row)?,
        secrets: secrets.ok_or_else(|| corrupt("secret", "there is none"))?,
        event_id: EventId::new(row.uuid("event_id")?),
        event_type: event_row::event_type(row)?,
        sequence: event_row::sequence(row)?,
        payload: event_row::payload(row)?,
        trace_context: row.maybe_named("trace_context")?,
    })
}

/// What its organization is told of a delivery that cannot be read. The reason is the store's own matter: it is in the log.
pub(super) const GIVEN_UP: &str = "the delivery could not be read and was given up";

/// Ends a delivery that cannot be read, so that it is not in the way of all others for ever.
async fn fail_corrupt<C: ConnectionTrait>(
    connection: &C,
    id: DeliveryId,
    error: &StoreError,
    now: Timestamp,
) -> Result<(), StoreError> {
    tracing::error!(delivery_id = %id, %error, "a delivery cannot be read and is given up");
    let sql = "UPDATE deliveries SET status = 'failed', listed_status = 'failed', wake_at = NULL, \
               claim_token = NULL, completed_at = $2, last_error = $3 WHERE id = $1";
    let values = values![id.as_uuid(), now.as_millis(), GIVEN_UP];
    execute(connection, sql, values).await?;
    Ok(())
}
