//! What the tables are called, where they stand beside somebody else's.
//!
//! Statements are written with the plain names. On a connection of a store with a prefix each is rewritten before it runs:
//! [`TableNames::apply`] finds the names of our tables where a table can be named, and of our indexes where one is made or dropped.

use async_trait::async_trait;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use std::borrow::Cow;
use std::sync::Arc;

/// Our tables.
const TABLES: [&str; 12] = [
    "organizations",
    "api_keys",
    "webhooks",
    "bookings",
    "events",
    "deliveries",
    "attempts",
    "replays",
    "webhook_hours",
    "kept_answers",
    "instances",
    "outbox",
];

/// The table of the migrations that were applied.
const MIGRATIONS: &str = "seaql_migrations";

/// What the names of all tables begin with: nothing, a prefix (`slotflow_`), or on PostgreSQL a schema (`slotflow.`).
///
/// A store with names of its own stands beside the tables of the service that embeds it, in one database. All who use the store
/// must give the same ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableNames(Option<Arc<str>>);

/// A text that cannot stand before the names of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the names of tables must begin with 1 to 30 lower-case letters, digits and underscores, the first no digit"
)]
pub struct BadTableNames;

impl TableNames {
    /// The plain names, as by default.
    pub const fn plain() -> Self {
        Self(None)
    }

    /// Names that begin with `prefix`: `slotflow_` makes `slotflow_webhooks`.
    ///
    /// # Errors
    /// A text that would have to be quoted in SQL, or is longer than 30 characters.
    pub fn with_prefix(prefix: &str) -> Result<Self, BadTableNames> {
        check(prefix)?;
        Ok(Self(Some(prefix.into())))
    }

    /// The plain names in a schema of PostgreSQL: `hooks` makes `hooks.webhooks`. A schema that has the name of the database's user
    /// is a bad choice: PostgreSQL looks into it first, and finds our tables where somebody else's are meant.
    ///
    /// # Errors
    /// As of [`with_prefix`](Self::with_prefix).
    pub fn in_schema(schema: &str) -> Result<Self, BadTableNames> {
        check(schema)?;
        Ok(Self(Some(format!("{schema}.").into())))
    }

    /// The schema, if they are in one.
    pub(super) fn schema(&self) -> Option<&str> {
        self.before().strip_suffix('.')
    }

    /// What the names begin with, as part of the name of a file or of another table.
    pub(super) fn prefix(&self) -> &str {
        if self.schema().is_some() { "" } else { self.before() }
    }

    /// The table of applied migrations, for whoever lets the store migrate itself.
    pub(super) fn migrations_table(&self) -> String {
        format!("{}{MIGRATIONS}", self.before())
    }

    /// The first key of the instances' locks on PostgreSQL, which tells them from those of others on the same database. The
    /// second is the instance's number.
    pub(super) fn class_of_instances(&self) -> i32 {
        let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        self.before().bytes().fold(0x5107_f10e, mix).cast_signed()
    }

    /// A connection on which statements find the tables under these names.
    pub(super) fn over<C>(&self, connection: C) -> Named<C> {
        Named { names: self.clone(), connection }
    }

    fn before(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    /// The statement with our names in it.
    pub(super) fn apply<'a>(&self, sql: &'a str) -> Cow<'a, str> {
        let Some(before) = self.0.as_deref() else { return Cow::Borrowed(sql) };
        // An index lies in its table's schema by itself, but is not found there by itself.
        let before_new_index = if before.ends_with('.') { "" } else { before };
        let mut written = String::with_capacity(sql.len() + 8 * before.len());
        let (mut last, mut last_but_one) = ("", "");
        let mut rest = sql;
        while !rest.is_empty() {
            let (token, behind) = rest.split_at(token_length(rest));
            if TABLES.contains(&token) && (is_followed_by_a_table(last) || behind.starts_with('.')) {
                written.push_str(before);
            } else if last == "INDEX" && is_word(token) {
                written.push_str(if last_but_one == "DROP" { before } else { before_new_index });
            }
            written.push_str(token);
            if !token.starts_with(char::is_whitespace) {
                (last_but_one, last) = (last, token);
            }
            rest = behind;
        }
        Cow::Owned(written)
    }
}

fn check(name: &str) -> Result<(), BadTableNames> {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let begins = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    if begins && name.len() <= 30 && name.bytes().all(good) { Ok(()) } else { Err(BadTableNames) }
}

/// Behind these words our statements name a table.
fn is_followed_by_a_table(word: &str) -> bool {
    ["FROM", "JOIN", "INTO", "UPDATE", "REFERENCES", "TABLE", "ON"].contains(&word)
}

fn is_word(token: &str) -> bool {
    token.starts_with(is_of_a_word)
}

fn is_of_a_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// How long the first token is: a word, a literal in quotes, white space, or one other character.
fn token_length(sql: &str) -> usize {
    let run = |belongs: fn(char) -> bool| sql.find(|character| !belongs(character)).unwrap_or(sql.len());
    let Some(first) = sql.chars().next() else { return 0 };
    match first {
        '\'' => sql.get(1..).and_then(|rest| rest.find('\'')).map_or(sql.len(), |end| end + 2),
        _ if is_of_a_word(first) => run(is_of_a_word),
        _ if first.is_whitespace() => run(char::is_whitespace),
        _ => first.len_utf8(),
    }
}

/// A connection on which our tables have these names.
#[derive(Clone)]
pub(super) struct Named<C> {
    names: TableNames,
    connection: C,
}

impl<C> Named<C> {
    /// The connection itself, for its caller or for what names no table.
    pub(super) fn into_inner(self) -> C {
        self.connection
    }

    /// The names.
    pub(super) const fn names(&self) -> &TableNames {
        &self.names
    }

    /// The connection itself, to look at.
    pub(super) const fn inner(&self) -> &C {
        &self.connection
    }

    fn renamed(&self, mut statement: Statement) -> Statement {
        if let Cow::Owned(sql) = self.names.apply(&statement.sql) {
            statement.sql = sql;
        }
        statement
    }
}

impl Named<DatabaseTransaction> {
    pub(super) async fn commit(self) -> Result<(), DbErr> {
        self.connection.commit().await
    }

    pub(super) async fn rollback(self) -> Result<(), DbErr> {
        self.connection.rollback().await
    }
}

#[async_trait]
impl<C: ConnectionTrait + Send> ConnectionTrait for Named<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.connection.execute_raw(self.renamed(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.connection.execute_unprepared(&self.names.apply(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.connection.query_one_raw(self.renamed(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.connection.query_all_raw(self.renamed(statement)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn renamed(names: &TableNames, sql: &str) -> String {
        names.apply(sql).into_owned()
    }

    fn prefix() -> TableNames {
        TableNames::with_prefix("p_").unwrap()
    }

    #[test]
    fn tables_are_renamed_and_columns_of_the_same_name_are_not() {
        for (sql, expected) in [
            (
                "SELECT d.id, events FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id WHERE instr(events, $1) > 0",
                "SELECT d.id, events FROM p_deliveries d JOIN p_webhooks w ON w.id = d.webhook_id WHERE instr(events, $1) > 0",
            ),
            (
                "UPDATE deliveries SET status = 'FROM events' FROM changed WHERE deliveries.id = changed.id",
                "UPDATE p_deliveries SET status = 'FROM events' FROM changed WHERE p_deliveries.id = changed.id",
            ),
            ("INSERT INTO events (id) VALUES ($1)", "INSERT INTO p_events (id) VALUES ($1)"),
            ("CREATE TABLE a (b REFERENCES events (id))", "CREATE TABLE a (b REFERENCES p_events (id))"),
            ("CREATE UNIQUE INDEX first ON events (id)", "CREATE UNIQUE INDEX p_first ON p_events (id)"),
            ("DROP INDEX first", "DROP INDEX p_first"),
            ("SELECT 'it''s FROM events'", "SELECT 'it''s FROM events'"),
        ] {
            assert_eq!(renamed(&prefix(), sql), expected);
        }
    }

    #[test]
    fn in_a_schema_an_index_is_made_beside_its_table_and_dropped_where_it_is() {
        let names = TableNames::in_schema("hooks").unwrap();
        let made = "CREATE INDEX first ON hooks.events (id)";
        assert_eq!(renamed(&names, "CREATE INDEX first ON events (id)"), made);
        assert_eq!(renamed(&names, "DROP INDEX first"), "DROP INDEX hooks.first");
        assert_eq!(names.migrations_table(), "hooks.seaql_migrations");
    }

    #[test]
    fn plain_names_change_nothing() {
        assert!(matches!(TableNames::plain().apply("SELECT id FROM events"), Cow::Borrowed(_)));
        assert_eq!(TableNames::plain().migrations_table(), "seaql_migrations");
    }

    #[test]
    fn only_what_needs_no_quotes_is_taken() {
        for good in ["slotflow_", "_s", "a1"] {
            assert!(TableNames::with_prefix(good).is_ok(), "{good}");
        }
        let long = "a".repeat(31);
        for bad in ["", "1a", "A", "a-b", "a b", "a\"", "a.", "ä", &long] {
            assert!(TableNames::with_prefix(bad).is_err(), "{bad}");
            assert!(TableNames::in_schema(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_text_only_names_are_added(sql: String) {
            prop_assert_eq!(renamed(&prefix(), &sql).replace("p_", ""), sql.replace("p_", ""));
        }
    }
}
