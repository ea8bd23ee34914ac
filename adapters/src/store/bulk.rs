//! Many rows in one statement.
//!
//! `WITH changed(a, b) AS (VALUES ($1, $2), ($3, $4)) …` runs on both engines. Row counts are padded to powers
//! of two with rows of NULL, which no condition on a key matches, so that there are a few texts of each
//! statement and not one per count: each text is prepared and planned once per connection.

use super::dialect::Dialect;
use sea_orm::Value;
use std::fmt::Write;

/// Most rows in one statement. Times the columns of the widest it must stay below SQLite's 32,766 values.
pub(super) const MAX_ROWS: usize = 512;

/// Rows for a `VALUES` list, all of the same columns.
#[derive(Clone)]
pub(super) struct Rows {
    columns: usize,
    values: Vec<Value>,
}

impl Rows {
    /// An empty list of rows of so many columns.
    pub(super) fn of(columns: usize, expected: usize) -> Self {
        Self { columns, values: Vec::with_capacity(columns * expected.next_power_of_two()) }
    }

    /// Adds a row.
    pub(super) fn push<const COLUMNS: usize>(&mut self, row: [Value; COLUMNS]) {
        debug_assert_eq!(COLUMNS, self.columns);
        self.values.extend(row);
    }

    /// Whether there is no row.
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// `VALUES ($1, $2), …` and its values, padded. Not empty unless the rows are. The only placeholders of their
    /// statement, which on SQLite have no numbers: each would be looked up in a list of all.
    pub(super) fn into_sql(mut self, dialect: Dialect) -> (String, Vec<Value>) {
        let rows = (self.values.len() / self.columns.max(1)).next_power_of_two();
        let nulls: Vec<Value> = self.values.iter().take(self.columns).map(Value::as_null).collect();
        while self.values.len() < rows * self.columns {
            self.values.extend_from_slice(&nulls);
        }
        let mut sql = String::with_capacity(8 + rows * self.columns * 6);
        sql.push_str("VALUES ");
        for row in 0..rows {
            sql.push_str(if row == 0 { "(" } else { ",(" });
            for column in 0..self.columns {
                sql.push_str(if column == 0 { "" } else { "," });
                // Writing to a string cannot fail.
                let _ = match dialect {
                    Dialect::Sqlite => sql.write_char('?'),
                    Dialect::Postgres => write!(sql, "${}", row * self.columns + column + 1),
                };
            }
            sql.push(')');
        }
        (sql, self.values)
    }
}

/// `$3,$4,…` for an `IN` list of `items` behind the values already there, padded by repeating the last one.
/// An empty list becomes one NULL, which nothing equals.
pub(super) fn in_list<T: Into<Value>>(
    items: impl IntoIterator<Item = T>,
    values: &mut Vec<Value>,
    null: Value,
) -> String {
    let before = values.len();
    values.extend(items.into_iter().map(Into::into));
    if values.len() == before {
        values.push(null);
    }
    let padded = before + (values.len() - before).next_power_of_two();
    if let Some(last) = values.last().cloned() {
        values.resize(padded, last);
    }
    let mut sql = String::with_capacity((padded - before) * 5);
    for place in before + 1..=padded {
        let _ = write!(sql, "{}${place}", if place == before + 1 { "" } else { "," });
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_padded_with_nulls_of_their_types() {
        let mut rows = Rows::of(2, 3);
        for number in 1_i64..=3 {
            rows.push([number.into(), "x".into()]);
        }
        let (sqlite, _) = rows.clone().into_sql(Dialect::Sqlite);
        assert_eq!(sqlite, "VALUES (?,?),(?,?),(?,?),(?,?)");
        let (sql, values) = rows.into_sql(Dialect::Postgres);
        assert_eq!(sql, "VALUES ($1,$2),($3,$4),($5,$6),($7,$8)");
        assert_eq!(values.len(), 8);
        assert_eq!(values[6..], [Value::BigInt(None), Value::String(None)]);
    }

    #[test]
    fn a_list_is_padded_with_its_last_item() {
        let mut values = vec![Value::from(7_i64)];
        let sql = in_list([1_i64, 2, 3], &mut values, Value::BigInt(None));
        assert_eq!(sql, "$2,$3,$4,$5");
        assert_eq!(values[1..], [1_i64, 2, 3, 3].map(Value::from));
    }

    #[test]
    fn an_empty_list_is_one_null() {
        let mut values = vec![];
        assert_eq!(in_list(Vec::<i64>::new(), &mut values, Value::BigInt(None)), "$1");
        assert_eq!(values, [Value::BigInt(None)]);
    }
}
