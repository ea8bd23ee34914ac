//! Organizations on plans of any name.

use crate::store::dialect::Dialect;

/// The first version's check of the plan's name goes with its column, on both databases: SQLite can drop no constraint, and
/// PostgreSQL has named it after a table whose name may have a prefix. Nothing refers to the column, and there are few
/// organizations.
pub(super) fn statements(_dialect: Dialect) -> Vec<String> {
    [
        // The default is for the rows that are there, until the next statement; whoever inserts says the plan.
        "ALTER TABLE organizations ADD COLUMN any_plan text NOT NULL DEFAULT 'free'",
        "UPDATE organizations SET any_plan = plan",
        "ALTER TABLE organizations DROP COLUMN plan",
        "ALTER TABLE organizations RENAME COLUMN any_plan TO plan",
    ]
    .map(str::to_owned)
    .to_vec()
}
