//! All that differs between SQLite and PostgreSQL.

use sea_orm::{ConnectionTrait, DbBackend};
use slotflow_domain::{HumanId, OrganizationId};

/// The engine that a connection speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// The names of column types. Times are milliseconds and so are durations; ids are 16 bytes on either engine.
pub(super) struct ColumnTypes {
    pub(super) id: &'static str,
    pub(super) small: &'static str,
    pub(super) integer: &'static str,
    pub(super) big: &'static str,
    pub(super) bytes: &'static str,
    pub(super) flag: &'static str,
    /// What stands behind the columns of a table.
    pub(super) table: &'static str,
    /// The same for narrow tables: SQLite then keeps the rows in the primary key's own tree.
    pub(super) narrow_table: &'static str,
}

impl Dialect {
    pub(super) fn of<C: ConnectionTrait>(connection: &C) -> Self {
        match connection.get_database_backend() {
            DbBackend::Postgres => Self::Postgres,
            _ => Self::Sqlite,
        }
    }

    pub(super) const fn column_types(self) -> ColumnTypes {
        match self {
            Self::Sqlite => ColumnTypes {
                id: "BLOB",
                small: "INTEGER",
                integer: "INTEGER",
                big: "INTEGER",
                bytes: "BLOB",
                flag: "INTEGER",
                table: "STRICT",
                narrow_table: "STRICT, WITHOUT ROWID",
            },
            Self::Postgres => ColumnTypes {
                id: "uuid",
                small: "smallint",
                integer: "integer",
                big: "bigint",
                bytes: "bytea",
                flag: "boolean",
                table: "",
                narrow_table: "",
            },
        }
    }

    /// Settings of the deliveries' table. On PostgreSQL each claim and settlement leaves a dead row behind,
    /// which the scan of due rows has to step over: they are cleared away early.
    pub(super) const fn tune_deliveries(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some(
                "ALTER TABLE deliveries SET (autovacuum_vacuum_scale_factor = 0.01, \
                 autovacuum_vacuum_threshold = 1000)",
            ),
        }
    }

    /// Behind a `SELECT` whose rows are to change: others that change, lock or share them wait. Rows that only
    /// name them by a foreign key can be added meanwhile.
    pub(super) const fn for_change(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR NO KEY UPDATE",
        }
    }

    /// Behind a `SELECT` whose rows are to stay as they are, for several at once.
    pub(super) const fn for_share(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR SHARE",
        }
    }

    /// Behind a `SELECT` whose rows are to be there still when others name them by a foreign key: who removes one
    /// waits, and everything else goes on.
    pub(super) const fn for_naming(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR KEY SHARE",
        }
    }

    /// Behind a `SELECT` whose rows are to be removed. What somebody else holds is passed over.
    pub(super) const fn for_removal(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// Behind a `SELECT` whose row is to change, and which is not waited for if somebody else has it.
    pub(super) const fn for_change_unless_locked(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR NO KEY UPDATE SKIP LOCKED",
        }
    }

    /// A join whose left side is read first. PostgreSQL knows its tables well enough to see that for itself.
    pub(super) const fn join_in_order(self) -> &'static str {
        match self {
            Self::Sqlite => "CROSS JOIN",
            Self::Postgres => "JOIN",
        }
    }

    /// Behind the `SELECT` of a claim on deliveries `d` of webhooks `w`. Whatever somebody else holds is passed
    /// over, so that a claim never waits and can be part of no deadlock: another's claim, and every delivery
    /// of a webhook that is being changed.
    pub(super) const fn for_claim(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR NO KEY UPDATE OF d SKIP LOCKED FOR SHARE OF w SKIP LOCKED",
        }
    }

    /// The key of a human's calendar, which is locked until the transaction ends. There is no row to lock: the first
    /// booking of a human must exclude another first one too. Two humans whose keys collide only wait for each other.
    /// None where there is one writer.
    pub(super) fn calendar_key(self, organization_id: OrganizationId, human_id: HumanId) -> Option<i64> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some(calendar_key(organization_id, human_id)),
        }
    }

    /// The statements before a migration. Of several processes that start together one migrates, while the
    /// others wait as long as that takes.
    pub(super) const fn before_migration(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &[],
            Self::Postgres => {
                &["SET LOCAL statement_timeout = 0", "SELECT pg_advisory_xact_lock(8317983912746215017)"]
            }
        }
    }

    /// The query that answers a row if the migrator's own table is there.
    pub(super) const fn has_migrations_table(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'seaql_migrations'",
            Self::Postgres => "SELECT 1 WHERE to_regclass('seaql_migrations') IS NOT NULL",
        }
    }

    /// What makes the transaction's statements fail rather than wait for others' locks for more than a moment. On
    /// SQLite transactions that write take turns, and beginning one is where they wait.
    pub(super) const fn limit_lock_waits(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("SET LOCAL lock_timeout = '100ms'"),
        }
    }

    /// The query whose answer says whether the database takes writes: `off`. On SQLite beginning to write
    /// has said so already.
    pub(super) const fn is_read_only(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT 'off' AS read_only",
            Self::Postgres => "SELECT current_setting('transaction_read_only') AS read_only",
        }
    }

    /// Before a statement, to be told how it was carried out (PostgreSQL) or would be (SQLite).
    pub(super) const fn explain(self) -> &'static str {
        match self {
            Self::Sqlite => "EXPLAIN QUERY PLAN ",
            Self::Postgres => "EXPLAIN (ANALYZE, BUFFERS) ",
        }
    }

    /// The column of an explanation in which its lines stand.
    pub(super) const fn explanation(self) -> &'static str {
        match self {
            Self::Sqlite => "detail",
            Self::Postgres => "QUERY PLAN",
        }
    }

    /// The function that finds one text in another.
    pub(super) const fn position(self) -> &'static str {
        match self {
            Self::Sqlite => "instr",
            Self::Postgres => "strpos",
        }
    }

    /// From `wanted`, a list of slots, each one's bookings `b` that are `overlapping`. A slot overlaps fewer bookings than
    /// the limit: by it PostgreSQL knows that it has to look for each slot's in turn.
    pub(super) fn overlaps_of_wanted(self, overlapping: &str) -> String {
        match self {
            Self::Sqlite => format!("FROM wanted CROSS JOIN bookings b ON {overlapping}"),
            Self::Postgres => format!(
                "FROM wanted CROSS JOIN LATERAL \
                 (SELECT b.starts_at, b.duration_minutes FROM bookings b WHERE {overlapping} LIMIT 10000) b"
            ),
        }
    }

    /// From `waiting`, a list of webhooks, each one's first `$2` deliveries that are due at `$1`, as `d`.
    pub(super) const fn first_due_of_waiting(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "FROM waiting CROSS JOIN deliveries d ON d.id IN (SELECT x.id FROM deliveries x \
                 WHERE x.webhook_id = waiting.webhook_id AND x.wake_at <= $1 ORDER BY x.wake_at LIMIT $2)"
            }
            // Written with an array, by which only `deliveries_due_of_webhook` has this order: statistics that know
            // one webhook only would have the planner read all that is due, in search of the others'.
            Self::Postgres => {
                "FROM waiting CROSS JOIN LATERAL (SELECT x.id, x.webhook_id, x.wake_at FROM deliveries x \
                 WHERE x.webhook_id = ANY (ARRAY[waiting.webhook_id]) AND x.wake_at <= $1 \
                 ORDER BY x.webhook_id, x.wake_at LIMIT $2) d"
            }
        }
    }
}

/// 64 bits of both ids, well mixed: the ids may be of any version, or chosen by someone.
fn calendar_key(organization_id: OrganizationId, human_id: HumanId) -> i64 {
    let mix = |hash: u64, half: u64| (hash ^ half).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    let (a, b) = organization_id.as_uuid().as_u64_pair();
    let (c, d) = human_id.as_uuid().as_u64_pair();
    [a, b, c, d].into_iter().fold(0x510f_107f_10e0_ca1e, mix).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn humans_have_locks_of_their_own() {
        let key = |organization, human| {
            calendar_key(
                OrganizationId::new(Uuid::from_u128(organization)),
                HumanId::new(Uuid::from_u128(human)),
            )
        };
        assert_eq!(key(1, 2), key(1, 2));
        let keys: std::collections::BTreeSet<_> =
            (0..20).flat_map(|a| (0..20).map(move |b| (a, b))).map(|(a, b)| key(a, b)).collect();
        assert_eq!(keys.len(), 400);
    }
}
