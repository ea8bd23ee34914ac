//! Counting what waits.

use super::SqlStore;
use super::statement::{one, values};
use super::stored_row::{StoredRow, corrupt};
use async_trait::async_trait;
use slotflow_application::ports::{Backlog, BacklogReader, StoreError};
use slotflow_domain::Timestamp;

/// Three walks along partial indexes, which hold what waits and nothing that is over: `deliveries_due` to its end,
/// its first entry, and `deliveries_held`. The table is not read.
pub(super) const BACKLOG_SQL: &str = "SELECT waiting.pending, waiting.delivering, \
     (SELECT COUNT(*) FROM deliveries WHERE status = 'held') AS held, \
     (SELECT MIN(wake_at) FROM deliveries WHERE wake_at <= $1) AS oldest_due \
     FROM (SELECT COUNT(CASE WHEN status = 'pending' THEN 1 END) AS pending, \
     COUNT(CASE WHEN status = 'delivering' THEN 1 END) AS delivering \
     FROM deliveries WHERE wake_at IS NOT NULL) AS waiting";

#[async_trait]
impl BacklogReader for SqlStore {
    async fn backlog(&self, now: Timestamp) -> Result<Backlog, StoreError> {
        let row = one(self.reader(), BACKLOG_SQL, values![now.as_millis()]).await?;
        let row = row.ok_or_else(|| corrupt("pending", "no count"))?;
        let row = StoredRow(&row);
        Ok(Backlog {
            pending: row.number::<i64, u64>("pending")?,
            delivering: row.number::<i64, u64>("delivering")?,
            held: row.number::<i64, u64>("held")?,
            oldest_due: row.maybe_time("oldest_due")?,
        })
    }
}
