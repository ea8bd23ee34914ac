//! A list's filter, as it was typed.

use super::typed_moment;
use crate::dashboard::form::Fields;
use slotflow_domain::Timestamp;
use slotflow_domain::clean_text::clean;
use std::fmt::Display;
use url::form_urlencoded::Serializer;

/// The fields of a filter: what was typed, and what of it could not be understood. A field that is wrong does not take
/// the page away from whoever typed it: it is shown again, with the rule that it breaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::dashboard) struct FilterForm {
    typed: Vec<(&'static str, String)>,
    problems: Vec<Problem>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Problem {
    field: &'static str,
    words: String,
}

impl FilterForm {
    /// The fields with these names, as far as they were filled in.
    pub(in crate::dashboard) fn read(fields: &Fields, names: &[&'static str]) -> Self {
        let typed = names.iter().filter_map(|name| Some((*name, clean(fields.get(name)?))));
        Self { typed: typed.collect(), problems: Vec::new() }
    }

    /// What a field stands for, if it was filled in with something that can be understood.
    pub(in crate::dashboard) fn parsed<T, E: Display>(
        &mut self,
        field: &'static str,
        label: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let typed = self.value(field);
        if typed.is_empty() {
            return None;
        }
        match parse(typed) {
            Ok(value) => Some(value),
            Err(rule) => {
                let words = format!("{label}: {rule}.");
                self.problems.push(Problem { field, words });
                None
            }
        }
    }

    /// The moments between which a list is wanted.
    pub(in crate::dashboard) fn span(&mut self) -> (Option<Timestamp>, Option<Timestamp>) {
        let (from, until) = (self.moment("from", "From"), self.moment("until", "Until"));
        if from.zip(until).is_some_and(|(from, until)| from > until) {
            let words = "Until: must not be before From.".to_owned();
            self.problems.push(Problem { field: "until", words });
        }
        (from, until)
    }

    fn moment(&mut self, field: &'static str, label: &'static str) -> Option<Timestamp> {
        let moment = self.parsed(field, label, typed_moment::read)?;
        for (_, typed) in self.typed.iter_mut().filter(|(name, _)| *name == field) {
            *typed = typed_moment::write(moment);
        }
        Some(moment)
    }

    /// Whether a field for a moment holds one, or nothing: browsers show nothing else in such a field.
    pub(in crate::dashboard) fn holds_moment(&self, field: &str) -> bool {
        let typed = self.value(field);
        typed.is_empty() || typed_moment::read(typed).is_ok()
    }

    /// What stands in a field.
    pub(in crate::dashboard) fn value(&self, field: &str) -> &str {
        self.typed.iter().find(|(name, _)| *name == field).map_or("", |(_, value)| value)
    }

    /// Whether there is nothing to narrow the list.
    pub(in crate::dashboard) fn is_empty(&self) -> bool {
        self.typed.is_empty()
    }

    /// The fields that are filled in.
    pub(in crate::dashboard) fn filled(&self) -> impl Iterator<Item = (&str, &str)> {
        self.typed.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// What is wrong: fields, and words about them.
    pub(in crate::dashboard) fn problems(&self) -> impl Iterator<Item = (&str, &str)> {
        self.problems.iter().map(|problem| (problem.field, problem.words.as_str()))
    }

    /// Whether something is.
    pub(in crate::dashboard) fn is_wrong(&self) -> bool {
        !self.problems.is_empty()
    }

    /// Whether this field is.
    pub(in crate::dashboard) fn is_wrong_in(&self, field: &str) -> bool {
        self.problems.iter().any(|problem| problem.field == field)
    }

    /// A path with the filter and `more` as its query.
    pub(in crate::dashboard) fn address(&self, path: &str, more: &[(&str, &str)]) -> String {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(self.filled()).extend_pairs(more);
        match query.finish() {
            none if none.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> FilterForm {
        let fields = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        FilterForm::read(&Fields(fields.collect()), &["status", "from", "until"])
    }

    #[test]
    fn only_what_the_filter_knows_is_kept_and_leads_back_to_the_same() {
        let form = form(&[("status", "a&b=c #\u{e4}"), ("done", "retried"), ("from", "x")]);
        assert_eq!(form.address("/d", &[("count", "2")]), "/d?status=a%26b%3Dc+%23%C3%A4&from=x&count=2");
        assert_eq!(FilterForm::default().address("/d", &[]), "/d");
    }

    #[test]
    fn moments_are_shown_as_a_field_holds_them() {
        let mut form = form(&[("from", "2026-03-10T16:05:00+02:00")]);
        assert_eq!(form.span(), (Timestamp::parse_rfc3339("2026-03-10T14:05:00Z").ok(), None));
        assert_eq!(form.value("from"), "2026-03-10T14:05");
    }

    #[test]
    fn what_is_wrong_is_said_of_its_field_and_stays_as_it_was_typed() {
        let mut form = form(&[("from", "tomorrow"), ("until", "2026-03-10T14:05")]);
        assert!(form.span().0.is_none());
        let problems: Vec<_> = form.problems().collect();
        assert_eq!(problems, [("from", format!("From: {}.", typed_moment::RULE).as_str())]);
        assert!(form.is_wrong_in("from") && !form.is_wrong_in("until"));
        assert_eq!(form.value("from"), "tomorrow");
        assert!(!form.holds_moment("from") && form.holds_moment("until"));
    }

    #[test]
    fn a_span_that_ends_before_it_begins_is_wrong() {
        let mut wrong = form(&[("from", "2026-03-10T14:06"), ("until", "2026-03-10T14:05")]);
        wrong.span();
        assert!(wrong.is_wrong_in("until"));
        let mut right = form(&[("from", "2026-03-10T14:05"), ("until", "2026-03-10T14:05")]);
        right.span();
        assert!(!right.is_wrong());
    }
}
