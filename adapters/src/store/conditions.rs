//! The conditions of a listing, of which each may be left out.

use sea_orm::Value;
use std::fmt::Write;

/// Conditions joined by `AND`, and their values.
#[derive(Default)]
pub(super) struct Conditions {
    sql: String,
    values: Vec<Value>,
}

impl Conditions {
    /// Adds `column_and_operator $n`, such as `d.status =`.
    pub(super) fn and(&mut self, column_and_operator: &str, value: impl Into<Value>) {
        let glue = if self.sql.is_empty() { "" } else { " AND " };
        let placeholder = self.placeholder(value);
        // Writing to a string cannot fail.
        let _ = write!(self.sql, "{glue}{column_and_operator} {placeholder}");
    }

    /// Adds a condition in which the placeholders stand already.
    pub(super) fn and_text(&mut self, condition: &str) {
        let glue = if self.sql.is_empty() { "" } else { " AND " };
        // Writing to a string cannot fail.
        let _ = write!(self.sql, "{glue}{condition}");
    }

    /// Adds `(column_and_operator $n) IS TRUE` if there is a value: for what is only looked at in the rows that
    /// are found by something else. No planner takes it for a way to find them.
    pub(super) fn filter_if(&mut self, column_and_operator: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            let placeholder = self.placeholder(value);
            self.and_text(&format!("({column_and_operator} {placeholder}) IS TRUE"));
        }
    }

    /// Adds it if there is a value.
    pub(super) fn and_if(&mut self, column_and_operator: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.and(column_and_operator, value);
        }
    }

    /// The next placeholder, for a value elsewhere in the statement.
    pub(super) fn placeholder(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// The conditions so far.
    pub(super) fn sql(&self) -> &str {
        &self.sql
    }

    /// The conditions so far, and begins anew: other conditions of the same statement, with the same values behind
    /// the placeholders.
    pub(super) fn take_sql(&mut self) -> String {
        std::mem::take(&mut self.sql)
    }

    /// All the values, in the order of their placeholders.
    pub(super) fn into_values(self) -> Vec<Value> {
        self.values
    }

    /// The values so far, in the order of their placeholders.
    pub(super) fn values(&self) -> Vec<Value> {
        self.values.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_leaves_no_trace() {
        let mut conditions = Conditions::default();
        conditions.and("a =", 1_i64);
        conditions.and_if("b >", None::<i64>);
        conditions.and_if("c <", Some(3_i64));
        conditions.filter_if("d =", None::<i64>);
        conditions.filter_if("e =", Some(5_i64));
        conditions.and_text("f IS NULL");
        assert_eq!(conditions.placeholder(4_i64), "$4");
        assert_eq!(conditions.sql(), "a = $1 AND c < $2 AND (e = $3) IS TRUE AND f IS NULL");
        assert_eq!(conditions.values(), [1_i64, 3, 5, 4].map(Value::from));
    }

    #[test]
    fn several_parts_of_a_statement_count_their_placeholders_on() {
        let mut conditions = Conditions::default();
        conditions.and("a =", 1_i64);
        assert_eq!(conditions.take_sql(), "a = $1");
        conditions.and("b =", 2_i64);
        assert_eq!(conditions.take_sql(), "b = $2");
        assert_eq!(conditions.into_values(), [1_i64, 2].map(Value::from));
    }
}
