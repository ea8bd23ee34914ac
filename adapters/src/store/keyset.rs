//! A page of a list that is ordered by when its rows were made, as a range of an index.

use super::conditions::Conditions;
use sea_orm::Value;
use slotflow_application::ports::ListPosition;
use slotflow_domain::Timestamp;
use uuid::Uuid;

/// Which part of an index `(…, created_at, id)` a page lies in, read from its end.
///
/// The bounds are written over the index's own columns, in its order. So they are where reading begins and ends,
/// and no row is read only to be thrown away.
///
/// PostgreSQL begins where a bound over several columns says, and ends where its first column does. So behind a key the
/// first moment that is wanted is no bound: the page is read without it and then cut off ([`Keyset::cut`]).
pub(super) struct Keyset {
    /// The table's name in the statement.
    table: &'static str,
    /// The columns that stand before `created_at` in the index, and the one value that is wanted of each.
    ///
    /// They are part of the bounds and of the order, although each has one value only: an index without them then
    /// yields neither, and PostgreSQL is not tempted to read the newest rows of all in the hope that many of
    /// them have these values.
    keys: Vec<(&'static str, Value)>,
    /// The newest row that is not wanted any more.
    before: Option<(Timestamp, Uuid)>,
    /// The first moment that is wanted.
    from: Option<Timestamp>,
}

impl Keyset {
    /// The rows of `table` from one moment until another, both included, that come after a row of the list.
    pub(super) fn new(
        table: &'static str,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
        after: Option<ListPosition<Uuid>>,
    ) -> Self {
        let after = after.map(|place| (place.created_at, place.id));
        // No row has the greatest id.
        let until = until.map(|moment| (moment, Uuid::max()));
        let before = match (after, until) {
            (Some(after), Some(until)) => Some(after.min(until)),
            (after, until) => after.or(until),
        };
        Self { table, keys: Vec::new(), before, from }
    }

    /// Those of them that have this value in that column, which stands behind the keys so far.
    pub(super) fn with_key(mut self, column: &'static str, value: impl Into<Value>) -> Self {
        self.keys.push((column, value.into()));
        self
    }

    /// Adds the bounds.
    pub(super) fn bound(&self, conditions: &mut Conditions) {
        let (from, before) = match self.keys.is_empty() {
            true => (self.from, self.before),
            false => (Some(Timestamp::MIN), Some(self.before.unwrap_or((Timestamp::MAX, Uuid::max())))),
        };
        self.add(conditions, from, before, "");
    }

    /// Adds the bounds as conditions on rows that are found by something else.
    pub(super) fn filter(&self, conditions: &mut Conditions) {
        self.add(conditions, self.from, self.before, " IS TRUE");
    }

    /// Adds what is left to be asked of the rows of `page`, which were found by the bounds.
    pub(super) fn cut(&self, page: &str, conditions: &mut Conditions) {
        let from = self.from.filter(|_| !self.keys.is_empty());
        conditions.and_if(&format!("{page}.created_at >="), from.map(Timestamp::as_millis));
    }

    fn add(
        &self,
        conditions: &mut Conditions,
        from: Option<Timestamp>,
        upper: Option<(Timestamp, Uuid)>,
        ending: &str,
    ) {
        let lower = from.map(|from| (from, Uuid::nil()));
        for (operator, bound) in [("<", upper), (">=", lower)] {
            let Some((created_at, id)) = bound else { continue };
            let keys = self.keys.iter().map(|(_, value)| conditions.placeholder(value.clone()) + ", ");
            let keys: String = keys.collect();
            let created_at = conditions.placeholder(created_at.as_millis());
            let id = conditions.placeholder(id);
            conditions.and_text(&format!(
                "(({}) {operator} ({keys}{created_at}, {id})){ending}",
                self.columns().collect::<Vec<_>>().join(", ")
            ));
        }
    }

    /// The order, newest first.
    pub(super) fn order(&self) -> String {
        self.columns().map(|column| column + " DESC").collect::<Vec<_>>().join(", ")
    }

    fn columns(&self) -> impl Iterator<Item = String> {
        let keys = self.keys.iter().map(|(column, _)| *column);
        keys.chain(["created_at", "id"]).map(|column| format!("{}.{column}", self.table))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000).unwrap()
    }

    fn sql(keyset: &Keyset) -> (String, usize) {
        let mut conditions = Conditions::default();
        keyset.bound(&mut conditions);
        (conditions.sql().to_owned(), conditions.values().len())
    }

    #[test]
    fn without_a_key_only_what_was_asked_for_is_a_bound() {
        assert_eq!(sql(&Keyset::new("d", None, None, None)), (String::new(), 0));
        let bounded = Keyset::new("d", Some(at(1)), Some(at(2)), None);
        let expected = "((d.created_at, d.id) < ($1, $2)) AND ((d.created_at, d.id) >= ($3, $4))";
        assert_eq!(sql(&bounded), (expected.to_owned(), 4));
        assert_eq!(bounded.order(), "d.created_at DESC, d.id DESC");
    }

    #[test]
    fn a_key_is_always_bounded_on_both_sides() {
        let keyset = Keyset::new("e", None, None, None).with_key("event_type", "a.b");
        let expected = "((e.event_type, e.created_at, e.id) < ($1, $2, $3)) \
                        AND ((e.event_type, e.created_at, e.id) >= ($4, $5, $6))";
        assert_eq!(sql(&keyset), (expected.to_owned(), 6));
        assert_eq!(keyset.order(), "e.event_type DESC, e.created_at DESC, e.id DESC");
    }

    #[test]
    fn behind_a_key_the_first_moment_is_cut_off_afterwards() {
        let keyset = Keyset::new("e", Some(at(5)), None, None).with_key("event_type", "a.b");
        let mut conditions = Conditions::default();
        keyset.bound(&mut conditions);
        let first = Timestamp::MIN.as_millis().into();
        assert_eq!(conditions.values()[4], first, "the bound is the key's");
        conditions.take_sql();
        keyset.cut("page", &mut conditions);
        assert_eq!(conditions.take_sql(), "page.created_at >= $7");
        assert_eq!(conditions.values()[6], at(5).as_millis().into());
    }

    #[test]
    fn two_keys_stand_in_their_order() {
        let keyset =
            Keyset::new("d", None, None, None).with_key("status", "held").with_key("event_type", "a.b");
        let expected = "((d.status, d.event_type, d.created_at, d.id) < ($1, $2, $3, $4)) \
                        AND ((d.status, d.event_type, d.created_at, d.id) >= ($5, $6, $7, $8))";
        assert_eq!(sql(&keyset), (expected.to_owned(), 8));
        assert_eq!(keyset.order(), "d.status DESC, d.event_type DESC, d.created_at DESC, d.id DESC");
    }

    #[test]
    fn the_earlier_of_two_upper_bounds_counts() {
        let id = Uuid::from_u128(5);
        let after = Some(ListPosition { created_at: at(5), id });
        assert_eq!(Keyset::new("d", None, Some(at(9)), after).before, Some((at(5), id)));
        assert_eq!(Keyset::new("d", None, Some(at(4)), after).before, Some((at(4), Uuid::max())));
        assert_eq!(Keyset::new("d", None, Some(at(5)), after).before, Some((at(5), id)));
    }
}
