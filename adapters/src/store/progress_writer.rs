//! Writing what deliveries have become, many in one statement.

use super::bulk::{MAX_ROWS, Rows};
use super::dialect::Dialect;
use super::rows::attempt_row::{self, Detail};
use super::rows::delivery_row::{small, write_progress};
use super::statement::{all, execute};
use super::stored_row::StoredRow;
use sea_orm::{ConnectionTrait, Value};
use slotflow_application::ports::StoreError;
use slotflow_domain::DeliveryId;
use slotflow_domain::delivery::{Attempt, ClaimToken, Progress};
use std::collections::BTreeSet;

/// A delivery whose attempt is over.
pub(super) struct Ended<'a> {
    pub(super) delivery_id: DeliveryId,
    /// The claim that it must still be under; nothing if its row is locked anyway.
    pub(super) token: Option<ClaimToken>,
    pub(super) progress: Progress,
    pub(super) attempt: &'a Attempt,
}

/// Each delivery is found by its primary key: the list is small, and the table is not read otherwise.
const SET_PROGRESS: &str = "status = changed.status, \
     listed_status = NULLIF(changed.status, 'delivering'), wake_at = changed.wake_at, \
     claim_token = changed.claim_token, finished_attempts = changed.finished_attempts, \
     lost_claims = changed.lost_claims, completed_at = changed.completed_at";

/// All that a claim changes. SQLite writes to an index whenever one of its columns is named here, changed or not, and
/// in a large backlog each claimed delivery lies on other pages of it than the next.
const SET_CLAIM: &str = "status = changed.status, wake_at = changed.wake_at, \
     claim_token = changed.claim_token, lost_claims = changed.lost_claims";

/// Writes the progress of deliveries whose rows are locked.
pub(super) async fn write<C: ConnectionTrait>(
    connection: &C,
    changed: &[(DeliveryId, Progress)],
) -> Result<(), StoreError> {
    for some in changed.chunks(MAX_ROWS) {
        let mut rows = Rows::of(7, some.len());
        for (id, progress) in some {
            let [status, wake_at, token, finished, lost, completed_at] = write_progress(progress);
            rows.push([id.as_uuid().into(), status, wake_at, token, finished, lost, completed_at]);
        }
        let (list, values) = rows.into_sql(Dialect::of(connection));
        let sql = format!(
            "WITH changed (delivery_id, status, wake_at, claim_token, finished_attempts, lost_claims, \
             completed_at) AS ({list}) \
             UPDATE deliveries SET {SET_PROGRESS} FROM changed WHERE deliveries.id = changed.delivery_id"
        );
        execute(connection, sql, values).await?;
    }
    Ok(())
}

/// Writes the claims on deliveries whose rows are locked.
pub(super) async fn write_claims<C: ConnectionTrait>(
    connection: &C,
    claims: &[(DeliveryId, Progress)],
) -> Result<(), StoreError> {
    for some in claims.chunks(MAX_ROWS) {
        let mut rows = Rows::of(5, some.len());
        for (id, progress) in some {
            let [status, wake_at, token, _, lost, _] = write_progress(progress);
            rows.push([id.as_uuid().into(), status, wake_at, token, lost]);
        }
        let (list, values) = rows.into_sql(Dialect::of(connection));
        let sql = format!(
            "WITH changed (delivery_id, status, wake_at, claim_token, lost_claims) AS ({list}) \
             UPDATE deliveries SET {SET_CLAIM} FROM changed WHERE deliveries.id = changed.delivery_id"
        );
        execute(connection, sql, values).await?;
    }
    Ok(())
}

/// Writes ended attempts and what they make of their deliveries. Answers the deliveries that were still under
/// the claim shown: for the others nothing was written, their attempts neither.
pub(super) async fn write_ended<C: ConnectionTrait>(
    connection: &C,
    ended: &[Ended<'_>],
    detail: Detail,
) -> Result<BTreeSet<DeliveryId>, StoreError> {
    let mut written = BTreeSet::new();
    for some in ended.chunks(MAX_ROWS) {
        let here = update_ended(connection, some, detail).await?;
        insert_attempts(connection, some.iter().filter(|one| here.contains(&one.delivery_id)), detail)
            .await?;
        written.extend(here);
    }
    Ok(written)
}

async fn update_ended<C: ConnectionTrait>(
    connection: &C,
    ended: &[Ended<'_>],
    detail: Detail,
) -> Result<BTreeSet<DeliveryId>, StoreError> {
    let mut rows = Rows::of(11, ended.len());
    for one in ended {
        let report = &one.attempt.report;
        let [status, wake_at, token, finished, lost, completed_at] = write_progress(&one.progress);
        rows.push([
            one.delivery_id.as_uuid().into(),
            one.token.map(ClaimToken::as_uuid).into(),
            status,
            wake_at,
            token,
            finished,
            lost,
            completed_at,
            report.outcome.as_str().into(),
            report.response.as_ref().map(|response| small(response.status)).into(),
            attempt_row::error_text(report.error.as_deref(), detail).into(),
        ]);
    }
    let (list, values) = rows.into_sql(Dialect::of(connection));
    // The fence: a claim that has passed to someone else, or a delivery that is settled, is left as it is.
    let sql = format!(
        "WITH changed (delivery_id, shown_token, status, wake_at, claim_token, finished_attempts, \
         lost_claims, completed_at, last_outcome, last_response_status, last_error) AS ({list}) \
         UPDATE deliveries SET {SET_PROGRESS}, last_outcome = changed.last_outcome, \
         last_response_status = changed.last_response_status, last_error = changed.last_error \
         FROM changed WHERE deliveries.id = changed.delivery_id AND (changed.shown_token IS NULL \
         OR (deliveries.status = 'delivering' AND deliveries.claim_token = changed.shown_token)) \
         RETURNING id"
    );
    let rows = all(connection, sql, values).await?;
    rows.iter().map(|row| StoredRow(row).uuid("id").map(DeliveryId::new)).collect()
}

async fn insert_attempts<'a, C: ConnectionTrait>(
    connection: &C,
    ended: impl Iterator<Item = &'a Ended<'a>>,
    detail: Detail,
) -> Result<(), StoreError> {
    let mut rows = Rows::of(16, 0);
    for one in ended {
        let row: [Value; 16] = attempt_row::write(one.delivery_id, one.attempt, detail);
        rows.push(row);
    }
    if rows.is_empty() {
        return Ok(());
    }
    let (list, values) = rows.into_sql(Dialect::of(connection));
    let columns = attempt_row::COLUMNS;
    // An attempt of this number that is there already cannot be; if it is, its delivery must still come to
    // its end, or it would be sent for ever.
    let sql = format!(
        "WITH added ({columns}) AS ({list}) INSERT INTO attempts ({columns}) \
         SELECT {columns} FROM added WHERE delivery_id IS NOT NULL ON CONFLICT DO NOTHING"
    );
    execute(connection, sql, values).await?;
    Ok(())
}
