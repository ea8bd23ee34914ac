//! A webhook's second secret, which signs beside the first until an overlap ends.

use crate::store::dialect::Dialect;

pub(super) fn statements(dialect: Dialect) -> Vec<String> {
    let big = dialect.column_types().big;
    // Whoever was never rotated has neither.
    let columns = ["retiring_secret text".to_owned(), format!("retiring_until {big}")];
    columns.map(|column| format!("ALTER TABLE webhooks ADD COLUMN {column}")).into()
}
