//! What waits in the store, read again after some seconds.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;
use slotflow_application::ports::{Backlog, BacklogReader, Clock};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How long what was read, or that it could not be, is told again: however often and from wherever we are scraped,
/// the store counts no oftener.
const FRESH: Duration = Duration::from_secs(10);

/// How long the store may take. Prometheus waits 10 s for an answer by default.
const PATIENCE: Duration = Duration::from_secs(5);

/// The backlog as it was read last.
pub(super) struct BacklogGauges {
    reader: Arc<dyn BacklogReader>,
    clock: Arc<dyn Clock>,
    /// Held while reading, so that scrapes that come together read once.
    read_at: tokio::sync::Mutex<Option<Instant>>,
    last: Mutex<Option<Reading>>,
}

/// A backlog, and the age that its oldest due delivery had when it was read.
#[derive(Clone, Copy)]
struct Reading {
    backlog: Backlog,
    oldest_due: Duration,
}

impl BacklogGauges {
    pub(super) fn new(reader: Arc<dyn BacklogReader>, clock: Arc<dyn Clock>) -> Self {
        Self { reader, clock, read_at: tokio::sync::Mutex::default(), last: Mutex::default() }
    }

    /// Reads the backlog, unless that was done just now.
    pub(super) async fn refresh(&self) {
        let mut read_at = self.read_at.lock().await;
        if read_at.is_some_and(|moment| moment.elapsed() < FRESH) {
            return;
        }
        let reading = self.read().await;
        *self.last() = reading;
        *read_at = Some(Instant::now());
    }

    async fn read(&self) -> Option<Reading> {
        let now = self.clock.now();
        match timeout(PATIENCE, self.reader.backlog(now)).await {
            Ok(Ok(backlog)) => {
                let oldest_due = backlog.oldest_due.map_or(Duration::ZERO, |due| now.since(due));
                Some(Reading { backlog, oldest_due })
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "counting the backlog failed");
                None
            }
            Err(_elapsed) => {
                tracing::warn!("counting the backlog took too long");
                None
            }
        }
    }

    /// What is kept is whole after every statement, so a panic elsewhere spoils nothing.
    fn last(&self) -> MutexGuard<'_, Option<Reading>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nothing is told of a backlog that could not be read: an old one would look like a true one.
impl Collector for BacklogGauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Some(Reading { backlog, oldest_due }) = *self.last() else {
            return Ok(());
        };
        let help = "Deliveries that are not at their end, by status.";
        let mut waiting =
            encoder.encode_descriptor("slotflow_backlog_deliveries", help, None, MetricType::Gauge)?;
        for (status, count) in
            [("pending", backlog.pending), ("delivering", backlog.delivering), ("held", backlog.held)]
        {
            waiting.encode_family(&[("status", status)])?.encode_gauge(&count)?;
        }
        let help = "For how long the delivery that waits the longest has been due.";
        encoder
            .encode_descriptor("slotflow_oldest_due_seconds", help, None, MetricType::Gauge)?
            .encode_gauge(&oldest_due.as_secs_f64())
    }
}

impl fmt::Debug for BacklogGauges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BacklogGauges")
    }
}
