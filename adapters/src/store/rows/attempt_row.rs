//! `attempts`.

use super::delivery_row::small;
use super::response_headers;
use crate::store::stored_row::{StoredRow, corrupt};
use sea_orm::{QueryResult, Value};
use slotflow_application::ports::StoreError;
use slotflow_domain::DeliveryId;
use slotflow_domain::delivery::{Attempt, AttemptNumber, AttemptReport, AttemptResponse, Exchange, Phases};
use std::time::Duration;

pub(in crate::store) const COLUMNS: &str = "delivery_id, number, started_at, duration_ms, outcome, \
     response_status, response_headers, response_body, response_truncated, error, \
     address, dns_us, connect_us, tls_us, first_byte_us, total_us";

/// How much of a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Detail {
    /// All of it.
    Whole,
    /// Nothing that the receiver wrote: only its status and our own words.
    WithoutContent,
}

pub(in crate::store) fn write(delivery_id: DeliveryId, attempt: &Attempt, detail: Detail) -> [Value; 16] {
    let report = &attempt.report;
    let response = report.response.as_ref();
    let phases = &report.exchange.phases;
    let content = response.filter(|_| detail == Detail::Whole);
    [
        delivery_id.as_uuid().into(),
        small(attempt.number.get()).into(),
        attempt.started_at.as_millis().into(),
        i64::try_from(report.duration.as_millis()).unwrap_or(i64::MAX).into(),
        report.outcome.as_str().into(),
        response.map(|response| small(response.status)).into(),
        content.map(|response| response_headers::encode(&response.headers)).into(),
        content.map(|response| response.body.clone()).into(),
        response.map(|response| response.truncated || content.is_none()).into(),
        error_text(report.error.as_deref(), detail).into(),
        report.exchange.address.map(|address| address.to_string()).into(),
        micros(phases.dns),
        micros(phases.connect),
        micros(phases.tls),
        micros(phases.first_byte),
        micros(phases.total),
    ]
}

/// Microseconds: a hand-shake within one machine takes less than one millisecond.
fn micros(span: Option<Duration>) -> Value {
    span.map(|span| i64::try_from(span.as_micros()).unwrap_or(i64::MAX)).into()
}

/// The error's text without NULs, which PostgreSQL's text cannot hold.
pub(in crate::store) fn error_text(error: Option<&str>, detail: Detail) -> Option<String> {
    error.map(|error| match detail {
        Detail::Whole => error.replace('\0', ""),
        Detail::WithoutContent => "the details could not be stored".to_owned(),
    })
}

pub(in crate::store) fn read(row: &QueryResult) -> Result<Attempt, StoreError> {
    let row = StoredRow(row);
    let number =
        AttemptNumber::new(row.number::<i16, u16>("number")?).map_err(|error| corrupt("number", error))?;
    let report = AttemptReport {
        outcome: row.named("outcome")?,
        response: status(&row, "response_status")?.map(|status| response(&row, status)).transpose()?,
        error: row.get("error")?,
        duration: Duration::from_millis(row.number::<i64, u64>("duration_ms")?),
        exchange: exchange(&row)?,
    };
    Ok(Attempt { number, started_at: row.time("started_at")?, report })
}

fn exchange(row: &StoredRow<'_>) -> Result<Exchange, StoreError> {
    let span = |column: &str| -> Result<Option<Duration>, StoreError> {
        let micros: Option<i64> = row.get(column)?;
        let span = |micros| u64::try_from(micros).map_err(|_| corrupt(column, "negative"));
        Ok(micros.map(span).transpose()?.map(Duration::from_micros))
    };
    Ok(Exchange {
        address: row.maybe_named("address")?,
        phases: Phases {
            dns: span("dns_us")?,
            connect: span("connect_us")?,
            tls: span("tls_us")?,
            first_byte: span("first_byte_us")?,
            total: span("total_us")?,
        },
    })
}

fn response(row: &StoredRow<'_>, status: u16) -> Result<AttemptResponse, StoreError> {
    let headers: Option<Vec<u8>> = row.get("response_headers")?;
    Ok(AttemptResponse {
        status,
        headers: response_headers::decode(&headers.unwrap_or_default())
            .ok_or_else(|| corrupt("response_headers", "cut off"))?,
        body: row.get::<Option<Vec<u8>>>("response_body")?.unwrap_or_default(),
        truncated: row.get::<Option<bool>>("response_truncated")?.unwrap_or_default(),
    })
}

pub(in crate::store) fn status(row: &StoredRow<'_>, column: &str) -> Result<Option<u16>, StoreError> {
    let status: Option<i16> = row.get(column)?;
    status.map(|status| u16::try_from(status).map_err(|_| corrupt(column, "negative"))).transpose()
}
