//! How each attempt went on the network, and indexes from which the backlog can be counted.

use crate::store::dialect::Dialect;

pub(super) fn statements(dialect: Dialect) -> Vec<String> {
    let big = dialect.column_types().big;
    let spans = ["dns_us", "connect_us", "tls_us", "first_byte_us", "total_us"];
    let columns = spans.map(|column| format!("ALTER TABLE attempts ADD COLUMN {column} {big}"));
    let address = ["ALTER TABLE attempts ADD COLUMN address text".to_owned()];
    address.into_iter().chain(columns).chain(COUNTABLE.map(str::to_owned)).collect()
}

/// The indexes of what is due and of what is held, with the status beside: how many deliveries wait is then counted in
/// the indexes alone. It costs no further write: an entry comes and goes with its delivery's status, or with its moment,
/// which changes with the status.
const COUNTABLE: [&str; 4] = [
    "DROP INDEX deliveries_due",
    "CREATE INDEX deliveries_due ON deliveries (wake_at, id, webhook_id, status) WHERE wake_at IS NOT NULL",
    "DROP INDEX deliveries_held",
    "CREATE INDEX deliveries_held ON deliveries (webhook_id, status) WHERE status = 'held'",
];
